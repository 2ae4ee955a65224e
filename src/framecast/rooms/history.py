"""What was said before: by page, and by the place in the media that it is about."""

from __future__ import annotations

from sqlalchemy import select

from framecast.errors import NotFound
from framecast.model.room import Message
from framecast.rooms.part import RoomPart, within
from framecast.rooms.rows import message_of, message_query
from framecast.store.room_schema import room_messages

PAGE, MOST_PAGE = 50, 500


class History(RoomPart):
    """Reading messages."""

    def history(
        self, key: object, before: int | None = None, most: int = PAGE, *, after: int | None = None
    ) -> list[Message]:
        """Return messages in the order of their numbers: the newest ones before a number, or the first ones after one."""
        with self._store.read() as connection:
            try:
                room = self._find(connection, key)
            except NotFound:
                return []
            query = message_query().where(room_messages.c.room_id == room.id)
            query = query.limit(max(1, min(most, MOST_PAGE)))
            if before is not None:
                query = query.where(room_messages.c.seq < within(before, room.last))
            if after is not None:
                query = query.where(room_messages.c.seq > within(after, room.last))
                query = query.order_by(room_messages.c.seq)
                return [message_of(row) for row in connection.execute(query)]
            rows = connection.execute(query.order_by(room_messages.c.seq.desc()))
            return [message_of(row) for row in rows][::-1]

    def message(self, key: object, seq: int) -> Message:
        """Return one message.

        Raises:
            NotFound: there is no such room or message.
        """
        with self._store.read() as connection:
            room = self._find(connection, key)
            mine = (room_messages.c.room_id == room.id) & (room_messages.c.seq == within(seq, room.last))
            row = connection.execute(message_query().where(mine)).first()
            if row is None:
                raise NotFound(f"there is no message {seq} in this room")
            return message_of(row)

    def said_between(
        self, key: object, from_s: float, to_s: float, after: int = 0, most: int = MOST_PAGE
    ) -> list[Message]:
        """Return the messages about a part of the media, from `from_s` to before `to_s`, in the order of the media.

        `after` is the number of a message of that part: those that come behind it are returned.
        """
        place, seq = room_messages.c.media_time_s, room_messages.c.seq
        with self._store.read() as connection:
            try:
                room = self._find(connection, key)
            except NotFound:
                return []
            here = room_messages.c.room_id == room.id
            query = message_query().where(here, place >= from_s, place < to_s).order_by(place, seq)
            if after:
                start = connection.execute(
                    select(place).where(here, seq == within(after, room.last))
                ).scalar()
                if start is not None:
                    query = query.where((place > start) | ((place == start) & (seq > after)))
            rows = connection.execute(query.limit(max(1, min(most, MOST_PAGE))))
            return [message_of(row) for row in rows]
