"""Reports the state of a source: that it is live, what its pictures wait for, what is wrong with its clock.

The source's thread. Each change is reported once.
"""

from __future__ import annotations

from collections.abc import Callable

from framecast.bus import Publisher
from framecast.clock import NS
from framecast.model import State

WAITING = "waiting for the next key frame"
# A shorter wait for a key frame is not reported.
_TELL_AFTER_NS = 2 * NS
_CLOCK_EVERY = 256  # packets


class Standing:
    """`clock` returns a note about the clock of the source, "" if there is none."""

    def __init__(self, publisher: Publisher, clock: Callable[[], str]) -> None:
        self._publisher = publisher
        self._clock = clock
        self._live = False
        self._count = 0
        self._clock_told = ""
        self._waits_since = 0  # the first picture that cannot be shown
        self._is_waiting_told = False

    def packet(self) -> None:
        """Note that a packet has come."""
        if not self._live:
            self._live = True
            self._publisher.report(State.LIVE)
        self.packets(1)

    @property
    def is_usual(self) -> bool:
        """True if the source is live and nothing is waited for."""
        return self._live and not self._waits_since

    def packets(self, count: int) -> None:
        """Note that so many more packets have come."""
        before, self._count = self._count, self._count + count
        if before // _CLOCK_EVERY == self._count // _CLOCK_EVERY:
            return
        clock = self._clock()
        if clock != self._clock_told:
            self._clock_told = clock
            self._publisher.note(clock=clock)

    def wait(self, arrived_ns: int) -> None:
        """It was a picture that cannot be shown yet."""
        self._waits_since = self._waits_since or arrived_ns
        if arrived_ns - self._waits_since >= _TELL_AFTER_NS and not self._is_waiting_told:
            self._is_waiting_told = True
            self._publisher.report(State.LIVE, "", WAITING)
            self._publisher.note(waiting=WAITING)

    def see(self) -> None:
        """It was a picture that can be shown."""
        self._waits_since = 0
        if self._is_waiting_told:
            self._is_waiting_told = False
            self._publisher.report(State.LIVE)
            self._publisher.note(waiting="")
