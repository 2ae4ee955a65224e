"""A reader's socket to one publisher: the messages of docs/bus-protocol.md, written here by hand."""

from __future__ import annotations

import array
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest

from framecast.bus import wire
from framecast.bus.connection import Connection
from framecast.errors import Broken, NotEnoughMemory
from framecast.model import Kind, Picture, Policy, Subscription, TrackInfo, TrackName
from framecast.model.subscription import HELD_VIEWS

FRAMES = TrackInfo("frames", Kind.FRAMES, picture=Picture("gray", 8, 8), epoch=1)
PACKETS = TrackInfo("video", Kind.PACKETS, codec="h264", epoch=1)
SIZE = 64
SEGMENT = 4096


@dataclass
class Publisher:
    """The other end: writes what it is told to, right or wrong."""

    sock: socket.socket
    fds: list[int] = field(default_factory=list)

    def epoch(self, info: TrackInfo = FRAMES) -> None:
        self.sock.send(wire.pack_json(wire.EPOCH, info.to_json()))

    def segment(self, number: int = 1, said: int = SEGMENT, given: int = SEGMENT) -> None:
        fd = os.memfd_create("segment")
        self.fds.append(fd)
        os.write(fd, b"".join(bytes([slot]) * SIZE for slot in range(given // SIZE)))
        self.sock.send(wire.CARRIER_MESSAGE)
        self.send_fd(wire.pack_segment(number, said), fd)

    def send_fd(self, message: bytes, fd: int) -> None:
        rights = array.array("i", [fd])
        self.sock.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])

    def record(
        self, seq: int, *, segment: int = 1, epoch: int = 1, slot: int = 0, length: int = SIZE
    ) -> None:
        self.sock.send(
            wire.pack_record(
                *(wire.RECORD, 1, 0, segment, epoch, 0, seq, slot * SIZE, length),
                *(1, seq, seq, 1000 + seq, 2000 + seq, 3000 + seq),
            )
        )

    def releases(self) -> list[int]:
        """The sequences that came back."""
        seen: list[int] = []
        while True:
            try:
                message = self.sock.recv(wire.MAX_MESSAGE, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return seen
            seen += [seq for seq, _ in wire.unpack_releases(message)]

    def close(self) -> None:
        self.sock.close()
        for fd in self.fds:
            os.close(fd)
        self.fds.clear()


@pytest.fixture
def ends(request: pytest.FixtureRequest) -> Iterator[tuple[Publisher, Connection]]:
    """Give both ends of an introduction to a track of frames, or of what the test's mark says."""
    track, policy = getattr(request, "param", ("frames", "queue(8)"))
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    publisher = Publisher(left)
    wish = Subscription("x", TrackName.parse(track), Policy.parse(policy))
    connection = Connection(right.detach(), 1, wish)
    yield publisher, connection
    connection.close()
    publisher.close()


def test_record_lies_where_its_message_says_and_cannot_be_written(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    publisher.record(5, slot=7)
    descriptor = connection.next()
    assert descriptor is not None
    record = connection.record(descriptor)
    pixels = np.asarray(record.payload)
    assert (pixels == 7).all()
    assert (record.seq, record.epoch, record.captured_at, record.published_ns) == (5, 1, 1005, 3005)
    assert record.info.picture == FRAMES.picture
    assert not pixels.flags.writeable
    assert connection.next() is None


def test_view_is_given_back_when_the_last_reference_is_gone(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    publisher.record(5)
    record = connection.record(connection.next() or ())
    part = np.asarray(record.payload)[3:9]
    del record
    connection.flush()
    assert connection._loans.held == {5}
    assert publisher.releases() == []
    del part
    connection.flush()
    assert not connection._loans.held
    assert publisher.releases() == [5]


def test_who_keeps_many_views_gets_copies_and_the_memory_goes_back(
    ends: tuple[Publisher, Connection],
) -> None:
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    kept = []
    for seq in range(HELD_VIEWS + 2):
        publisher.record(seq, slot=seq)
        kept.append(connection.record(connection.next() or ()))
    connection.flush()
    assert [record.leased for record in kept] == [True] * HELD_VIEWS + [False] * 2
    assert publisher.releases() == [HELD_VIEWS, HELD_VIEWS + 1]
    assert [int(np.asarray(record.payload)[0]) for record in kept] == list(range(HELD_VIEWS + 2))


@pytest.mark.parametrize("ends", [("video", "queue(512)")], indirect=True)
def test_packets_are_copied_and_given_back_in_batches(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.epoch(PACKETS)
    publisher.segment()
    for seq in range(40):
        publisher.record(seq, slot=seq % 8)
        record = connection.record(connection.next() or ())
        assert record.payload == bytes([seq % 8]) * SIZE
        connection.flush_batch()
    assert publisher.releases() == list(range(32))
    connection.flush()
    assert publisher.releases() == list(range(32, 40))


def test_what_was_sent_before_the_end_is_read_before_it(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    for seq in range(3):
        publisher.record(seq)
    publisher.close()
    assert [(connection.next() or ())[6] for _ in range(3)] == [0, 1, 2]
    with pytest.raises(Broken, match="gone"):
        connection.next()


def test_publisher_that_leaves_without_reading_the_releases_takes_no_record_with_it(
    ends: tuple[Publisher, Connection],
) -> None:
    """The kernel tells of that by ECONNRESET, before what still lies in the socket."""
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    publisher.record(0)
    connection.record(connection.next() or ())
    connection.flush()
    publisher.record(1)
    publisher.record(2)
    publisher.close()
    assert [(connection.next() or ())[6] for _ in range(2)] == [1, 2]
    with pytest.raises(Broken, match="gone"):
        connection.next()


def test_view_outlives_the_publisher_and_the_connection(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    publisher.record(0, slot=3)
    record = connection.record(connection.next() or ())
    publisher.close()
    connection.close()
    assert (np.asarray(record.payload) == 3).all()


def test_starved_holds_until_the_next_record(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    publisher.sock.send(wire.STARVED_MESSAGE)
    assert connection.next() is None
    assert connection.starved
    publisher.record(0)
    assert connection.next() is not None
    assert not connection.starved


def test_refusal_is_raised_with_its_sentence(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.sock.send(wire.pack_json(wire.REFUSED, {"error": "NotEnoughMemory", "message": "too large"}))
    with pytest.raises(NotEnoughMemory, match="too large"):
        connection.next()


def test_records_of_an_older_description_keep_it(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    publisher.record(0)
    newer = TrackInfo("frames", Kind.FRAMES, picture=Picture("gray", 4, 4), epoch=2)
    publisher.epoch(newer)
    publisher.record(1, epoch=2, length=16)
    first, second = connection.next(), connection.next()
    assert first
    assert second
    assert connection.record(first).info.picture == FRAMES.picture
    assert connection.record(second).info.picture == newer.picture
    assert connection.info == newer


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"epoch": 9}, "has not shared"),
        ({"segment": 9}, "has not shared"),
        ({"slot": SEGMENT // SIZE}, "has not shared"),
        ({"length": SEGMENT + 1}, "has not shared"),
    ],
)
def test_record_on_memory_that_was_never_given_is_refused(
    wrong: dict[str, int], why: str, ends: tuple[Publisher, Connection]
) -> None:
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    publisher.record(0, **wrong)
    descriptor = connection.next()
    assert descriptor is not None
    with pytest.raises(Broken, match=why):
        connection.record(descriptor)


def test_memory_that_is_smaller_than_announced_is_refused(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.segment(said=2 * SEGMENT)
    with pytest.raises(Broken, match="more memory than it shared"):
        connection.next()


def test_memory_without_its_descriptor_is_refused(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.sock.send(wire.CARRIER_MESSAGE)
    assert connection.next() is None
    publisher.sock.send(wire.pack_segment(1, SEGMENT))
    with pytest.raises(Broken, match="without its file descriptor"):
        connection.next()


def test_discarded_memory_is_forgotten_but_not_under_a_view(ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.epoch()
    publisher.segment()
    publisher.record(0, slot=2)
    record = connection.record(connection.next() or ())
    publisher.sock.send(wire.pack_discard(1))
    publisher.record(1)
    descriptor = connection.next()
    assert descriptor is not None
    assert (np.asarray(record.payload) == 2).all()
    with pytest.raises(Broken, match="has not shared"):
        connection.record(descriptor)


@pytest.mark.parametrize("message", [b"\x63abc", b"\x01", b"\x03{}", b"\x03no", b"\x05", b"\x06[]"])
def test_message_that_makes_no_sense_is_refused(message: bytes, ends: tuple[Publisher, Connection]) -> None:
    publisher, connection = ends
    publisher.sock.send(message)
    with pytest.raises((Broken, ValueError)):
        connection.next()
