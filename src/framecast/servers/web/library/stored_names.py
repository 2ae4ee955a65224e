"""What the files of a video are to HTTP: how long copies are kept, names for downloads, playlists with a token. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

from framecast.model.video import Video, Visibility

# Nothing in these answers may run, whatever it is.
SANDBOX = "sandbox; default-src 'none'"
# A generation never changes, but a video may be deleted or become private: then copies elsewhere shall not live for ever.
_KEPT_S = 86400
_URI = re.compile(r'(URI=")([^"]*)(")')
_PLAIN = re.compile(r"[^A-Za-z0-9 ._()-]")


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
