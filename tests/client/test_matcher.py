"""The rule of matching, with frames that are only times and a clock that the test moves."""

from __future__ import annotations

from dataclasses import dataclass

from framecast.client.matcher import Matcher


@dataclass(frozen=True)
class Shot:
    captured_at: int


def at(ms: float) -> Shot:
    return Shot(round(ms * 1e6))


class Stage:
    """A matcher of `count` streams with 20 ms tolerance and 500 ms of patience."""

    def __init__(self, count: int) -> None:
        self.now = 0.0
        self.matcher: Matcher[Shot] = Matcher(count, tolerance_s=0.02, wait_s=0.5, depth=16, now=0.0)

    def give(self, queue: int, *times_ms: float) -> None:
        for time_ms in times_ms:
            self.matcher.queues[queue].add(at(time_ms), self.now)

    def take(self) -> list[tuple[float | None, ...]]:
        found: list[tuple[float | None, ...]] = []
        while (match := self.matcher.match(self.now)) is not None:
            found.append(tuple(None if shot is None else shot.captured_at / 1e6 for shot in match))
        return found


def test_frames_within_the_tolerance_are_one_match() -> None:
    stage = Stage(3)
    stage.give(0, 0, 40, 80)
    stage.give(1, 5, 45, 85)
    stage.give(2, 19, 59, 99)
    assert stage.take() == [(0, 5, 19), (40, 45, 59), (80, 85, 99)]


def test_a_frame_without_a_partner_is_dropped_and_counted() -> None:
    stage = Stage(2)
    stage.give(0, 0, 40, 80)
    stage.give(1, 40, 80)
    assert stage.take() == [(40, 40), (80, 80)]
    assert [queue.unmatched for queue in stage.matcher.queues] == [1, 0]


def test_a_stream_that_is_behind_is_waited_for() -> None:
    stage = Stage(2)
    stage.give(0, 0)
    assert stage.take() == []
    assert stage.matcher.deadline == 0.5
    stage.now = 0.3
    stage.give(1, 2)
    assert stage.take() == [(0, 2)]


def test_a_dead_stream_costs_the_others_its_patience_once() -> None:
    stage = Stage(2)
    stage.give(0, 0)
    stage.now = 0.49
    assert stage.take() == []
    stage.now = 0.5
    assert stage.take() == [(0, None)]
    stage.now = 0.54
    stage.give(0, 540)
    assert stage.take() == [(540, None)]


def test_a_stream_that_comes_back_is_waited_for_after_two_matches() -> None:
    stage = Stage(2)
    stage.give(0, 0)
    stage.now = 0.5
    assert stage.take() == [(0, None)]
    stage.now = 5.0
    for time_ms in (5000, 5040):
        stage.give(1, time_ms)
        stage.give(0, time_ms)
        assert stage.take() == [(time_ms, time_ms)]
        stage.now += 0.04
    assert not stage.matcher.queues[1].late
    stage.give(0, 5080)
    assert stage.take() == []


def test_a_stream_slower_than_the_patience_is_not_waited_for() -> None:
    stage = Stage(2)
    stage.matcher.queues[1].late = True
    for second in range(1, 5):
        stage.now = float(second)
        stage.give(0, second * 1000)
        stage.give(1, second * 1000)
        assert stage.take() == [(second * 1000, second * 1000)]
        stage.give(0, second * 1000 + 40)
        assert stage.take() == [(second * 1000 + 40, None)]


def test_a_stream_with_a_clock_far_ahead_stops_nobody() -> None:
    stage = Stage(3)
    found = []
    for number in range(50):
        stage.now = number * 0.04
        stage.give(0, number * 40)
        stage.give(1, number * 40 + 3)
        stage.give(2, number * 40 + 10_000)
        found += stage.take()
    assert stage.matcher.queues[2].late
    assert found[-1] == (1960, 1963, None)
    assert len(found) > 35


def test_it_is_over_when_all_have_ended_and_nothing_is_left() -> None:
    stage = Stage(2)
    stage.give(0, 0)
    for queue in stage.matcher.queues:
        queue.ended = True
    assert not stage.matcher.over
    assert stage.take() == [(0, None)]
    assert stage.matcher.over
