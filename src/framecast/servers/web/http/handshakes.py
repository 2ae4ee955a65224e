"""How often one address may open a WebSocket to a room: a page that reconnects in a loop, or a crowd of them, costs the others nothing. Pure.

People of one household or office share an address, so a burst is wide. Programs of an open node, admins and owners are exempt.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable

from framecast.errors import WouldBlock
from framecast.model.room import Visitor
from framecast.model.room_limits import Limit

LIMIT = Limit(60, 0.5)
MOST_REMEMBERED = 10_000


class Handshakes:
    """The marks of addresses that have asked lately."""

    def __init__(self, limit: Limit = LIMIT, now: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._now = now
        self._marks: OrderedDict[str, float] = OrderedDict()

    def check(self, who: Visitor) -> None:
        """Count one more.

        Raises:
            WouldBlock: there were too many; the field `wait_s` says how long to wait.
        """
        if who.is_local or who.is_admin or who.is_owner:
            return
        now, of = self._now(), _network(who.address)
        mark = max(self._marks.pop(of, now), now) + self._limit.every_s
        wait_s = self._limit.wait_s(mark, now)
        self._marks[of] = mark if not wait_s else mark - self._limit.every_s
        while len(self._marks) > MOST_REMEMBERED:
            self._marks.popitem(last=False)
        if wait_s:
            raise WouldBlock(
                f"too many connections to rooms were opened from your network: wait {math.ceil(wait_s)} s",
                wait_s=round(wait_s, 3),
            )


def _network(address: str) -> str:
    """Return what counts as one: an IPv4 address, or the /64 of an IPv6 address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else address
