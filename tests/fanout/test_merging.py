"""Several tracks as one: the order of publication, tracks that end or do not exist, and tracks that are exchanged."""

from __future__ import annotations

import os
import random
from collections import deque
from dataclasses import dataclass

import pytest

from framecast.clock import monotonic_ns
from framecast.errors import Ended, FramecastError, NotFound, WouldBlock
from framecast.fanout.merging import BURST, TrackMerge

LATER_NS = 3_600_000_000_000


@dataclass(frozen=True)
class Item:
    published_ns: int


class Source:
    """A track that gives what the test publishes, or its end."""

    def __init__(self) -> None:
        self.items: deque[Item | FramecastError] = deque()
        self.closed = False
        self._event = os.eventfd(0, os.EFD_NONBLOCK)

    def publish(self, published_ns: int | None = None) -> Item:
        item = Item(monotonic_ns() if published_ns is None else published_ns)
        self.items.append(item)
        os.eventfd_write(self._event, 1)
        return item

    def end(self, error: FramecastError) -> None:
        self.items.append(error)

    def read(self, timeout_s: float | None = None) -> Item:
        assert timeout_s == 0
        if not self.items:
            raise WouldBlock("nothing is there")
        if isinstance(self.items[0], FramecastError):
            raise self.items[0]
        return self.items.popleft()  # type: ignore[return-value]  # as it was looked at

    def fileno(self) -> int:
        return self._event

    def close(self) -> None:
        self.closed = True


class Merged:
    """Two tracks, and what the merge said of them."""

    def __init__(self, burst: int = BURST) -> None:
        self.one, self.two = Source(), Source()
        self.left: list[tuple[int, FramecastError]] = []
        self.merge: TrackMerge[Item] = TrackMerge(
            {0: self.one, 1: self.two}, lambda number, error: self.left.append((number, error)), burst
        )

    def drain(self) -> list[tuple[int, Item]]:
        found = []
        while more := self.merge.read():
            found += more
        return found


@pytest.fixture(params=[1, 2, BURST])
def merged(request: pytest.FixtureRequest) -> Merged:
    return Merged(request.param)


def test_items_come_in_the_order_of_their_publication(merged: Merged) -> None:
    chance = random.Random(1)
    sent = []
    for _ in range(300):
        number = chance.choice((0, 0, 0, 1))
        sent.append((number, (merged.one, merged.two)[number].publish()))
    assert merged.drain() == sent
    assert not merged.merge.has_more


def test_item_does_not_wait_for_a_track_on_which_nothing_comes(merged: Merged) -> None:
    item = merged.two.publish()
    assert merged.merge.read() == [(1, item)]
    assert merged.merge.read() == []


def test_item_that_comes_while_the_tracks_are_read_waits_for_what_is_older(merged: Merged) -> None:
    """Track one was read, then both publish: two's item is there, and one's, which is older, is found by reading again."""
    older: list[Item] = []
    read = merged.two.read

    def publish_and_read(timeout_s: float | None = None) -> Item:
        merged.two.read = read  # type: ignore[method-assign]
        older.append(merged.one.publish())
        merged.two.publish()
        return read(timeout_s)

    merged.two.read = publish_and_read  # type: ignore[method-assign]
    found = merged.drain()
    assert found[0] == (0, older[0])
    assert [number for number, _ in found] == [0, 1]


def test_publisher_whose_clock_is_ahead_is_read_after_the_others_and_holds_up_nothing() -> None:
    merged = Merged()
    later = merged.two.publish(monotonic_ns() + LATER_NS)
    now = merged.one.publish()
    assert merged.merge.read() == [(0, now)]
    assert merged.merge.has_more
    assert merged.merge.read() == [(1, later)]
    assert not merged.merge.has_more


def test_at_most_a_burst_of_a_track_is_read_ahead() -> None:
    merged = Merged(1)
    for _ in range(10):
        merged.two.publish()
    merged.one.publish(0)
    assert merged.merge.read()[0][0] == 0
    assert len(merged.two.items) >= 8


@pytest.mark.parametrize("error", [Ended("over"), NotFound("no such track")])
def test_track_that_ends_leaves_the_others(merged: Merged, error: FramecastError) -> None:
    merged.one.end(error)
    item = merged.two.publish()
    assert merged.drain() == [(1, item)]
    assert merged.left == [(0, error)]


def test_last_track_ends_all_after_what_is_there(merged: Merged) -> None:
    merged.one.end(NotFound("no such track"))
    item = merged.two.publish()
    merged.two.end(Ended("over"))
    assert merged.merge.read() == [(1, item)]
    for _ in range(2):
        with pytest.raises(Ended, match="over"):
            merged.merge.read()
    assert [number for number, _ in merged.left] == [0]


def test_track_that_is_exchanged_gives_nothing_any_more(merged: Merged) -> None:
    merged.two.publish()
    other = Source()
    merged.merge.exchange(1, other)
    assert merged.two.closed
    item = other.publish()
    assert merged.drain() == [(1, item)]


def test_descriptor_is_readable_when_a_track_is(merged: Merged) -> None:
    merged.merge.wait(0)
    merged.two.publish()
    merged.merge.wait(60)
    assert len(merged.drain()) == 1
    merged.merge.close()
    assert merged.one.closed
    assert merged.two.closed
