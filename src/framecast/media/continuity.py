"""Times of a file or of live MP4 that always go forward, whatever times the records of a track have: a program may publish any.

Live sources are repaired before (`sources.stamps`, `sources.discipline`); other publishers keep their own times on the bus, and only what has
to play is repaired here. Pure arithmetic, in ticks of the track; one thread.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

from framecast.clock import NS

# Steps back up to this, and few of them in a row, are disorder: such a record comes one tick behind the last.
_DISORDER = Fraction(1, 4)
_MAX_STUCK = 4
# A step ahead of more than this that did not pass by the capture times either is a jump.
_GAP = 10
_FIT_NS = 2 * NS


@dataclass(slots=True)
class Continuity:
    """What came last on a track. `second` is its ticks in a second, `usual` those of a record."""

    second: Fraction
    usual: int
    _last: int | None = None
    _captured_at: int = 0
    _stuck: int = 0
    # Whole ticks: fractions cost more than all the rest of a packet.
    _disorder: int = field(init=False)
    _gap: int = field(init=False)

    def __post_init__(self) -> None:
        self._disorder, self._gap = floor(_DISORDER * self.second), floor(_GAP * self.second)

    def jump(self, dts: int, captured_at: int) -> int:
        """Return what to add to this decoding time and to all later ones, 0 if they continue by themselves."""
        last, passed_ns = self._last, captured_at - self._captured_at
        moved = 0
        if last is not None:
            step = dts - last
            self._stuck = self._stuck + 1 if step <= self.usual // 16 else 0
            if self._is_jump(step, passed_ns):
                moved = max(1, self._expected(passed_ns)) - step
        self._last = dts + moved if last is None else max(last + 1, dts + moved)
        self._captured_at = captured_at
        return moved

    def restart(self) -> None:
        """The next time is the first one of a new line."""
        self._last, self._stuck = None, 0

    @property
    def is_stuck(self) -> bool:
        """True while one time after the other does not go forward, or hardly."""
        return self._stuck > _MAX_STUCK

    def _is_jump(self, step: int, passed_ns: int) -> bool:
        if self.is_stuck:
            return True
        if step <= 0:
            return -step > self._disorder
        return step > self._gap and abs(step * NS / self.second - passed_ns) > _FIT_NS

    def _expected(self, passed_ns: int) -> int:
        """By the capture times, if these can be."""
        if 0 < passed_ns <= _GAP * NS:
            return round(passed_ns * self.second / NS)
        return self.usual or round(self.second / 25)
