"""Which tables of a database the descriptions of tables have: all but the index for searching, of which each database has its own kind."""

from __future__ import annotations

import framecast.store.library_schema  # noqa: F401  its tables belong to the description


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith("video_search"))
