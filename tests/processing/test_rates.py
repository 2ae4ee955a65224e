"""The pace of pictures, from their times and from what their file says."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from framecast.processing.rates import Pace, pace_of

NTSC = Fraction(30000, 1001)


def rounded(rate: Fraction, to: int = 1000) -> list[Fraction]:
    return [Fraction(round(number / rate * to), to) for number in range(200)]


def phone(number: int) -> Fraction:
    """A phone's pictures: 30 a second, then some are left out."""
    return Fraction(number + (number // 7 if number > 50 else 0), 30)


@pytest.mark.parametrize(
    ("times", "named", "pace"),
    [
        ([Fraction(n, 25) for n in range(200)], (Fraction(25), Fraction(25)), Pace(Fraction(25), False)),
        (rounded(NTSC), (NTSC, NTSC), Pace(NTSC, False)),
        (rounded(NTSC), (Fraction(2997, 100), NTSC), Pace(NTSC, False)),
        (rounded(Fraction(25)), (Fraction(2473, 100), Fraction(25)), Pace(Fraction(25), False)),
        (rounded(Fraction(25)), (None, Fraction(90000)), Pace(Fraction(25), False)),
        ([phone(n) for n in range(200)], (Fraction(27), Fraction(30)), Pace(Fraction(27), True)),
        ([Fraction(1)], (NTSC, None), Pace(NTSC, False)),
        ([], (None, None), Pace(Fraction(25), False)),
        ([Fraction(0)] * 50, (Fraction(25), None), Pace(Fraction(10**9), False)),
        ([Fraction(n, 10**9) for n in range(50)], (Fraction(25), None), Pace(Fraction(10**9), False)),
    ],
)
def test_the_named_rate_counts_where_it_fits(
    times: list[Fraction], named: tuple[Fraction | None, ...], pace: Pace
) -> None:
    assert pace_of(times, named) == pace


@pytest.mark.parametrize(
    "shape", [lambda n: Fraction(n, 30) + Fraction(n == 100, 10), lambda n: Fraction(n, 30)]
)
def test_one_gap_makes_no_variable_rate(shape: Callable[[int], Fraction]) -> None:
    assert not pace_of([shape(n) for n in range(200)], (Fraction(30), None)).is_variable
