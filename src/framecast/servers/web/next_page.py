"""The target of a browser after a login: a page of this server, or the list of streams. Pure."""

from __future__ import annotations

import re
from urllib.parse import quote

# Relative, without scheme, host or query.
_NEXT = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+)*/?")
LONGEST = 512


def safe_next(wanted: str) -> str:
    """Return a relative address of a page here, from the top; `./` for anything else."""
    if len(wanted) > LONGEST or not _NEXT.fullmatch(wanted) or ".." in wanted:
        return "./"
    return quote(f"./{wanted}", safe="./")
