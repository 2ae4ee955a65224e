"""What the files of a video are to HTTP: their fixed types, their keys, names for downloads, playlists with a token. Pure.

Types go by the names that the server gives, never by the bytes that somebody has uploaded (nosniff).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from framecast.errors import Invalid, NotFound
from framecast.model import number
from framecast.model.library_layout import check_file_name, file_key, generation_prefix
from framecast.model.video import Video, Visibility

PLAYLIST = "m3u8"
TYPES: Mapping[str, str] = {
    "mp4": "video/mp4",
    "m4s": "video/iso.segment",
    PLAYLIST: "application/vnd.apple.mpegurl",
    "jpg": "image/jpeg",
    "vtt": "text/vtt; charset=utf-8",
    "json": "application/json",
}
# Nothing in these answers may run, whatever it is.
SANDBOX = "sandbox; default-src 'none'"
# A generation never changes, but a video may be deleted or become private: then copies elsewhere shall not live for ever.
_KEPT_S = 86400
_LARGEST = 1 << 53
_URI = re.compile(r'(URI=")([^"]*)(")')
_PLAIN = re.compile(r"[^A-Za-z0-9 ._()-]")


@dataclass(frozen=True, slots=True)
class StoredName:
    """One file of a video: its key in the store, its type, its entity tag. `size` None: the store knows it."""

    key: str
    media_type: str
    etag: str
    size: int | None


def find_file(video: Video, generation: str, name: str) -> StoredName:
    """Return a file of a generation. One of an older generation may still be there, for players that began with it.

    Raises:
        NotFound: there is none of this name.
    """
    media_type = TYPES.get(name.rpartition(".")[2])
    try:
        check_file_name(name)
        generation_prefix(video.id, generation)
    except Invalid:
        media_type = None
    if media_type is None or video.media is None:
        raise no_file(name)
    size, source = None, generation
    if generation == video.media.generation:
        found = video.media.manifest.get("files", {}).get(name)
        if found is None:
            raise no_file(name)
        size, source = number.whole(found["size"], 0, _LARGEST), found.get("from") or generation
    return StoredName(file_key(video.id, source, name), media_type, f'"{source}-{name}"', size)


def caching(video: Video, *, by_token: bool) -> str:
    """Return the header Cache-Control of a file that never changes."""
    scope = "public" if video.visibility is Visibility.PUBLIC and not by_token else "private"
    return f"{scope}, max-age={_KEPT_S}, immutable"


def attachment(name: str) -> str:
    """Return the header Content-Disposition for a download of this name (RFC 6266), which may have any characters."""
    bare = name.replace("/", "_").replace("\\", "_").strip(". ") or "video"
    plain = _PLAIN.sub("_", bare)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(bare, safe='')}"


def with_token(playlist: str, query: str) -> str:
    """Return a playlist whose addresses have a query, such as `token=...`: players ask for them by nothing else."""
    lines = []
    for line in playlist.splitlines():
        if line.startswith("#"):
            lines.append(_URI.sub(lambda found: f"{found[1]}{found[2]}?{query}{found[3]}", line))
        else:
            lines.append(f"{line}?{query}" if line.strip() else line)
    return "\n".join(lines) + "\n"


def no_file(name: str) -> NotFound:
    """Return the error for a file that does not exist."""
    return NotFound(f"there is no file {name!r:.80} of this video")
