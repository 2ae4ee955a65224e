"""Which tables of a database the descriptions of tables have: all but the indexes for searching, of which each database has its own kind."""

from __future__ import annotations

import framecast.store.library_schema
import framecast.store.room_schema  # noqa: F401  their tables belong to the description


def is_described(name: str | None, kind: str, _parents: object) -> bool:
    searched = ("video_search", "room_search")
    return not (kind == "table" and name is not None and name.startswith(searched))
