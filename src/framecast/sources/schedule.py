"""When the next thing is due, at an exact rate and without drift.

Times are CLOCK_MONOTONIC, so that setting the wall clock moves nothing.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from fractions import Fraction

from framecast.clock import NS, monotonic_ns

# A delay of less is caught up with, a longer one leaves a gap.
_CATCH_UP_NS = NS


class Schedule:
    """Counts what happens `rate` times a second from `start_ns` on. One thread."""

    def __init__(self, rate: Fraction, start_ns: int, now: Callable[[], int] = monotonic_ns) -> None:
        self._rate = rate
        self._start_ns = start_ns
        self._now = now
        self.number = 0  # of what is due next

    @property
    def due_ns(self) -> int:
        """When number `number` is due: computed from the start, so that no rounding adds up."""
        return self._start_ns + self.number * NS * self._rate.denominator // self._rate.numerator

    def advance(self) -> bool:
        """Go on to the next; False if some were left out because they are long overdue."""
        self.number += 1
        late_ns = self._now() - self.due_ns
        if late_ns < _CATCH_UP_NS:
            return True
        self.number += int(late_ns * self._rate / NS)
        return False


def wait_until(due_ns: int, stop: threading.Event) -> bool:
    """Sleep until CLOCK_MONOTONIC reaches `due_ns`; False if `stop` came before."""
    left_ns = due_ns - monotonic_ns()
    if left_ns > 0:
        return not stop.wait(left_ns / NS)
    return not stop.is_set()
