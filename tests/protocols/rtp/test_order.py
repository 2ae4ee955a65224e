"""Decoding times of pictures that only have times of presentation."""

from __future__ import annotations

import itertools

import pytest

from framecast.protocols.rtp.implementation import Implementation

STEP, RATE = 3600, 90_000


def test_without_reordering_both_times_are_one(rtp: Implementation) -> None:
    order = rtp.order(0, STEP, RATE)
    assert [order.dts(pts) for pts in range(0, 10 * STEP, STEP)] == list(range(0, 10 * STEP, STEP))


def test_with_reordering_each_picture_is_decoded_one_step_after_the_last(rtp: Implementation) -> None:
    order = rtp.order(2, STEP, RATE)
    shown = [0, 4, 2, 1, 3, 8, 6, 5, 7]
    assert [order.dts(number * STEP) // STEP for number in shown] == [-2, -1, 0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("shown", [[0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11], [0, 3, 1, 2, 6, 4, 5]])
def test_a_delay_that_nobody_told_is_found(rtp: Implementation, shown: list[int]) -> None:
    order = rtp.order(0, STEP, RATE)
    times = [(order.dts(number * STEP), number * STEP) for number in shown]
    assert all(a < b for (a, _), (b, _) in itertools.pairwise(times))
    assert all(dts <= pts for dts, pts in times[5:])


def test_a_new_line_of_time_begins_anew(rtp: Implementation) -> None:
    order = rtp.order(1, STEP, RATE)
    order.dts(1_000_000)
    assert order.dts(50) == 50 - STEP
    assert order.dts(50 + 2 * STEP) == 50
