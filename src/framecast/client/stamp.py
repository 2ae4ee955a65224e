"""The times of what a program publishes: handed on from what it read, or made now.

Not thread-safe by itself: used under the writer's lock.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from framecast.client.timed import Moment
from framecast.clock import NS, Clock, monotonic_ns, utc_ns
from framecast.model import Meta

# Sound whose own line of time has come this far from the clock begins a new one.
_MAX_DRIFT_NS = NS // 5


class Stamp:
    """Makes times that only grow: new ones count from the writer's beginning by CLOCK_MONOTONIC."""

    def __init__(self, monotonic: Callable[[], int] = monotonic_ns, utc: Callable[[], int] = utc_ns) -> None:
        self._monotonic = monotonic
        self._utc = utc
        self._begin = monotonic()
        self._begin_utc = utc()
        self._sound_ns: int | None = None  # where the next block begins, since the writer's beginning
        # Of the newest time base: ticks in so many nanoseconds. A fraction's own arithmetic is slow.
        self._time_base = Fraction(0)
        self._ticks, self._step = 1, NS

    def meta(self, time_base: Fraction, at: Moment | None, captured_at: int | None) -> Meta:
        """Return the times of one record of a track with `time_base`."""
        if at is not None:
            pts = at.pts if at.time_base == time_base else round(at.pts * at.time_base / time_base)
            return Meta(pts, at.captured_at, at.arrived_ns, at.clock)
        now = self._monotonic()
        if captured_at is None:
            return self._since_begin(now - self._begin, time_base, self._utc(), now)
        return self._since_begin(captured_at - self._begin_utc, time_base, captured_at, now)

    def meta_of_sound(
        self, time_base: Fraction, count: int, at: Moment | None, captured_at: int | None
    ) -> Meta:
        """Return the times of a block of `count` samples; without given ones it follows the block before."""
        if at is not None or captured_at is not None:
            return self.meta(time_base, at, captured_at)
        now = self._monotonic()
        begin = now - self._begin
        if self._sound_ns is not None and abs(begin - self._sound_ns) < _MAX_DRIFT_NS:
            begin = self._sound_ns
        self._sound_ns = begin + round(count * time_base * NS)
        return self._since_begin(begin, time_base, self._utc() - (now - self._begin) + begin, now)

    def _since_begin(self, elapsed_ns: int, time_base: Fraction, captured_at: int, arrived_ns: int) -> Meta:
        if time_base is not self._time_base:
            self._time_base = time_base
            self._ticks, self._step = time_base.denominator, NS * time_base.numerator
        pts = (elapsed_ns * self._ticks + self._step // 2) // self._step
        return Meta(pts, captured_at, arrived_ns, Clock.DEVICE)
