"""Times that go on, whatever a publisher says."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from fractions import Fraction

import pytest

from framecast.clock import NS
from framecast.media.continuity import Continuity

SECOND, STEP = 90_000, 3600
HOUR = 3600 * SECOND
DICE = random.Random(1)
RANDOM = [DICE.getrandbits(32) for _ in range(500)]


def played(clock: Callable[[int], int], captured: Callable[[int], int]) -> list[int]:
    """The times of 500 records, as a muxer uses them."""
    continuity, added, last, out = Continuity(Fraction(SECOND), STEP), 0, -1, []
    for index in range(500):
        added += continuity.jump(clock(index) + added, captured(index))
        last = max(last + 1, clock(index) + added)
        out.append(last)
    return out


@pytest.mark.parametrize(
    "captured", [lambda index: index * NS // 25, lambda _: 0], ids=["captured", "no capture time"]
)
@pytest.mark.parametrize(
    "clock",
    [
        lambda _: 5,
        lambda index: HOUR - index * STEP,
        lambda index: index * STEP + index % 2 * HOUR,
        lambda index: index * STEP + index // 50 % 2 * HOUR,
        lambda index: 9 * HOUR + index * STEP - index // 50 * HOUR,
        lambda index: RANDOM[index],
    ],
    ids=["stands still", "backwards", "alternating", "back and forth", "an hour back", "random"],
)
def test_times_move_with_the_records(clock: Callable[[int], int], captured: Callable[[int], int]) -> None:
    out = played(clock, captured)
    steps = [b - a for a, b in itertools.pairwise(out)]
    assert min(steps) > 0
    assert max(steps[10:]) <= 10 * SECOND
    assert out[-1] - out[10] == pytest.approx(489 * STEP, rel=0.03)


def test_good_times_stay_as_they_are() -> None:
    assert played(lambda index: index * STEP, lambda index: index * NS // 25) == [
        STEP * n for n in range(500)
    ]


def test_disorder_is_not_a_jump() -> None:
    out = played(lambda index: (index + 2 * (index % 50 == 3)) * STEP, lambda _: 0)
    assert out[3:8] == [5 * STEP, 5 * STEP + 1, 5 * STEP + 2, 6 * STEP, 7 * STEP]


def test_a_hole_that_passed_stays_a_hole() -> None:
    continuity = Continuity(Fraction(SECOND), STEP)
    continuity.jump(0, 0)
    assert continuity.jump(60 * SECOND, 60 * NS) == 0
    assert continuity.jump(120 * SECOND, 60 * NS + NS // 25) == STEP - 60 * SECOND
