"""What counts as a repetition, and what was missed between two sockets."""

from __future__ import annotations

from framecast.bus import wire
from framecast.bus.seen import Seen
from framecast.bus.view import Descriptor


def record(seq: int, *, epoch: int = 7, published_ns: int | None = None) -> Descriptor:
    when = 100 + seq if published_ns is None else published_ns
    return (wire.RECORD, 1, 0, 0, epoch, 0, seq, 0, 1, 0, 0, 0, 0, 0, when)


def test_what_the_same_publisher_sends_again_is_left_out_and_what_it_left_out_is_counted() -> None:
    seen = Seen()
    seen.meet()
    assert [seen.take(record(seq)) for seq in (4, 5, 9)] == [
        0,
        0,
        0,
    ]  # within one socket the publisher counts
    seen.meet()
    assert [seen.take(record(seq)) for seq in (8, 9, 13, 14)] == [None, None, 3, 0]
    seen.meet()
    assert [seen.take(record(seq, epoch=8)) for seq in (20, 21)] == [
        0,
        0,
    ]  # what was lost before a change nobody knows


def test_nothing_of_another_publisher_is_left_out() -> None:
    seen = Seen()
    seen.meet()
    assert seen.take(record(900)) == 0
    seen.meet()
    assert seen.take(record(0, epoch=8)) == 0
    seen.meet()
    assert seen.take(record(5, epoch=3)) == 0  # a clock that was set back
    seen.meet()
    assert seen.take(record(0, epoch=3, published_ns=5000)) == 0  # the same epoch by chance
