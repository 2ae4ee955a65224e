"""A room as lines of JSON, for its owner to keep: the room, then every event with what was said, in the order of the log."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from framecast.model.room import EventKind, Room, Visitor
from framecast.rooms.part import RoomPart, actor_of
from framecast.rooms.rows import event_of, event_query
from framecast.store.room_schema import room_events, room_members, rooms

_PAGE = 500
VERSION = 1


class Export(RoomPart):
    """The export."""

    def export(self, key: object, by: Visitor) -> Iterator[str]:
        """Return lines of JSON, each with its end: first the room, then its people, then every event that there is now.

        Pages are read as they are asked for, so a large room costs no memory and keeps no transaction open. A message that is edited or deleted
        meanwhile is as it is when its page is read.

        Raises:
            NotFound: there is no such room. Denied: only its moderators and its owner may do this.
        """
        with self._store.write() as connection:
            row = self._lock(connection, key, by)
            self._check_moderator(connection, row, by)
            self._note(connection, actor_of(by), "room.export", f"room {row.key}")
            room = self._room(connection, rooms.c.id == row.id)
            people = connection.execute(select(room_members).where(room_members.c.room_id == row.id)).all()
        return self._lines(
            room, [{"id": one.author_id, "name": one.name, "role": one.role} for one in people]
        )

    def _lines(self, room: Room, people: list[dict[str, Any]]) -> Iterator[str]:
        head = {"version": VERSION, "exported_at": self._now(), "epoch": room.epoch, "last": room.last}
        yield _line({"type": "room", **head, **room.to_json(with_words=True)})
        yield from (_line({"type": "member", **one}) for one in people)
        after = 0
        while after < room.last:
            here = (room_events.c.room_id == room.id) & (room_events.c.seq > after)
            here &= room_events.c.seq <= room.last
            with self._store.read() as connection:
                query = event_query().where(here).order_by(room_events.c.seq).limit(_PAGE)
                page = [event_of(row) for row in connection.execute(query)]
            if not page:
                return
            for event in page:
                found = {"type": "event", **event.to_json()}
                if event.kind is not EventKind.MESSAGE:
                    found.pop("message", None)  # it stands with its own event
                yield _line(found)
            after = page[-1].seq


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
