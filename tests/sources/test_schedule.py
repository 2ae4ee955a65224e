"""Exact rates."""

import threading
from fractions import Fraction

from framecast.clock import NS, monotonic_ns
from framecast.sources.schedule import Schedule, wait_until


class FakeClock:
    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


def test_ntsc_does_not_drift_over_ten_minutes() -> None:
    clock = FakeClock()
    schedule = Schedule(Fraction(30000, 1001), 5, clock)
    for _ in range(18_000):
        clock.ns = schedule.due_ns
        assert schedule.advance()
    assert schedule.due_ns == 5 + 18_000 * 1001 * NS // 30000


def test_short_delay_is_caught_up_with() -> None:
    clock = FakeClock()
    schedule = Schedule(Fraction(25), 0, clock)
    clock.ns = NS // 2
    assert all(schedule.advance() for _ in range(12))
    assert schedule.number == 12


def test_long_delay_is_a_gap_and_the_rhythm_stays() -> None:
    clock = FakeClock()
    schedule = Schedule(Fraction(25), 0, clock)
    clock.ns = 10 * NS + 1
    assert not schedule.advance()
    assert schedule.number == 250
    assert schedule.due_ns == 10 * NS


def test_waiting_ends_at_once_when_told_to_stop() -> None:
    stop = threading.Event()
    assert wait_until(monotonic_ns() - 1, stop)
    stop.set()
    assert not wait_until(monotonic_ns() + 3600 * NS, stop)
    assert not wait_until(monotonic_ns() - 1, stop)
