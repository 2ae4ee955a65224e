"""Playlists of files that were written. Pure."""

from __future__ import annotations

from framecast.media.mainfile import Written
from framecast.processing.playlists import Entry, MediaPlaylist, Variant


def media_playlist(written: Written) -> MediaPlaylist:
    """Return the playlist of a file's segments."""
    entries = tuple(Entry(one.offset, one.size, round(float(one.duration_s), 6)) for one in written.segments)
    return MediaPlaylist(written.name, written.init_size, entries)


def variant_of(
    name: str,
    written: Written,
    playlist: MediaPlaylist,
    sound: tuple[Written, MediaPlaylist] | None = None,
) -> Variant:
    """Return the line of the main playlist; `sound` is played beside it, and counts in codecs and rates."""
    codecs = ",".join((*written.codecs, *(sound[0].codecs if sound else ())))
    return Variant(
        name,
        codecs,
        playlist.peak_bitrate + (sound[1].peak_bitrate if sound else 0),
        playlist.average_bitrate + (sound[1].average_bitrate if sound else 0),
        written.width,
        written.height,
        float(written.rate),
        has_audio_apart=sound is not None,
    )
