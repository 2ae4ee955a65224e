"""Which process makes which track of a stream: the table of docs/architecture.md as a function."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from framecast.model import TrackName


class Maker(StrEnum):
    """Where a wanted track comes from."""

    SOURCE = "source"
    RENDITION = "rendition"
    UNKNOWN = "unknown"  # the source has not announced everything yet
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
_FROM_FRAMES = {"frames": "convert", "jpeg": "jpeg"}


def maker(track: TrackName, announced: Collection[str], ready: bool) -> Made:
    """Return who makes `track` of a stream whose source has announced these tracks; `ready` says that these are all.

    A track whose name asks for a conversion is begun before the source is ready, so that both start at once.
    """
    if str(track) in announced:
        return Made(Maker.SOURCE)
    if track.is_rendition:
        possible = not ready or "frames" in announced or "video" in announced
        return Made(Maker.RENDITION, _FROM_FRAMES[track.base]) if possible else Made(Maker.NOBODY)
    if not ready:
        return Made(Maker.UNKNOWN)
    recipe, needed = _CONVERTED.get(track.base, ("", ""))
    return Made(Maker.RENDITION, recipe) if needed in announced else Made(Maker.NOBODY)
