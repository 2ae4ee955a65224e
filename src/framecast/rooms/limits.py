"""The limits of rooms in the database, so that all server processes count together: one row and one statement for what is counted."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sqlalchemy import Connection, case, delete
from sqlalchemy.dialects import postgresql, sqlite

from framecast.errors import WouldBlock
from framecast.model.room_limits import Limit
from framecast.store.room_schema import room_sends

_WORDS = {
    "person": "you have sent much in a short time",
    "address": "much was sent from your network in a short time",
    "room": "much is said in this room at the moment",
    "acts": "you have changed much in a short time",
    "plays": "you have used the remote often in a short time",
    "reports": "you have reported much in a short time",
    "address_acts": "much was changed from your network in a short time",
}


def count_against(connection: Connection, now: float, counted: Mapping[tuple[str, str], Limit]) -> None:
    """Count one more against limits, given by their name and by what they are of: an author, an address, a room.

    In one statement, so that two processes never count from the same mark; a failed transaction takes it back.

    Raises:
        WouldBlock: one of them is used up; the fields `limit` and `wait_s` say which, and how long to wait.
    """
    if not counted:
        return
    limits = {f"{name} {of}"[:160]: (name, limit) for (name, of), limit in counted.items()}
    rows = [
        {"bucket": bucket, "mark": now + limit.every_s, "until": now + limit.burst * limit.every_s}
        for bucket, (_, limit) in sorted(limits.items())  # always in this order: no deadlock
    ]
    new = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    added = new(room_sends).values(rows)
    old, given = room_sends.c, added.excluded
    # No mark is further away than its limit allows, unless a clock was set back.
    mark = case((old.mark > given.until, given.until), (old.mark < now, now), else_=old.mark)
    counting = added.on_conflict_do_update(
        index_elements=["bucket"], set_={"mark": mark + (given.mark - now), "until": given.until}
    ).returning(room_sends.c.bucket, room_sends.c.mark)
    waits = {
        limits[row.bucket][0]: limits[row.bucket][1].wait_s(row.mark, now)
        for row in connection.execute(counting)
    }
    refuse_early(*max(waits.items(), key=lambda one: one[1]))


def refuse_early(limit: str, wait_s: float) -> None:
    """Refuse what comes `wait_s` seconds too soon.

    Raises:
        WouldBlock: that is more than nothing.
    """
    if wait_s > 1e-6:  # what a sum of floating-point times may be off
        wait_s = max(0.001, round(wait_s, 3))
        what = _WORDS.get(limit, "this room has slow mode")
        raise WouldBlock(f"{what}: wait {math.ceil(wait_s)} s", limit=limit, wait_s=wait_s)


def forget_marks(connection: Connection, now: float) -> int:
    """Remove the marks that say nothing any more; return how many."""
    return connection.execute(delete(room_sends).where(room_sends.c.until < now)).rowcount
