"""Which process makes which track of a stream: the table of docs/architecture.md as a function. Pure values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from framecast.model import TrackInfo, TrackName


class Maker(StrEnum):
    """Where a wanted track comes from."""

    SOURCE = "source"
    RENDITION = "rendition"
    UNKNOWN = "unknown"  # the source has not announced enough yet
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Made:
    """The maker; for a rendition also its recipe."""

    by: Maker
    recipe: str = ""


# Wanted plain track -> (recipe, the announced track that it needs).
_CONVERTED = {
    "frames": ("decode", "video"),
    "video": ("h264", "frames"),
    "audio": ("aac", "samples"),
    "samples": ("pcm", "audio"),
}
_FROM_FRAMES = {"frames": "convert", "jpeg": "jpeg", "video": "h264"}
# FFmpeg's name of a track whose every packet is a JPEG picture.
_JPEG_CODEC = "mjpeg"


def maker(track: TrackName, announced: Mapping[str, TrackInfo], ready: bool) -> Made:
    """Return what makes `track` of a stream whose source has announced these tracks; `ready` means that these are all.

    A conversion that certainly needs pictures begins before the source is ready, so that both start at once.
    """
    if str(track) in announced:
        return Made(Maker.SOURCE)
    if track.is_rendition:
        return _converted(track, announced, ready)
    if not ready:
        return Made(Maker.UNKNOWN)
    recipe, needed = _CONVERTED.get(track.base, ("", ""))
    return Made(Maker.RENDITION, recipe) if needed in announced else Made(Maker.NOBODY)


def _converted(track: TrackName, announced: Mapping[str, TrackInfo], ready: bool) -> Made:
    if track.base == "audio":
        return _sound(announced, ready)
    video = announced.get("video")
    has_pictures = video is not None or "frames" in announced
    if ready and not has_pictures:
        return Made(Maker.NOBODY)
    if track.base == "jpeg" and track.size is None:
        if not has_pictures:
            return Made(Maker.UNKNOWN)
        if video is not None and video.codec == _JPEG_CODEC and not video.display_matrix:
            return Made(Maker.RENDITION, "pass")
    if track.base == "video" and track.size is None:
        if not has_pictures:
            return Made(Maker.UNKNOWN)
        if video is None:  # its frames are encoded once, for `video` as well
            return Made(Maker.RENDITION, "copy")
    return Made(Maker.RENDITION, _FROM_FRAMES[track.base])


def _sound(announced: Mapping[str, TrackInfo], ready: bool) -> Made:
    audio = announced.get("audio")
    if audio is not None:
        return Made(Maker.RENDITION, "copy" if audio.codec == "aac" else "aac")
    if "samples" in announced:
        return Made(Maker.RENDITION, "aac")
    return Made(Maker.NOBODY if ready else Maker.UNKNOWN)
