"""Counts wrong credentials by client address, and says how long an address must wait. Pure apart from the clock."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from framecast.model.host import bucket_of

# An address may send this many wrong tokens; one of them is forgiven each REFILL_S.
FAILURES = 10
REFILL_S = 6.0
# Addresses that are remembered; the one that failed longest ago is forgotten first.
MAX_ADDRESSES = 4096


class Failures:
    """Counts wrong tokens by address (of IPv6 by its /64, which is one customer's), as a bucket that leaks. Bounded."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address -> (failures, when)

    def wait_s(self, address: str) -> float:
        """Return for how long this address may not try again; 0 where it may."""
        level = self._level(bucket_of(address))
        return 0.0 if level < FAILURES else (level - FAILURES + 1) * REFILL_S

    def add(self, address: str) -> None:
        """Note a wrong token."""
        bucket = bucket_of(address)
        self._levels[bucket] = (self._level(bucket) + 1, self._now())
        self._levels.move_to_end(bucket)
        while len(self._levels) > MAX_ADDRESSES:
            self._levels.popitem(last=False)

    def _level(self, bucket: str) -> float:
        level, at = self._levels.get(bucket, (0.0, 0.0))
        return max(0.0, level - (self._now() - at) / REFILL_S)
