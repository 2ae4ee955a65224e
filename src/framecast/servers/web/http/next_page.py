"""The target of a browser after a login: a page of this server, or the list of streams. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlencode

# Relative, without scheme or host.
_PATH = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*/?")
# What pages read from their address: the groups and the layout of a wall, the playlist and the place in a video. Never a secret.
_PARAMETERS = frozenset({"group", "kiosk", "layout", "list", "rotate", "t", "wall"})
_MOST_PARAMETERS = 64
LONGEST = 512


def wanted_page(path: str, query: str) -> str:
    """Return what `safe_next` reads, for a request to a page: the path from the top, and what its page reads from the query."""
    kept = _kept(query)
    return path.lstrip("/") + (f"?{kept}" if kept else "")


def safe_next(wanted: str) -> str:
    """Return a relative address of a page here, from the top; `./` for anything else."""
    path, _, query = wanted.partition("?")
    if len(wanted) > LONGEST or ".." in path or not (_PATH.fullmatch(path) or (query and not path)):
        return "./"
    kept = _kept(query)
    return quote(f"./{path}", safe="./") + (f"?{kept}" if kept else "")


def _kept(query: str) -> str:
    try:
        given: Iterable[tuple[str, str]] = parse_qsl(query, max_num_fields=_MOST_PARAMETERS)
    except ValueError:  # more of them
        return ""
    return urlencode([(name, text) for name, text in given if name in _PARAMETERS])
