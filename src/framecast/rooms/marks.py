"""What each person has read."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from framecast.model.room import Visitor
from framecast.rooms.part import RoomPart, insert_of, within
from framecast.store.room_schema import room_marks

_MARK = select(room_marks.c.seq).where(
    room_marks.c.room_id == bindparam("room"), room_marks.c.author_id == bindparam("author")
)


class Marks(RoomPart):
    """How far somebody has read in a room."""

    def mark_read(self, key: object, who: Visitor, seq: int) -> int:
        """Note that somebody has read a room as far as a number, and return the mark: it never goes back, nor beyond the log.

        Raises:
            NotFound: there is no such room, or it is not open to `who`.
        """
        with self._store.write() as connection:
            row = self._find(connection, key, who)
            reached: int = min(within(seq, row.last), row.last)
            values: dict[str, Any] = {"room_id": row.id, "author_id": who.id, "account_id": who.account}
            values |= {"seq": reached, "at": self._now()}
            connection.execute(_statement(insert_of(connection)), values)
            return _marked(connection, row.id, who.id)

    def marked(self, key: object, who: Visitor) -> int:
        """Return as far as which number somebody has read a room; 0: nothing."""
        with self._store.read() as connection:
            return _marked(connection, self._find(connection, key, who).id, who.id)


@cache
def _statement(insert: Callable[[Table], sqlite.Insert | postgresql.Insert]) -> Executable:
    """Return the statement that makes a mark, or moves it forward."""
    new = insert(room_marks)
    newer = {"seq": new.excluded.seq, "at": new.excluded.at}
    key = [room_marks.c.author_id, room_marks.c.room_id]
    return new.on_conflict_do_update(
        index_elements=key, set_=newer, where=new.excluded.seq > room_marks.c.seq
    )


def _marked(connection: Connection, room: int, author: str) -> int:
    return int(connection.execute(_MARK, {"room": room, "author": author}).scalar() or 0)
