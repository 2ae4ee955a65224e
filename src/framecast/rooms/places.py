"""The rooms themselves: found, made, changed, deleted, listed."""

from __future__ import annotations

from sqlalchemy import select

from framecast.errors import NotFound
from framecast.model.room import Room, RoomKind, Visitor, parse_key
from framecast.model.text import check_text
from framecast.rooms.part import RoomPart
from framecast.rooms.rows import room_of, room_query
from framecast.store.room_schema import rooms

LONGEST_TITLE = 120


class Places(RoomPart):
    """The rooms."""

    def find(self, key: object) -> Room | None:
        """Return a room, None if there is no such one: of a stream or a video because nothing has happened in it."""
        with self._store.read() as connection:
            row = connection.execute(room_query().where(rooms.c.key == str(parse_key(key)))).first()
            return None if row is None else room_of(connection, row)

    def open(self, key: object, title: str = "", owner: str | None = None) -> Room:
        """Return a room; that of a stream or a video is made if it is not there, with a title and the account (by id) of its owner.

        Raises:
            NotFound: there is no such private room.
        """
        parsed = parse_key(key)
        found = self.find(parsed)
        if found is not None:
            return found
        if parsed.kind is RoomKind.PRIVATE:
            raise NotFound("there is no such room, or it is not open to you")
        checked = check_text("the title", title.strip(), LONGEST_TITLE)
        with self._store.write() as connection:
            self._make(connection, parsed, title=checked, owner=owner)
            query = room_query().where(rooms.c.key == str(parsed))
            return room_of(connection, connection.execute(query).one())

    def may_enter(self, key: object, who: Visitor) -> bool:
        """Return whether a private room is open to somebody. What a stream or a video shows to whom is decided elsewhere."""
        parsed = parse_key(key)
        if parsed.kind is not RoomKind.PRIVATE:
            return True
        mine = (rooms.c.key == str(parsed)) & rooms.c.removed_at.is_(None)
        with self._store.read() as connection:
            row = connection.execute(select(rooms).where(mine)).first()
            return row is not None and self._may_enter(connection, row, who)
