"""What the moderators of a room do to what was said: clearing all of one person, the pinned message. Each act stands in the audit log."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from framecast.errors import NotFound
from framecast.model.room import Author, Event, EventKind, Visitor
from framecast.rooms.edits import Edits
from framecast.rooms.restraints import Restraints
from framecast.rooms.rows import find_message
from framecast.store.room_schema import room_holds, room_messages, rooms


class Moderation(Edits, Restraints):
    """Keeping order."""

    def clear(self, key: object, by: Visitor, author: str) -> Event:
        """Delete all that somebody has said in a room, with what of it is held; return the event.

        Raises:
            Denied: `by` is no moderator, or the author has an equal or a higher role. NotFound: there is no such room or author.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            standing = self._check_moderator(connection, row, by)
            known = self._known(connection, row, author)
            if author != by.id:
                self._check_lower(connection, row, author, standing.role)
            count = self._clear(connection, row, author)
            actor = Author(by.id, by.name, standing.role)
            seq = self._append(connection, row, EventKind.CLEAR, actor, data={"author": author})
            self._note_act(connection, row, by, "clear", known.name, f"{count} messages")
            return self._event(connection, row.id, seq)

    def pin(self, key: object, by: Visitor, seq: int | None) -> Event:
        """Pin a message to the top of a room, or none; return the event.

        Raises:
            Denied: `by` is no moderator. NotFound: there is no such room or message.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            standing = self._check_moderator(connection, row, by)
            message = find_message(connection, row.id, seq)
            if seq is not None and (message is None or message.is_deleted):
                raise NotFound("there is no such message in this room")
            connection.execute(update(rooms).where(rooms.c.id == row.id).values(pinned=seq))
            actor = Author(by.id, by.name, standing.role)
            number = self._append(connection, row, EventKind.PIN, actor, target=seq)
            what = "unpin" if message is None else "pin"
            self._note_act(connection, row, by, what, "" if message is None else message.author.name)
            return self._event(connection, row.id, number)

    def _clear(self, connection: Connection, row: Row[Any], author: str) -> int:
        """Delete all messages of an author, also the held ones; return how many."""
        mine = (room_holds.c.room_id == row.id) & (room_holds.c.author_id == author)
        held = connection.execute(delete(room_holds).where(mine)).rowcount
        if held:
            self._raise_side(connection, row.id)
        said = (room_messages.c.room_id == row.id) & (room_messages.c.author_id == author)
        query = select(room_messages.c.seq).where(said, room_messages.c.is_deleted.is_(False))
        seqs = list(connection.execute(query).scalars())
        self._erase(connection, row, seqs)
        return held + len(seqs)
