"""Playing at the right rate, with a clock that the test moves."""

from __future__ import annotations

import threading
from fractions import Fraction

from framecast.clock import NS, Clock
from framecast.model import EncodedPacket
from framecast.sources.pacing import Paced
from framecast.sources.stamps import Shift, Stamps

WALL = 1_700_000_000 * NS


class Time:
    """Waiting is instant and exact."""

    def __init__(self) -> None:
        self.now = 1000 * NS
        self.waits: list[int] = []

    def __call__(self) -> int:
        return self.now

    def wall(self) -> int:
        return WALL + self.now

    def wait(self, due_ns: int, stop: threading.Event) -> bool:
        self.waits.append(due_ns)
        self.now = max(self.now, due_ns)
        return not stop.is_set()


def paced(time: Time) -> Paced:
    return Paced(threading.Event(), time, time.wall, time.wait)


def packet() -> EncodedPacket:
    return EncodedPacket(b"", 0, None, None)


def test_29_97_over_ten_minutes_does_not_drift() -> None:
    time = Time()
    pacing, stamps = paced(time), Stamps(Fraction(1, 30000), 1001, Shift())
    begun = time.now
    count = 10 * 60 * 30000 // 1001
    for index in range(count):
        stamp = stamps.repair(index * 1001, index * 1001, 1001, time.now)
        assert stamp is not None
        capture = pacing.meet(packet(), stamps.ns(stamp.pts), stamps.ns(stamp.dts), 0)
        assert capture is not None
        exact = Fraction(index * 1001 * NS, 30000)
        assert abs(time.now - begun - exact) <= 1
        assert abs(capture.at_ns - WALL - begun - exact) <= 1
        assert capture.clock is Clock.FILE


def test_being_a_little_late_is_caught_up_with() -> None:
    time = Time()
    pacing = paced(time)
    pacing.meet(packet(), 0, 0, 0)
    time.now += NS // 2
    pacing.meet(packet(), NS // 4, NS // 4, 0)
    assert pacing.lag_ns == NS // 4
    pacing.meet(packet(), NS, NS, 0)
    assert time.now == 1001 * NS


def test_after_a_long_pause_it_goes_on_from_there() -> None:
    time = Time()
    pacing = paced(time)
    pacing.meet(packet(), 0, 0, 0)
    time.now += 60 * NS
    pacing.meet(packet(), NS, NS, 0)
    pacing.meet(packet(), 2 * NS, 2 * NS, 0)
    assert time.now == 1061 * NS


def test_pictures_that_are_decoded_early_are_not_from_the_future() -> None:
    time = Time()
    pacing = paced(time)
    for index in range(50):
        pts = index + (3 if index % 3 == 1 else 1)
        capture = pacing.meet(packet(), pts * NS // 25, index * NS // 25, 0)
        assert capture is not None
        assert capture.at_ns <= time.wall()


def test_stopping_ends_the_wait() -> None:
    stop = threading.Event()
    stop.set()
    pacing = Paced(stop)
    assert pacing.meet(packet(), 0, 0, 0) is not None
    assert pacing.meet(packet(), 60 * NS, 60 * NS, 0) is None


def test_pictures_that_last_for_seconds_are_decoded_at_once_and_shown_in_their_time() -> None:
    """A slide of ten seconds each, reordered: decoding times begin 20 s before the first picture."""
    time = Time()
    pacing, begun = paced(time), time.now
    due = []
    for dts_s, pts_s in ((-20, 0), (-10, 40), (0, 20), (10, 10), (20, 30)):
        capture = pacing.meet(packet(), pts_s * NS, dts_s * NS, 0)
        assert capture is not None
        due.append((time.now - begun) // NS)
        assert capture.at_ns - time.wall() == (pts_s - max(dts_s, 0)) * NS
        assert pacing.lag_ns == 0
    assert due == [0, 0, 0, 10, 20]
    assert pacing.show(40 * NS)
    assert (time.now - begun) // NS == 40


def test_a_picture_behind_a_hole_makes_nobody_else_late() -> None:
    time = Time()
    pacing = paced(time)
    captures = []
    for dts, pts in ((0, 2), (1, 1), (2, 500), (3, 499), (499, 501)):
        capture = pacing.meet(packet(), pts * NS // 25, dts * NS // 25, 0)
        assert capture is not None
        captures.append(round((capture.at_ns - WALL - 1000 * NS) * 25 / NS))
    assert captures == [0, -1, 498, 497, 499]


def test_a_pass_may_begin_with_packets_before_their_time() -> None:
    time = Time()
    pacing = paced(time)
    pacing.meet(packet(), 0, -20 * NS, 0)
    pacing.meet(packet(), 10 * NS, 10 * NS, 0)
    pacing.begin()
    pacing.meet(packet(), 20 * NS, 0, 0)
    assert pacing.lag_ns == 0
    assert time.now == (1000 + 20) * NS
