"""What each person has read."""

from __future__ import annotations

from sqlalchemy import Connection, select

from framecast.model.room import Visitor
from framecast.rooms.part import RoomPart, insert_of
from framecast.store.room_schema import room_marks


class Marks(RoomPart):
    """How far somebody has read in a room."""

    def mark_read(self, key: object, who: Visitor, seq: int) -> int:
        """Note that somebody has read a room as far as a number, and return the mark: it never goes back, nor beyond the log.

        Raises:
            NotFound: there is no such room, or it is not open to `who`.
        """
        with self._store.write() as connection:
            row = self._find(connection, key, who)
            reached: int = max(0, min(seq, row.last))
            values = {"room_id": row.id, "author_id": who.id, "account_id": who.account}
            new = insert_of(connection)(room_marks).values(**values, seq=reached, at=self._now())
            newer = {"seq": new.excluded.seq, "at": new.excluded.at}
            key_columns = [room_marks.c.author_id, room_marks.c.room_id]
            connection.execute(
                new.on_conflict_do_update(
                    index_elements=key_columns, set_=newer, where=new.excluded.seq > room_marks.c.seq
                )
            )
            return _marked(connection, row.id, who.id)

    def marked(self, key: object, who: Visitor) -> int:
        """Return as far as which number somebody has read a room; 0: nothing."""
        with self._store.read() as connection:
            return _marked(connection, self._find(connection, key, who).id, who.id)


def _marked(connection: Connection, room: int, author: str) -> int:
    mine = (room_marks.c.room_id == room) & (room_marks.c.author_id == author)
    return int(connection.execute(select(room_marks.c.seq).where(mine)).scalar() or 0)
