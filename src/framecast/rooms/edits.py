"""Changing and deleting what was said. The text of a deleted message, and what an edited one was before, are in no row any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from framecast.errors import Denied, NotFound
from framecast.model.room import Author, Event, EventKind, Visitor
from framecast.rooms.drafts import Draft, check_message_text
from framecast.rooms.mentions import Mentions
from framecast.rooms.part import actor_of
from framecast.rooms.rows import spans_text
from framecast.rooms.search import index, unindex
from framecast.rooms.writing import check_may_write
from framecast.store.room_schema import (
    room_mentions,
    room_messages,
    room_reactions,
    room_reports,
    rooms,
)

_AT_ONCE = 500


class Edits(Mentions):
    """Messages that change."""

    def edit(self, key: object, who: Visitor, seq: int, text: str) -> Event | None:
        """Give a message of one's own another text. None: it has this text already.

        Raises:
            NotFound: there is no such room or message, or it was deleted. Invalid: the text is not allowed.
            Denied: it is somebody else's, or `who` may not write this. WouldBlock: it comes too soon; the field `wait_s` says how long to wait.
        """
        plain = check_message_text(text, self.longest_text)
        with self._store.write() as connection:
            row = self._lock(connection, key, who)
            standing = self._standing(connection, row, who)
            check_may_write(self._settings(row), standing, self._now())
            message = _message(connection, row, seq)
            if message.author_id != who.id:
                raise Denied("only its author may change a message", reason="author")
            if message.text == plain:
                return None
            spans = self._spans(connection, row, plain)
            draft = Draft(plain, spans, message.client_id, is_edit=True)
            if self._judge(connection, row, who, standing, draft):
                raise Denied("this text would be held for a moderator: send a new message", reason="held")
            by = Author(who.id, who.name, standing.role)
            number = self._append(connection, row, EventKind.EDIT, by, target=seq)
            changed = {"text": plain, "spans": spans_text(spans), "edited_at": self._now()}
            connection.execute(update(room_messages).where(_is(row.id, [seq])).values(**changed))
            unindex(connection, row.id, [seq])
            index(connection, row.id, seq, plain)
            before = (room_mentions.c.room_id == row.id) & (room_mentions.c.seq == seq)
            connection.execute(delete(room_mentions).where(before))
            self._note_mentions(connection, row.id, seq, spans)
            return self._event(connection, row.id, number)

    def delete_message(self, key: object, who: Visitor, seq: int) -> Event | None:
        """Delete a message: one's own, or any for a moderator. None: it was deleted before.

        Raises:
            NotFound: there is no such room or message. Denied: it is somebody else's.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, who)
            standing = self._standing(connection, row, who)
            message = _message(connection, row, seq, is_gone_too=True)
            is_own = message.author_id == who.id
            if not is_own:
                self._check_moderator(connection, row, who)
            if message.is_deleted:
                return None
            if not is_own:
                self._note(
                    connection, actor_of(who), "room.delete-message", f"room {row.key}", message.author_name
                )
            self._erase(connection, row, [seq])
            by = Author(who.id, who.name, standing.role)
            number = self._append(connection, row, EventKind.DELETE, by, target=seq)
            return self._event(connection, row.id, number)

    def _erase(self, connection: Connection, row: Row[Any], seqs: Sequence[int]) -> None:
        """Remove the texts of messages of a locked room for good; that there was one, and whose, stays."""
        gone = {"text": "", "spans": "[]", "reactions": "[]", "is_deleted": True}
        for start in range(0, len(seqs), _AT_ONCE):
            some = seqs[start : start + _AT_ONCE]
            connection.execute(update(room_messages).where(_is(row.id, some)).values(**gone))
            for table in (room_reactions, room_mentions):
                here = (table.c.room_id == row.id) & table.c.seq.in_(some)
                connection.execute(delete(table).where(here))
            reported = (room_reports.c.room_id == row.id) & room_reports.c.seq.in_(some)
            if connection.execute(delete(room_reports).where(reported)).rowcount:
                self._raise_side(connection, row.id)
            unindex(connection, row.id, some)
        if row.pinned in seqs:
            connection.execute(update(rooms).where(rooms.c.id == row.id).values(pinned=None))


def _is(room: int, seqs: Sequence[int]) -> Any:  # noqa: ANN401  a condition of SQL
    return (room_messages.c.room_id == room) & room_messages.c.seq.in_(seqs)


def _message(connection: Connection, row: Row[Any], seq: object, *, is_gone_too: bool = False) -> Row[Any]:
    """Return the row of a message of a room."""
    if isinstance(seq, int) and 0 < seq <= row.last:
        found = connection.execute(select(room_messages).where(_is(row.id, [seq]))).first()
        if found is not None and (is_gone_too or not found.is_deleted):
            return found
    raise NotFound("there is no such message in this room, or it was deleted", reason="message")
