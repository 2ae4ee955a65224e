"""What each person has read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, exists, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from framecast.model.room import Visitor, parse_key
from framecast.rooms.part import RoomPart, insert_of, within
from framecast.store.room_schema import room_marks
from framecast.store.schema import accounts

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
            put_mark(connection, row.id, who, min(within(seq, row.last), row.last), self._now())
            return _marked(connection, row.id, who.id)

    def mark_all(self, marks: Iterable[tuple[object, Visitor, int]]) -> None:
        """Note as `mark_read` what many people have read, in one transaction. What is not there or not open any more is left out."""
        given = list(marks)
        if not given:
            return
        now, found, values = self._now(), {}, []
        with self._store.write() as connection:
            for key, who, seq in given:
                name = str(parse_key(key))
                if name not in found:
                    found[name] = self._row_of(connection, name)
                row = found[name]
                if row is not None and self._may_enter(connection, row, who):
                    values.append(_values(row.id, who, min(within(seq, row.last), row.last), now))
            if values:
                values.sort(key=lambda one: (one["author_id"], one["room_id"]))  # in one order: no deadlock
                connection.execute(_statement(insert_of(connection)), values)

    def marked(self, key: object, who: Visitor) -> int:
        """Return as far as which number somebody has read a room; 0: nothing."""
        with self._store.read() as connection:
            return _marked(connection, self._find(connection, key, who).id, who.id)


@cache
def _statement(insert: Callable[[Table], sqlite.Insert | postgresql.Insert]) -> Executable:
    """Return the statement that makes a mark, or moves it forward; of an account that has gone it makes none."""
    columns = ("author_id", "room_id", "account_id", "seq", "at")
    given = {name: bindparam(name, type_=room_marks.c[name].type) for name in columns}
    known = exists().where(accounts.c.id == given["account_id"])
    row = select(*given.values()).where(or_(given["account_id"].is_(None), known))
    new = insert(room_marks).from_select(columns, row)
    newer = {"seq": new.excluded.seq, "at": new.excluded.at}
    key = [room_marks.c.author_id, room_marks.c.room_id]
    return new.on_conflict_do_update(
        index_elements=key, set_=newer, where=new.excluded.seq > room_marks.c.seq
    )


def put_mark(connection: Connection, room: int, who: Visitor, seq: int, now: float) -> None:
    """Note in a transaction that somebody has read a room as far as a number that it has."""
    connection.execute(_statement(insert_of(connection)), _values(room, who, seq, now))


def _values(room: int, who: Visitor, seq: int, now: float) -> dict[str, Any]:
    return {"room_id": room, "author_id": who.id, "account_id": who.account, "seq": seq, "at": now}


def _marked(connection: Connection, room: int, author: str) -> int:
    return int(connection.execute(_MARK, {"room": room, "author": author}).scalar() or 0)
