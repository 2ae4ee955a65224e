"""How fast a video's pictures follow each other, and whether evenly: phones and screen recorders skip pictures, so the rate that a file names is an average at best. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median

_USUAL = Fraction(25)
# Files count time in milliseconds and coarser: a smaller difference does not count.
_ROUNDING_S = Fraction(3, 2000)
_TOLERANCE = Fraction(1, 10)
# From this share of uneven steps on.
_UNEVEN = 0.02
_EXACT, _LOOSE = Fraction(1, 1000), Fraction(1, 50)
# An average rate above this is a time base.
_MOST = 1000


@dataclass(frozen=True, slots=True)
class Pace:
    """Pictures a second, on average, and whether the time between them varies."""

    fps: Fraction
    is_variable: bool


def pace_of(times: Sequence[Fraction], named: Sequence[Fraction | None]) -> Pace:
    """Return the pace of pictures at `times` (seconds, in their order) in a file that names the rates `named`, the most likely one last.

    A named rate counts where it fits the times: it knows 30000/1001, and files that round their times do not.
    """
    known = [rate for rate in named if rate]
    steps = [later - earlier for earlier, later in pairwise(times)]
    if not steps:
        return Pace(known[0] if known else _USUAL, False)
    usual = median(steps)
    allowed = max(_ROUNDING_S, usual * _TOLERANCE)
    even = [step for step in steps if abs(step - usual) <= allowed]
    span = sum(even, Fraction(0))
    if not span:  # all at the same time
        return Pace(Fraction(10**9), False)
    uneven = len(steps) - len(even)
    if uneven > 1 and uneven > _UNEVEN * len(steps):
        average = len(steps) / (times[-1] - times[0])
        return Pace(known[0] if known and known[0] < _MOST else average, True)
    measured = len(even) / span
    slack = measured * min(_ROUNDING_S / span + _EXACT, _LOOSE)
    fitting = [rate for rate in known if abs(rate - measured) <= slack]
    return Pace(fitting[-1] if fitting else measured, False)
