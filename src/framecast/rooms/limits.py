"""The limits of rooms in the database, so that all server processes count together: one row and one statement for what is counted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache

from sqlalchemy import Connection, TextClause, text

from framecast.errors import WouldBlock
from framecast.model.room_limits import Limit

_COUNTING = """
INSERT INTO room_sends (bucket, mark, until) VALUES ROWS
ON CONFLICT (bucket) DO UPDATE SET until = excluded.until, mark = excluded.mark - :now
    + CASE WHEN room_sends.mark < :now OR room_sends.mark > excluded.until + :skew THEN :now ELSE room_sends.mark END
RETURNING bucket, mark
"""
_SKEW_S = 5.0  # between the clocks of two machines on one database
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
    given: dict[str, str | float] = {"now": now, "skew": _SKEW_S}
    for place, (bucket, (_, limit)) in enumerate(sorted(limits.items())):  # in this order always: no deadlock
        given |= {f"bucket{place}": bucket, f"mark{place}": now + limit.every_s}
        given[f"until{place}"] = now + limit.burst * limit.every_s
    counting = connection.execute(_counting(len(limits)), given)
    waits = {limits[row.bucket][0]: limits[row.bucket][1].wait_s(row.mark, now) for row in counting}
    refuse_early(*max(waits.items(), key=lambda one: one[1]))


@cache
def _counting(count: int) -> TextClause:
    """Return the statement that counts against so many limits: as text, because the library makes one of several rows again each time.

    No mark is further away than its limit allows, unless a clock was set back: then it says nothing.
    """
    rows = ", ".join(f"(:bucket{place}, :mark{place}, :until{place})" for place in range(count))
    return text(_COUNTING.replace("ROWS", rows))


def wait_after(last: float, for_s: float, now: float) -> float:
    """Return how long to wait until `for_s` seconds after the time `last`; 0 if that is in the future, because a clock was set back."""
    return 0.0 if last > now + _SKEW_S else max(0.0, min(for_s, last + for_s - now))


def refuse_early(limit: str, wait_s: float) -> None:
    """Refuse what comes `wait_s` seconds too soon.

    Raises:
        WouldBlock: that is more than nothing.
    """
    if wait_s > 1e-6:  # what a sum of floating-point times may be off
        wait_s = max(0.001, round(wait_s, 3))
        what = _WORDS.get(limit, "this room has slow mode")
        raise WouldBlock(f"{what}: wait {math.ceil(wait_s)} s", limit=limit, wait_s=wait_s)
