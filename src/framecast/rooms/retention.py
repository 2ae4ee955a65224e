"""What is removed with time: messages after the time of their room, rooms that were deleted or whose video has gone, and what has expired.

Each transaction removes few rows, so nobody who writes waits long; a crash leaves rows that the next upkeep removes. The numbers of a log stay: `first` says
where it begins now.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, exists, func, select, update

from framecast.accounts.rooms import remove_rooms
from framecast.model.room import RoomKind
from framecast.rooms.part import RoomPart
from framecast.rooms.search import unindex
from framecast.store.library_schema import videos
from framecast.store.room_schema import (
    room_events,
    room_holds,
    room_invitations,
    room_messages,
    room_presence,
    room_restrictions,
    room_seen,
    room_sends,
    rooms,
)

_BATCH = 500
_MOST_ROOMS = 1000  # that are looked at in one upkeep
_ENDED_S = 30 * 86400.0  # from where somebody wrote last; time-outs and bans that have ended
_PRESENCE_S = 3600.0
_DAY_S = 86400.0


class Retention(RoomPart):
    """Upkeep."""

    def prune(self, most: int = 100_000) -> int:
        """Remove what has had its time, at most about `most` rows. Return how many; the rest goes with the next call."""
        gone = self._prune_expired()
        self._remove_orphans()
        gone += sum(self._drain(room, most - gone) for room in self._removed())
        for room, days in self._limited():
            gone += self._prune_room(room, self._now() - days * _DAY_S, most - gone)
        if self.keep_s is not None:
            before = self._now() - self.keep_s
            gone += sum(self._prune_room(room, before, most - gone) for room in self._unlimited(before))
        return gone

    def _prune_expired(self) -> int:
        now = self._now()
        ends = (
            (room_invitations, room_invitations.c.expires_at <= now),
            (room_presence, room_presence.c.lease_until < now - _PRESENCE_S),
            (room_sends, room_sends.c.until < now),
            (room_seen, room_seen.c.at < now - _ENDED_S),
            (room_restrictions, room_restrictions.c.until < now - _ENDED_S),
        )
        with self._store.write() as connection:
            return sum(connection.execute(delete(table).where(which)).rowcount for table, which in ends)

    def _remove_orphans(self) -> None:
        """Remove the rooms of videos that have gone."""
        known = exists().where(videos.c.id == func.substr(rooms.c.key, len(f"{RoomKind.VIDEO}:") + 1))
        lost = (rooms.c.kind == RoomKind.VIDEO) & rooms.c.removed_at.is_(None) & ~known
        with self._store.write() as connection:
            remove_rooms(connection, lost, self._now())

    def _removed(self) -> Sequence[int]:
        query = select(rooms.c.id).where(rooms.c.removed_at.is_not(None)).limit(_MOST_ROOMS)
        with self._store.read() as connection:
            return connection.execute(query).scalars().all()

    def _limited(self) -> Sequence[tuple[int, int]]:
        query = select(rooms.c.id, rooms.c.retention_days).where(
            rooms.c.retention_days > 0, rooms.c.removed_at.is_(None)
        )
        with self._store.read() as connection:
            return [(row.id, row.retention_days) for row in connection.execute(query)]

    def _unlimited(self, before: float) -> Sequence[int]:
        """Return the rooms that do not say how long events are kept, and have older ones than `before`."""
        oldest = (
            select(room_events.c.at)
            .where(room_events.c.room_id == rooms.c.id)
            .order_by(room_events.c.seq)
            .limit(1)
            .scalar_subquery()
        )
        mine = rooms.c.retention_days.is_(None) & rooms.c.removed_at.is_(None) & (oldest < before)
        with self._store.read() as connection:
            return connection.execute(select(rooms.c.id).where(mine).limit(_MOST_ROOMS)).scalars().all()

    def _drain(self, room: int, most: int) -> int:
        """Remove the rows of a removed room, and its own once nothing is left of it."""
        gone = 0
        while gone < most:
            with self._store.write() as connection:
                count = _remove_events(connection, room, _oldest(connection, room))
                if not count:
                    connection.execute(delete(rooms).where(rooms.c.id == room))
                    return gone
            gone += count
        return gone

    def _prune_room(self, room: int, before: float, most: int) -> int:
        """Remove the events of a room that are older than a time."""
        gone = 0
        while gone < most:
            with self._store.write() as connection:
                row = connection.execute(
                    select(rooms).where(rooms.c.id == room).with_for_update(key_share=True)
                ).first()
                if row is None:
                    return gone
                old = _leading(_oldest(connection, room), before, self._now())
                _trim(connection, row, old, before)
                gone += _remove_events(connection, room, old)
            if len(old) < _BATCH:
                break
        return gone


def _oldest(connection: Connection, room: int) -> list[Row[Any]]:
    query = select(room_events.c.seq, room_events.c.at).where(room_events.c.room_id == room)
    return list(connection.execute(query.order_by(room_events.c.seq).limit(_BATCH)))


def _leading(rows: Sequence[Row[Any]], before: float, now: float) -> list[Row[Any]]:
    """Return the first rows, as far as all are older than a time. One of the future, by a wrong clock, is as old as the next one."""
    end = 0
    for place, row in enumerate(rows, 1):
        if row.at < before:
            end = place
        elif row.at <= now:
            break
    return list(rows[:end])


def _trim(connection: Connection, row: Row[Any], old: Sequence[Row[Any]], before: float) -> None:
    """Say where the log begins then, and remove what was never in it."""
    held = (room_holds.c.room_id == row.id) & (room_holds.c.at < before)
    connection.execute(delete(room_holds).where(held))
    if old:
        values: dict[str, Any] = {"first": old[-1].seq + 1}
        if row.pinned is not None and row.pinned <= old[-1].seq:
            values |= {"pinned": None, "side": rooms.c.side + 1}
        connection.execute(update(rooms).where(rooms.c.id == row.id).values(**values))


def _remove_events(connection: Connection, room: int, rows: Sequence[Row[Any]]) -> int:
    """Remove events with their messages, and what belongs to these."""
    if not rows:
        return 0
    first, last = rows[0].seq, rows[-1].seq
    unindex(connection, room, [row.seq for row in rows])

    def span(table: Table) -> Any:  # noqa: ANN401  a condition of SQL
        return (table.c.room_id == room) & table.c.seq.between(first, last)

    for table in (room_messages, room_events):
        connection.execute(delete(table).where(span(table)))
    return len(rows)
