"""What becomes of a room whose stream, video or owner's wish has ended, in the transaction that ends it.

One row changes, so that nobody finds the room any more, and a later stream of the same name gets a new one. The rows in it go with the next upkeep of
rooms (`rooms/retention.py`): there may be a million.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, String, cast, literal, update

from framecast.store.room_schema import rooms


def remove_rooms(connection: Connection, which: ColumnElement[bool], now: float) -> None:
    """Make rooms that nobody finds any more."""
    gone = {"key": literal("gone:").concat(cast(rooms.c.id, String)), "removed_at": now}
    connection.execute(update(rooms).where(which, rooms.c.removed_at.is_(None)).values(**gone))
