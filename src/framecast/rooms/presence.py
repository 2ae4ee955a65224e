"""The people in rooms as rows: what each server process says of its members, for as long as its lease.

One row for each process and room, however many people are in it. A process that dies is forgotten when its lease has run out. Presence is not in the
log and does not raise `side`: who types would make everybody's standing be looked up.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from framecast.model.room import Author, RoomRole
from framecast.model.room_presence import LEASE_S, MOST_MEMBERS, Presence, PresenceRow, Stalled, together
from framecast.rooms.part import RoomPart, insert_of
from framecast.store.room_schema import room_presence

MOST_NAMES = 20  # of those that type, or are stalled
_MOST_KEYS = 500  # asked for in one statement


class Presences(RoomPart):
    """The rows of presence."""

    def note_presence(self, process: str, rows: Sequence[PresenceRow]) -> None:
        """Write what a process says of some rooms, and give all its rows a new lease. Call it at least every three seconds, also with no row.

        A row that counts nobody is kept as long as the leader of the playback may come back.
        """
        now = self._now()
        with self._store.write() as connection:
            mine = room_presence.c.process == process
            connection.execute(update(room_presence).where(mine).values(lease_until=now + LEASE_S))
            for row in sorted(rows, key=lambda one: one.key):  # in one order: no deadlock
                _write(connection, process, row, now)
            is_empty = mine & (room_presence.c.size == 0) & (room_presence.c.leader_until <= now)
            connection.execute(delete(room_presence).where(is_empty))

    def leave_presence(self, process: str) -> None:
        """Forget a process that ends."""
        with self._store.write() as connection:
            connection.execute(delete(room_presence).where(room_presence.c.process == process))

    def presence(self, key: object) -> Presence:
        """Return who is in a room, at all processes together."""
        return self.presences([str(key)]).get(str(key), Presence())

    def presences(self, keys: Iterable[str], but: str = "") -> dict[str, Presence]:
        """Return who is in rooms, at all processes but one; a room that nobody is in is not among them."""
        wanted = sorted(set(keys))
        found: dict[str, list[PresenceRow]] = defaultdict(list)
        with self._store.read() as connection:
            for start in range(0, len(wanted), _MOST_KEYS):
                for row in _rows(connection, wanted[start : start + _MOST_KEYS], self._now(), but):
                    found[row.key].append(row)
        together_ = {key: together(rows) for key, rows in found.items()}
        return {key: one for key, one in together_.items() if one.count}

    def _presence(self, connection: Connection, key: str) -> Presence:
        return together(_rows(connection, [key], self._now()))


def people_here(connection: Connection, key: str, now: float) -> tuple[Author, ...]:
    """Return the people of a room that have a list of them: at most 100 of each process."""
    return tuple(one for row in _rows(connection, [key], now) for one in row.members or ())


def _write(connection: Connection, process: str, row: PresenceRow, now: float) -> None:
    members = row.members
    if members is not None and len(members) > MOST_MEMBERS:
        members = None
    people: dict[str, Any] = {
        "members": None if members is None else [[one.id, one.name, str(one.role)] for one in members],
        "typing": list(row.typing[:MOST_NAMES]),
        "stalled": [[one.id, one.name, one.since_s] for one in row.stalled[:MOST_NAMES]],
    }
    values: dict[str, Any] = {
        "size": row.count,
        "people": json.dumps(people, separators=(",", ":")),
        "lease_until": now + LEASE_S,
    }
    if row.leads:  # otherwise it stays: a leader that reloads the page is back before that
        values["leader_until"] = now + LEASE_S
    new = insert_of(connection)(room_presence).values(key=row.key, process=process, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["key", "process"], set_=values))


def _rows(connection: Connection, keys: Sequence[str], now: float, but: str = "") -> list[PresenceRow]:
    query = select(room_presence).where(
        room_presence.c.key.in_(keys), room_presence.c.lease_until > now, room_presence.c.process != but
    )
    return [
        _row_of(row.key, row.size, json.loads(row.people), leads=row.leader_until > now)
        for row in connection.execute(query)
    ]


def _row_of(key: str, count: int, people: dict[str, Any], *, leads: bool) -> PresenceRow:
    members = people["members"]
    return PresenceRow(
        key,
        count,
        None if members is None else tuple(Author(id, name, RoomRole(role)) for id, name, role in members),
        tuple(people["typing"]),
        tuple(Stalled(*one) for one in people["stalled"]),
        leads,
    )
