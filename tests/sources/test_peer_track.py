"""One pulled track: what comes twice, what is missing, what begins anew, and what another node must not send."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest

from framecast.bus import Record, Subscriber
from framecast.errors import Broken, Closed, NodeUnavailable, WouldBlock
from framecast.model import Flag, Kind, Meta, Picture, TrackInfo
from framecast.sources.peer_track import PeerTrack
from tests.bus.switch import Switch, meta

VIDEO = TrackInfo("video", Kind.PACKETS, codec="h264", epoch=7)
GRAY = TrackInfo("frames", Kind.FRAMES, picture=Picture("gray", 4, 2), epoch=1)


@dataclass(frozen=True)
class Sent:
    """A record as the other node numbers it."""

    seq: int
    epoch: int = 7
    payload: bytes = b"x"
    meta: Meta = field(default_factory=meta)


class Line:
    """A call whose other end is the test."""

    def __init__(self, *first: TrackInfo | Sent) -> None:
        self._queue: queue.Queue[TrackInfo | Sent | Exception | None] = queue.Queue()
        for one in first:
            self._queue.put(one)

    def say(self, *news: TrackInfo | Sent | Exception | None) -> None:
        for one in news:
            self._queue.put(one)

    def read(self) -> Iterator[TrackInfo | Sent]:
        while (found := self._queue.get()) is not None:
            if isinstance(found, Exception):
                raise found
            yield found

    def cancel(self) -> None:
        self._queue.put(Closed("cancelled"))


class Pulled:
    """A track in the test's hand, and a reader of it."""

    def __init__(self, switch: Switch, info: TrackInfo = VIDEO) -> None:
        self.ended = threading.Event()
        self.track = PeerTrack(switch.publisher, replace(info, epoch=0), threading.Lock(), self.ended.set)
        self.reader: Subscriber = switch.attached(info.name, "queue(64)")

    def start(self, *first: TrackInfo | Sent) -> Line:
        line = Line(*first)
        self.track.start(line)
        return line

    def take(self, count: int) -> list[Record]:
        return [self.reader.read(10) for _ in range(count)]


def test_records_keep_their_order_and_nothing_is_lost() -> None:
    with Switch() as switch:
        pulled = Pulled(switch)
        pulled.start(VIDEO, *(Sent(seq, payload=bytes([seq])) for seq in range(5, 15)))
        records = pulled.take(10)
        assert [bytes(record.payload)[0] for record in records] == list(range(5, 15))
        assert not any(record.dropped for record in records)
        pulled.track.cut()


def test_a_gap_is_counted_and_marked() -> None:
    with Switch() as switch:
        pulled = Pulled(switch)
        pulled.start(VIDEO, Sent(5), Sent(9), Sent(10))
        first, second, third = pulled.take(3)
        assert (first.dropped, second.dropped, third.dropped) == (0, 3, 0)
        assert second.flags & Flag.DISCONTINUITY
        assert not third.flags & Flag.DISCONTINUITY
        pulled.track.cut()


def test_what_comes_again_after_a_cut_is_left_out() -> None:
    with Switch() as switch:
        pulled = Pulled(switch)
        pulled.start(VIDEO, Sent(5), Sent(6), Sent(7))
        before = pulled.take(3)
        pulled.track.cut()
        pulled.start(
            VIDEO, *(Sent(seq, payload=bytes([seq])) for seq in range(4, 10))
        )  # from the kept key frame on
        after = pulled.take(2)
        assert [bytes(record.payload)[0] for record in after] == [8, 9]
        assert not any(record.dropped or record.flags & Flag.DISCONTINUITY for record in after)
        assert after[0].epoch == before[0].epoch
        pulled.track.cut()


def test_what_was_lost_in_a_cut_is_counted() -> None:
    with Switch() as switch:
        pulled = Pulled(switch)
        pulled.start(VIDEO, Sent(5))
        pulled.take(1)
        pulled.track.cut()
        pulled.start(VIDEO, Sent(25))
        (record,) = pulled.take(1)
        assert record.dropped == 19
        assert record.flags & Flag.DISCONTINUITY
        pulled.track.cut()


def test_another_epoch_there_is_a_new_one_here() -> None:
    with Switch() as switch:
        pulled = Pulled(switch)
        line = pulled.start(VIDEO, Sent(5))
        line.say(replace(VIDEO, epoch=8, width=640), Sent(0, epoch=8))
        first, second = pulled.take(2)
        assert second.epoch > first.epoch
        assert second.info.width == 640
        assert second.dropped == 0
        assert not second.flags & Flag.DISCONTINUITY  # nothing is known to be lost
        pulled.track.cut()
        pulled.start(replace(VIDEO, epoch=11), Sent(3, epoch=11))
        (third,) = pulled.take(1)
        assert third.epoch > second.epoch
        assert third.flags & Flag.DISCONTINUITY  # it began anew while nobody could see
        pulled.track.cut()


def test_a_track_that_nobody_wanted_has_lost_nothing_when_it_is_read_again() -> None:
    with Switch() as switch:
        pulled = Pulled(switch)
        pulled.start(VIDEO, Sent(5))
        pulled.take(1)
        pulled.reader.close()
        switch.wait_for(lambda: not pulled.track.wanted)
        pulled.track.stop()
        pulled.reader = switch.attached("video", "queue(64)")
        with pytest.raises(WouldBlock):
            pulled.reader.read(0.05)  # what was kept is out of date
        pulled.start(VIDEO, Sent(500))
        (record,) = pulled.take(1)
        assert record.dropped == 0
        assert not record.flags & Flag.DISCONTINUITY
        pulled.track.cut()


@pytest.mark.parametrize(
    ("info", "sent"),
    [
        (VIDEO, [Sent(1)]),
        (VIDEO, [VIDEO, Sent(1, epoch=6)]),
        (VIDEO, [replace(VIDEO, name="audio")]),
        (VIDEO, [replace(VIDEO, kind=Kind.DATA)]),
        (GRAY, [replace(GRAY, picture=None)]),
        (GRAY, [GRAY, Sent(1, epoch=1, payload=b"1234567")]),
        (GRAY, [GRAY, Sent(1, epoch=1, payload=b"")]),
    ],
)
def test_what_cannot_be_ends_the_call_and_reaches_no_reader(
    info: TrackInfo, sent: list[TrackInfo | Sent]
) -> None:
    with Switch() as switch:
        pulled = Pulled(switch, info)
        pulled.start(*sent)
        assert pulled.ended.wait(10)
        assert isinstance(pulled.track.failure, Broken)
        with pytest.raises(WouldBlock):
            pulled.reader.read(0)


def test_a_picture_of_the_right_size_passes() -> None:
    with Switch() as switch:
        pulled = Pulled(switch, GRAY)
        pulled.start(GRAY, Sent(1, epoch=1, payload=b"12345678"))
        assert bytes(pulled.take(1)[0].payload) == b"12345678"
        pulled.track.cut()


def test_an_end_by_the_other_node_is_no_failure_and_a_failure_is_kept() -> None:
    with Switch() as switch:
        pulled = Pulled(switch)
        pulled.start().say(None)
        assert pulled.ended.wait(10)
        assert pulled.track.failure is None
        pulled.ended.clear()
        pulled.start().say(NodeUnavailable("gone"))
        assert pulled.ended.wait(10)
        assert isinstance(pulled.track.failure, NodeUnavailable)
        pulled.track.cut()
        assert pulled.track.failure is None


def test_packets_without_memory_are_counted_and_go_on_at_a_key_frame() -> None:
    with Switch(limit_bytes=1 << 20) as switch:
        pulled = Pulled(switch)
        key, delta = meta(), meta(key=False)
        huge = Sent(2, payload=bytes(2 << 20), meta=delta)
        pulled.start(
            VIDEO, Sent(1, meta=key), huge, Sent(3, meta=delta), Sent(4, meta=key), Sent(5, meta=delta)
        )
        records = pulled.take(3)
        assert [record.dropped for record in records] == [0, 2, 0]
        assert records[1].is_key
        assert records[1].flags & Flag.DISCONTINUITY
        pulled.track.cut()
