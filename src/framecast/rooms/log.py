"""The log of a room as its readers see it: what comes after a number, the newest events, and how far each room is."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from framecast.errors import NotFound
from framecast.model.room import Event, Tail
from framecast.rooms.part import RoomPart
from framecast.rooms.rows import event_of, event_query
from framecast.store.room_schema import room_events, rooms

MOST_EVENTS = 2000
MOST_ROOMS = 500  # asked for in one statement


class Log(RoomPart):
    """Reading the logs."""

    def events(self, key: object, after: int, most: int = 500) -> list[Event]:
        """Return the events that come after a number, in order, at most `most`; none of a room in which nothing has happened."""
        with self._store.read() as connection:
            try:
                room = self._find(connection, key)
            except NotFound:
                return []
            mine = (room_events.c.room_id == room.id) & (room_events.c.seq > after)
            query = event_query().where(mine).order_by(room_events.c.seq)
            rows = connection.execute(query.limit(max(1, min(most, MOST_EVENTS))))
            return [event_of(row) for row in rows]

    def tail(self, key: object, most: int = 100) -> Tail:
        """Return the newest events of a room, at most `most`, with how far it is."""
        with self._store.read() as connection:
            try:
                room = self._find(connection, key)
            except NotFound:
                return Tail("", 0, 0, ())
            query = (
                event_query()
                .where(room_events.c.room_id == room.id, room_events.c.seq <= room.last)
                .order_by(room_events.c.seq.desc())
                .limit(max(1, min(most, MOST_EVENTS)))
            )
            events = [event_of(row) for row in connection.execute(query)]
            return Tail(room.epoch, room.last, room.side, tuple(reversed(events)), room.first)

    def positions(self, ids: Iterable[int]) -> dict[int, tuple[str, int, int]]:
        """Return how far rooms are, by the ids of their rows: epoch, newest number, side. A room that has gone is not among them."""
        wanted = sorted(set(ids))
        found: dict[int, tuple[str, int, int]] = {}
        columns = select(rooms.c.id, rooms.c.epoch, rooms.c.last, rooms.c.side)
        with self._store.read() as connection:
            for start in range(0, len(wanted), MOST_ROOMS):
                some = rooms.c.id.in_(wanted[start : start + MOST_ROOMS]) & rooms.c.removed_at.is_(None)
                rows = connection.execute(columns.where(some))
                found |= {row.id: (row.epoch, row.last, row.side) for row in rows}
        return found
