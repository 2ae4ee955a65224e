"""Rooms in a database that was restored: their numbering is another one now, because clients may have events that the backup does not have.

Works on the file of a database that no process has open; only the standard library. An epoch that changes makes every client begin again.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path


def renumber(database: Path) -> bool:
    """Give every room of a database a new epoch, and return whether it has rooms. A database without rooms, or none at all, stays as it is."""
    if not database.is_file():
        return False
    try:
        with closing(sqlite3.connect(database, isolation_level=None)) as connection:
            named = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'rooms'"
            if not connection.execute(named).fetchone()[0]:
                return False
            changed = connection.execute("UPDATE rooms SET epoch = lower(hex(randomblob(8)))")
            return changed.rowcount > 0
    except sqlite3.DatabaseError:
        return False  # the node says what is wrong with it when it starts
