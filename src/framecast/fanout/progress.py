"""Notices a client that takes nothing, although something waits for it. Pure; the clock is given."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

# A client that has taken no byte for this time is gone or stopped.
STUCK_S = 30.0


class Progress:
    """`check` it now and then."""

    def __init__(self, stuck_s: float = STUCK_S, clock: Callable[[], float] = monotonic) -> None:
        self._stuck_s = stuck_s
        self._clock = clock
        self._taken = -1
        self._moved_at = clock()

    def check(self, taken: int, *, waits: bool) -> bool:
        """Return False if a client is stuck: `taken`, its bytes so far, has not changed while something waited."""
        now = self._clock()
        if taken != self._taken or not waits:
            self._taken, self._moved_at = taken, now
        return now - self._moved_at < self._stuck_s
