"""Says that the file a source names does not exist: the path that was looked at, and what is there instead.

Looks at the disk in the thread of the caller. Whether a file exists in a folder that this user may not enter is left to the source itself.
"""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from framecast.errors import Invalid, SourceError
from framecast.model import number
from framecast.model.source import Source
from framecast.model.suggestion import nearest
from framecast.model.text import shown

# Endings of media files: a text with one of them is meant as a file, although it could be the name of a stream.
MEDIA_SUFFIXES = frozenset(
    (
        ".mp4",
        ".m4v",
        ".mov",
        ".mkv",
        ".webm",
        ".avi",
        ".ts",
        ".m2ts",
        ".mpg",
        ".mpeg",
        ".flv",
        ".wmv",
        ".3gp",
        ".ogv",
        ".h264",
        ".hevc",
        ".mjpeg",
        ".gif",
        ".mp3",
        ".aac",
        ".wav",
        ".flac",
        ".sdp",
    )
)
_DEVICES = "/dev/"  # they have words of their own
_MOST = 500  # names of a folder that are looked at
_LISTED = 3
_LONGEST = 300


def missing_file(source: Source) -> str | None:
    """Return in words that the file of a source does not exist; None if it exists, or if the source is no file."""
    text = source.reveal()
    if source.scheme not in ("", "file") or number.is_digits(text) or text.startswith(_DEVICES):
        return None
    try:
        path = source.path.absolute()
        if path.exists():
            return None
    except (Invalid, OSError, ValueError):
        return None
    found = f"there is no file {shown(str(path), _LONGEST)}"
    # What else is in a folder is not for strangers.
    return found if source.is_foreign else f"{found}{_instead(path)}"


def refuse_missing(source: Source) -> None:
    """Return if the file that a source names exists, or if it names none.

    Raises:
        SourceError: not-found, with the path and similar names.
    """
    found = missing_file(source)
    if found is not None:
        raise SourceError("not-found", found)


def looks_like_file(text: str) -> bool:
    """Return whether a text that could be the name of a stream ends as media files do."""
    return Path(text).suffix.lower() in MEDIA_SUFFIXES


def _instead(path: Path) -> str:
    if not path.parent.is_dir():
        return f": there is no folder {shown(str(path.parent), _LONGEST)}"
    try:
        with os.scandir(path.parent) as entries:
            names = [entry.name for entry in islice(entries, _MOST) if not entry.name.startswith(".")]
    except OSError:
        return ""
    near = nearest(path.name, names)
    if near:
        return f"; similar names there: {_listed(near)}"
    others = sorted(name for name in names if Path(name).suffix.lower() in MEDIA_SUFFIXES)
    return f"; media files there: {_listed(others)}" if others else "; the folder has no media files"


def _listed(names: list[str]) -> str:
    more = ", ..." if len(names) > _LISTED else ""
    return ", ".join(shown(name, _LONGEST) for name in names[:_LISTED]) + more
