"""The publisher's end of one reader: credits, leases and counts, with a real reader's connection at the other end."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from framecast.bus import wire
from framecast.bus.connection import Connection
from framecast.bus.outlet import Item, Outlet
from framecast.bus.pool import Pool
from framecast.clock import NS
from framecast.errors import Broken
from framecast.model import Kind, Meta, Picture, Policy, Subscription, TrackInfo, TrackName
from tests.bus.switch import meta

INFO = TrackInfo("frames", Kind.FRAMES, picture=Picture("gray", 8, 8), epoch=1)
EPOCH = wire.pack_json(wire.EPOCH, INFO.to_json())
SIZE = 64
LIMIT = 1 << 20


class Ends:
    """An outlet and the connection of its reader, on one socket pair."""

    def __init__(self, policy: str = "queue(8)", max_fps: float = 0.0, limit: int = LIMIT) -> None:
        left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        wish = Subscription("x", TrackName.parse("frames"), Policy.parse(policy), max_fps)
        self.outlet = Outlet(left, 1, wish, limit)
        self.reader = Connection(right.detach(), 1, wish)
        self.pool = Pool("test", 1 << 20)
        self.pool.grow(1 << 16)

    def item(self, seq: int, *, epoch: int = 1, published_ns: int = 0, times: Meta | None = None) -> Item:
        """A record of which every byte says its number."""
        slot = self.pool.take(SIZE)
        assert slot is not None
        slot.view[:] = seq % 256
        return Item(seq, epoch, slot, SIZE, times or meta(seq), published_ns)

    def read(self) -> int | None:
        """Take a record and let it go at once."""
        descriptor = self.reader.next()
        if descriptor is None:
            return None
        record = self.reader.record(descriptor)
        assert (np.asarray(record.payload) == record.seq % 256).all()
        return record.seq

    def drain(self, to_end: bool = False) -> list[Item]:
        """Return what the reader has released."""
        released: list[Item] = []
        self.outlet.drain(released.append, to_end)
        return released

    def close(self) -> None:
        self.reader.close()
        self.outlet.sock.close()


@pytest.fixture
def ends() -> Iterator[Callable[..., Ends]]:
    """Give a maker of ends, which are closed afterwards."""
    made: list[Ends] = []

    def make(*given: object, **options: object) -> Ends:
        made.append(Ends(*given, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_record_is_lent_until_it_is_released(ends: Callable[..., Ends]) -> None:
    both = ends()
    item = both.item(0)
    assert both.outlet.send(item, EPOCH)
    assert (item.holders, both.outlet.leases) == (2, {0: item})
    assert both.drain() == []
    assert both.read() == 0
    both.reader.flush()
    assert both.drain() == [item]
    assert both.outlet.leases == {}
    assert both.outlet.stats.sent == 1


def test_description_and_memory_go_out_once(ends: Callable[..., Ends]) -> None:
    both = ends()
    for seq in range(3):
        assert both.outlet.send(both.item(seq), EPOCH)
    assert [both.read() for _ in range(4)] == [0, 1, 2, None]
    assert both.reader.info == INFO
    newer = INFO.at_epoch(2)
    assert both.outlet.send(both.item(3, epoch=2), wire.pack_json(wire.EPOCH, newer.to_json()))
    assert both.read() == 3
    assert both.reader.info == newer


@pytest.mark.parametrize(("policy", "credits"), [("latest", 4), ("queue(8)", 11)])
def test_credits_are_three_views_and_the_queue(policy: str, credits: int, ends: Callable[..., Ends]) -> None:
    both = ends(policy)
    sent = 0
    while both.outlet.has_credit(SIZE):
        assert both.outlet.is_ready(SIZE)
        assert both.outlet.send(both.item(sent), EPOCH)
        sent += 1
    assert sent == credits
    assert not both.outlet.is_ready(SIZE)
    assert both.read() == 0
    both.reader.flush()
    both.drain()
    assert both.outlet.has_credit(SIZE)


def test_bytes_are_limited_too_but_one_record_is_always_possible(ends: Callable[..., Ends]) -> None:
    both = ends("queue(100)", limit=2 * SIZE)
    assert both.outlet.has_credit(10 * SIZE)
    for seq in range(2):
        assert both.outlet.send(both.item(seq), EPOCH)
    assert not both.outlet.has_credit(SIZE)
    assert both.read() == 0
    both.reader.flush()
    both.drain()
    assert both.outlet.has_credit(SIZE)
    assert not both.outlet.has_credit(2 * SIZE)


def test_what_was_lost_is_told_with_the_next_record_once(ends: Callable[..., Ends]) -> None:
    both = ends()
    both.outlet.lose(3)
    both.outlet.lose(2)
    both.outlet.send(both.item(5), EPOCH)
    both.outlet.send(both.item(6), EPOCH)
    first, second = both.reader.next(), both.reader.next()
    assert first
    assert second
    assert [wire.RECORD_FIELDS.index("dropped"), first[5], second[5]] == [5, 5, 0]
    assert both.outlet.stats.dropped == 5


def test_starved_is_told_once_until_something_goes_out_again(ends: Callable[..., Ends]) -> None:
    both = ends()
    both.outlet.starve()
    both.outlet.starve()
    assert not both.outlet.is_ready(SIZE)
    assert both.reader.sock.recv(100) == wire.STARVED_MESSAGE
    with pytest.raises(BlockingIOError):
        both.reader.sock.recv(100)


def test_reader_that_leaves_keeps_only_what_it_names(ends: Callable[..., Ends]) -> None:
    both = ends()
    items = [both.item(seq) for seq in range(3)]
    for item in items:
        both.outlet.send(item, EPOCH)
    kept = both.reader.record(both.reader.next() or ())
    both.reader.close()
    assert both.drain() == items[1:]
    assert both.outlet.leaving
    assert not both.outlet.is_ready(SIZE)
    assert both.outlet.leases == {0: items[0]}
    del kept
    with pytest.raises((Broken, ConnectionError)):
        both.drain(to_end=True)


def test_reader_that_dies_is_an_error_and_nothing_is_lent_by_it(ends: Callable[..., Ends]) -> None:
    both = ends()
    both.reader.close()
    item = both.item(0)
    with pytest.raises(OSError, match=r"[Bb]roken pipe"):
        both.outlet.send(item, EPOCH)
    assert item.holders == 1
    with pytest.raises(Broken, match="gone"):
        both.drain()


def test_what_a_reader_released_before_it_died_is_released(ends: Callable[..., Ends]) -> None:
    both = ends()
    items = [both.item(seq) for seq in range(3)]
    assert all(both.outlet.send(item, EPOCH) for item in items)
    assert [both.read(), both.read()] == [0, 1]
    assert both.reader.next() is not None  # and it was holding the third
    both.reader.flush()
    both.reader.sock.close()
    released: list[Item] = []
    with pytest.raises(Broken, match="gone"):
        both.outlet.drain(released.append, to_end=True)
    assert released == items[:2]
    assert both.outlet.leases == {2: items[2]}


def test_release_of_what_was_never_lent_is_refused(ends: Callable[..., Ends]) -> None:
    both = ends()
    both.outlet.send(both.item(0), EPOCH)
    both.reader.sock.send(wire.pack_releases([(7, 0)]))
    with pytest.raises(Broken, match="record 7 was released"):
        both.drain()


def test_full_socket_lends_nothing(ends: Callable[..., Ends]) -> None:
    both = ends("queue(4096)")
    item = both.item(0)
    sent = 0
    while both.outlet.send(Item(sent, 1, item.slot, SIZE, meta(sent), 0), EPOCH):
        sent += 1
    assert sent > 50
    assert len(both.outlet.leases) == sent
    assert both.read() == 0
    assert both.outlet.send(both.item(sent), EPOCH)  # there is room again


@pytest.mark.parametrize(("fps", "expected"), [(25, 25), (10, 10), (7, 7), (24, 24)])
def test_rate_that_was_asked_for_is_kept_on_average(
    fps: int, expected: int, ends: Callable[..., Ends]
) -> None:
    both = ends("queue(100)", max_fps=fps)
    shown = 0
    for number in range(250):  # ten seconds at 25, with jitter of 3 ms
        at = NS + number * NS // 25 + (number % 3 - 1) * 3_000_000
        item = both.item(number, published_ns=at)
        if both.outlet.is_too_early(item):
            both.pool.give_back(item.slot)
            continue
        assert both.outlet.send(item, EPOCH)
        shown += 1
        both.read()
        both.reader.flush()
        for released in both.drain():
            both.pool.give_back(released.slot)
    assert abs(shown / 10 - expected) <= 0.2


def test_latency_counts_what_the_program_got_and_not_what_was_skipped(ends: Callable[..., Ends]) -> None:
    both = ends()
    times = Meta(0, 0, 1_000)
    for seq in range(3):
        both.outlet.send(both.item(seq, times=times), EPOCH)
    both.reader.sock.send(wire.pack_releases([(0, 5_000), (1, 0), (2, 3_000)]))
    both.drain()
    stats = both.outlet.stats
    assert (stats.handed, stats.latency_ns, stats.latency_max_ns) == (2, 6_000, 4_000)


def test_memory_that_is_not_used_any_more_is_told_to_who_knows_it(ends: Callable[..., Ends]) -> None:
    both = ends()
    item = both.item(0)
    both.outlet.discard(item.slot.segment)
    assert both.reader.next() is None
    both.outlet.send(item, EPOCH)
    assert both.read() == 0
    both.outlet.discard(item.slot.segment)
    assert wire.unpack_discard(both.reader.sock.recv(100)) == item.slot.segment.number
