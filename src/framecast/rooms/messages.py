"""Saying something. A message is stored once, whatever happens on the way: its author's id of it tells a repetition from a new one."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, bindparam, insert, select

from framecast.errors import Invalid
from framecast.model.room import Author, EventKind, Sent, Visitor
from framecast.rooms.drafts import Draft, check_client_id, check_media_time, check_message_text
from framecast.rooms.marks import put_mark
from framecast.rooms.mentions import Mentions
from framecast.rooms.rows import spans_text
from framecast.rooms.search import index
from framecast.rooms.writing import check_may_write
from framecast.store.room_schema import room_holds, room_messages


def _sent(table: Table) -> ColumnElement[bool]:
    return and_(
        table.c.room_id == bindparam("room"),
        table.c.author_id == bindparam("author"),
        table.c.client_id == bindparam("client"),
    )


_SENT = select(room_messages.c.seq).where(_sent(room_messages))
_HELD = select(room_holds.c.id).where(_sent(room_holds))
_NEW_MESSAGE = insert(room_messages)


class Messages(Mentions):
    """New messages."""

    def send(
        self,
        key: object,
        who: Visitor,
        text: str,
        *,
        client_id: str,
        reply_to: int | None = None,
        media_time_s: float | None = None,
    ) -> Sent:
        """Say something in a room. What was sent before with the same `client_id` is not said again: that event is returned.

        The room is in the list of its author from then on, read as far as its message.

        Raises:
            NotFound: there is no such room, or it is not open to `who`.
            Invalid: the text is not allowed, or there is no message `reply_to`.
            Denied: `who` may not write, or not this. WouldBlock: it comes too soon; the field `wait_s` says how long to wait.
        """
        client_id = check_client_id(client_id)
        plain = check_message_text(text, self.longest_text)
        place = check_media_time(media_time_s)
        with self._store.write() as connection:
            row = self._lock_or_make(connection, key, who)
            before = self._sent_before(connection, row, who.id, client_id)
            if before is not None:
                return before
            standing = self._standing(connection, row, who)
            check_may_write(self._settings(row), standing, self._now())
            draft = Draft(plain, self._spans(connection, row, plain), client_id, reply_to, place)
            self._check_reply(connection, row, reply_to)
            author = Author(who.id, who.name, standing.role)
            why = self._judge(connection, row, who, standing, draft)
            if why:
                self._hold(connection, row, author, draft, why)
                return Sent(None, is_held=True)
            seq = self._put_message(connection, row, author, draft)
            put_mark(
                connection, row.id, who, seq, self._now()
            )  # an answer shows that its author has read what was there
            return Sent(self._event(connection, row.id, seq))

    def _sent_before(self, connection: Connection, row: Row[Any], author: str, client_id: str) -> Sent | None:
        """Return what became of a message that was sent before."""
        asked = {"room": row.id, "author": author, "client": client_id}
        seq = connection.execute(_SENT, asked).scalar()
        if seq is not None:
            return Sent(self._event(connection, row.id, seq), is_repeat=True)
        if connection.execute(_HELD, asked).scalar() is not None:
            return Sent(None, is_held=True, is_repeat=True)
        return None

    def _check_reply(self, connection: Connection, row: Row[Any], reply_to: object) -> None:
        if reply_to is None:
            return
        if isinstance(reply_to, int) and not isinstance(reply_to, bool) and 0 < reply_to <= row.last:
            mine = (room_messages.c.room_id == row.id) & (room_messages.c.seq == reply_to)
            if connection.execute(select(room_messages.c.seq).where(mine)).scalar() is not None:
                return
        raise Invalid("reply_to must be the seq of a message of this room", reason="reply_to")

    def _put_message(self, connection: Connection, row: Row[Any], author: Author, draft: Draft) -> int:
        """Write a message into the log of a locked room and return its number."""
        at = self._now()
        seq = self._append(connection, row, EventKind.MESSAGE, author, at=at)
        values = {
            "room_id": row.id,
            "seq": seq,
            "at": at,
            "author_id": author.id,
            "author_name": author.name,
            "author_role": str(author.role),
            "client_id": draft.client_id,
            "text": draft.text,
            "spans": spans_text(draft.spans),
            "reply_to": draft.reply_to,
            "media_time_s": draft.media_time_s,
        }
        connection.execute(_NEW_MESSAGE, values)
        index(connection, row.id, seq, draft.text)
        self._note_mentions(connection, row.id, seq, draft.spans)
        return seq
