"""The log of a room as its readers see it: what comes after a number, the newest events, and how far each room is."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, select

from framecast.errors import NotFound
from framecast.model.room import Event, Tail
from framecast.rooms.part import RoomPart, within
from framecast.rooms.rows import event_of, event_query
from framecast.store.room_schema import room_events, rooms

MOST_EVENTS = 2000
MOST_ROOMS = 500  # asked for in one statement
_HERE = room_events.c.room_id == bindparam("room")
_EVENTS = (
    event_query()
    .where(_HERE, room_events.c.seq > bindparam("after"))
    .order_by(room_events.c.seq)
    .limit(bindparam("most"))
)
_TAIL = (
    event_query()
    .where(_HERE, room_events.c.seq <= bindparam("last"))
    .order_by(room_events.c.seq.desc())
    .limit(bindparam("most"))
)
_POSITIONS = select(rooms.c.id, rooms.c.epoch, rooms.c.last, rooms.c.side).where(
    rooms.c.id.in_(bindparam("ids", expanding=True)), rooms.c.removed_at.is_(None)
)


class Log(RoomPart):
    """Reading the logs."""

    def events(self, key: object, after: int, most: int = 500) -> list[Event]:
        """Return the events that come after a number, in order, at most `most`; none of a room in which nothing has happened."""
        with self._store.read() as connection:
            try:
                room = self._find(connection, key)
            except NotFound:
                return []
            asked = {"room": room.id, "after": within(after, room.last), "most": _within(most)}
            return [event_of(row) for row in connection.execute(_EVENTS, asked)]

    def tail(self, key: object, most: int = 100) -> Tail:
        """Return the newest events of a room, at most `most`, with how far it is."""
        with self._store.read() as connection:
            try:
                room = self._find(connection, key)
            except NotFound:
                return Tail("", 0, 0, ())
            asked = {"room": room.id, "last": room.last, "most": _within(most)}
            events = [event_of(row) for row in connection.execute(_TAIL, asked)]
            return Tail(room.epoch, room.last, room.side, tuple(reversed(events)), room.first)

    def positions(self, ids: Iterable[int]) -> dict[int, tuple[str, int, int]]:
        """Return how far rooms are, by the ids of their rows: epoch, newest number, side. A room that has gone is not among them."""
        wanted = sorted(set(ids))
        found: dict[int, tuple[str, int, int]] = {}
        with self._store.read() as connection:
            for start in range(0, len(wanted), MOST_ROOMS):
                rows = connection.execute(_POSITIONS, {"ids": wanted[start : start + MOST_ROOMS]})
                found |= {row.id: (row.epoch, row.last, row.side) for row in rows}
        return found


def _within(most: int) -> int:
    return max(1, min(most, MOST_EVENTS))
