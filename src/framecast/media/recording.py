"""A file that is being recorded: packets as they are, in MP4, QuickTime or Matroska.

MP4 is written in fragments and made a plain file at the end, so that what was recorded plays even if this process is
killed. Sound that a container cannot hold (G.711) is written as PCM, which loses nothing. One thread.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error

from framecast.errors import Invalid
from framecast.media.audio import layout_of
from framecast.media.continuity import Continuity
from framecast.media.fmp4 import without_adts
from framecast.media.initsegment import described
from framecast.media.template import add_stream
from framecast.model import Flag, Meta, TrackInfo

# By the file's ending: FFmpeg's muxer and its options. `hybrid_fragmented` becomes a plain MP4 when it is finished;
# without `flush_packets` a fragment would wait in FFmpeg's buffer for the next. With `delay_moov` the head is written when the
# first packets of all tracks are known, and says how far apart they begin: without it reordered pictures come late.
_HYBRID = {"movflags": "+hybrid_fragmented+delay_moov", "frag_duration": "2000000", "flush_packets": "1"}
CONTAINERS: dict[str, tuple[str, dict[str, str]]] = {
    ".mp4": ("mp4", _HYBRID),
    ".m4v": ("mp4", _HYBRID),
    ".mov": ("mov", _HYBRID),
    ".mkv": ("matroska", {"cluster_time_limit": "2000", "flush_packets": "1"}),
}
_FRAGMENTED = {"movflags": "+frag_keyframe+delay_moov+default_base_moof", "flush_packets": "1"}
# Written as PCM: 8 bits of logarithm become 16 bits without loss.
_TO_PCM = ("pcm_alaw", "pcm_mulaw")
_MP4_PCM_CHANNELS = 2  # FFmpeg fails at the end of a file with more


@dataclass(slots=True)
class _Track:
    """One stream of the file, and where it is in time. `offset` and `last_dts` count in the track's time base."""

    info: TrackInfo
    stream: Any
    rewrite: Callable[[bytes], bytes] | None = None  # what has to happen to a packet
    offset: int | None = None
    last_dts: int | None = None
    continuity: Continuity = field(init=False)

    def __post_init__(self) -> None:
        second = 1 / self.info.time_base
        self.continuity = Continuity(second, round(second / self.info.rate) if self.info.rate else 0)


class Recording:
    """Writes a file. Everything is on the disk after `finish`; leaving a `with` by an error finishes as well."""

    def __init__(self, path: Path, tracks: Sequence[TrackInfo], *, fragmented: bool = False) -> None:
        self.path = path
        self.duration_s = 0.0
        name, options = container_of(path)
        if fragmented and name != "matroska":
            options = _FRAGMENTED
        self._container = av.open(str(path), "w", format=name, options=dict(options))
        try:
            self._tracks = {info.name: _track(self._container, info) for info in tracks}
        except BaseException:
            self.abort()
            raise

    def write(self, name: str, payload: bytes, meta: Meta, at: Fraction) -> None:
        """Write a packet of track `name`; the track's first one belongs at `at` seconds, the others follow it.

        The file is made by its first packet. What belongs before 0 is decoded but not shown, if the container can say that.

        Raises:
            Invalid: the container cannot hold what the tracks are.
            OSError: the file could not be made, or the disk refuses it.
        """
        track = self._tracks[name]
        base = track.info.time_base
        dts = meta.pts if meta.dts is None else meta.dts
        if track.offset is None:
            track.offset = round(at / base) - meta.pts
            track.continuity.restart()
        track.offset += track.continuity.jump(dts + track.offset, meta.captured_at)
        # Containers allow no two packets of one time, nor one before the other.
        dts = dts + track.offset if track.last_dts is None else max(dts + track.offset, track.last_dts + 1)
        track.last_dts = dts
        packet = av.Packet(track.rewrite(payload) if track.rewrite else payload)
        packet.stream, packet.time_base = track.stream, base
        packet.dts, packet.pts = dts, max(dts, meta.pts + track.offset)
        packet.duration, packet.is_keyframe = meta.duration, bool(meta.flags & Flag.KEY)
        self._mux(packet)
        self.duration_s = max(self.duration_s, float((dts + meta.duration) * base))

    def resume(self, name: str) -> None:
        """The track's times begin again: its next packet is placed by its `at`."""
        self._tracks[name].offset = None

    @property
    def tracks(self) -> tuple[TrackInfo, ...]:
        """What the file contains."""
        return tuple(track.info for track in self._tracks.values())

    def fits(self, info: TrackInfo) -> bool:
        """Return whether packets of `info` can go on in this file."""
        track = self._tracks.get(info.name)
        return track is not None and _essence(track.info) == _essence(info)

    def finish(self) -> None:
        """Write the end of the file. Idempotent.

        Raises:
            OSError: the disk does not take it.
        """
        self._container.close()

    def abort(self) -> None:
        """Close the file as it is, whatever happens. Idempotent."""
        with suppress(av.error.FFmpegError, OSError):
            self._container.close()

    def _mux(self, packet: av.Packet[Any]) -> None:
        """Write a packet, before the first one the head: FFmpeg dies of the end of an MP4 that has no packet."""
        try:
            self._container.mux(packet)
        except OSError as error:
            raise OSError(error.errno, error.strerror or str(error), str(self.path)) from error
        except (av.error.FFmpegError, ValueError) as error:
            codecs = ", ".join(info.codec for info in self.tracks)
            raise Invalid(f"{self.path} cannot hold this stream ({codecs}): {error}") from error


def container_of(path: Path) -> tuple[str, dict[str, str]]:
    """Return FFmpeg's muxer for a file name and its options.

    Raises:
        Invalid: the ending is not known.
    """
    try:
        return CONTAINERS[path.suffix.lower()]
    except KeyError:
        known = ", ".join(CONTAINERS)
        raise Invalid(f"the file name {path.name!r} has no known extension: use one of {known}") from None


def is_disk_full(error: OSError) -> bool:
    """Return whether an error says that there is no room: on the disk, for this user, or by a limit on files."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def _track(container: av.container.OutputContainer, info: TrackInfo) -> _Track:
    if container.format.name == "mp4" and info.codec.startswith("pcm_") and info.channels > _MP4_PCM_CHANNELS:
        raise Invalid(
            f"MP4 cannot hold PCM sound of {info.channels} channels: end the file's name with .mov or .mkv, "
            "or record without sound"
        )
    if info.codec == "aac" and not info.extradata:  # each packet has its description in front (ADTS)
        return _Track(info, add_stream(container, described(info)), without_adts)
    if info.codec not in _TO_PCM:
        return _Track(info, add_stream(container, info))
    decoder = av.CodecContext.create(info.codec, "r")
    assert isinstance(decoder, av.AudioCodecContext)
    decoder.sample_rate = info.sample_rate
    decoder.layout = layout_of(info.channels)
    stream = add_stream(container, replace(info, codec="pcm_s16le", extradata=b""))
    return _Track(info, stream, lambda payload: _pcm(decoder, payload))


def _pcm(decoder: av.AudioCodecContext, payload: bytes) -> bytes:
    return b"".join(frame.to_ndarray().tobytes() for frame in decoder.decode(av.Packet(payload)))


def _essence(info: TrackInfo) -> tuple[object, ...]:
    """What may not change within a file."""
    return (
        info.codec,
        info.extradata,
        info.width,
        info.height,
        info.sample_rate,
        info.channels,
        info.time_base,
        info.details,
    )
