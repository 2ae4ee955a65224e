"""Readers and the writer are killed at random: nothing is torn, nothing is left, the others see no gap.

Every picture is filled with one number that is also its time stamp, so a torn one shows.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import sys
import traceback
from collections.abc import Callable

import numpy as np

from framecast.bus import Channel, Publisher, Subscriber, pair
from framecast.errors import WouldBlock
from framecast.model import Kind, Picture, Policy, Subscription, TrackInfo, TrackName
from framecast.process import die_with_parent
from tests.bus.switch import descriptors, show

PICTURE = Picture("gray", 512, 512)
WISH = Subscription("camera", TrackName.parse("frames"), Policy.parse("queue(4)"))


def child(work: Callable[[], None]) -> int:
    """Run `work` in a forked process and return its pid; exit status 0 says that it saw nothing wrong."""
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        die_with_parent(parent)
        work()
        status = 0
    except BaseException:  # noqa: BLE001  a process's edge
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(status)


def publish_for_ever(channel: Channel) -> None:
    with Publisher(channel, "camera") as publisher:
        writer = publisher.track(TrackInfo("frames", Kind.FRAMES, picture=PICTURE))
        number = 0
        while True:
            show(writer, number)
            number += 1


def check(reader: Subscriber, until: int) -> None:
    """Read `until` pictures; each must be whole, and every gap must have been counted."""
    expected: dict[int, int] = {}
    for _ in range(until):
        record = reader.read(20)
        values = np.unique(np.asarray(record.payload))
        assert values.tolist() == [record.pts % 256], "torn"
        meeting = reader.stats().introductions
        if meeting in expected:
            assert record.seq == expected[meeting] + record.dropped, "an unexplained gap"
        expected[meeting] = record.seq + 1


def introduce(publisher: Channel, reader: Channel, number: int) -> None:
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with left, right:
        publisher.send({"op": "introduce", "subscription": WISH.to_json()}, [left.fileno()])
        reader.send({"event": "introduce", "number": number}, [right.fileno()])


def start_publisher() -> tuple[int, Channel]:
    node_end, publisher_end = pair()
    with publisher_end:

        def work() -> None:
            node_end.close()
            publish_for_ever(publisher_end)

        pid = child(work)
    while node_end.wait(20).fields["op"] != "track":
        pass
    return pid, node_end


def start_reader(publisher: Channel, number: int) -> tuple[int, Channel]:
    node_end, reader_end = pair()
    with reader_end:

        def work() -> None:
            node_end.close()
            publisher.close()
            check(Subscriber(WISH, lambda: reader_end), 1 << 60)

        pid = child(work)
    introduce(publisher, node_end, number)
    return pid, node_end


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), "it had already ended by itself: it saw something torn or a gap"


def test_two_hundred_kills_of_readers_and_writers_tear_nothing_and_leave_nothing() -> None:
    chance = random.Random(2026)
    before = descriptors()
    numbers = iter(range(1, 10_000))
    writer_pid, writer = start_publisher()
    witness_end, reader_end = pair()
    witness = Subscriber(WISH, lambda: reader_end)
    introduce(writer, witness_end, next(numbers))
    readers = [start_reader(writer, next(numbers)) for _ in range(2)]
    for _ in range(200):
        check(witness, chance.randint(1, 5))
        if chance.random() < 0.2:
            end(writer_pid)
            writer.close()
            writer_pid, writer = start_publisher()
            for _, channel in readers:
                introduce(writer, channel, next(numbers))
            introduce(writer, witness_end, next(numbers))
        else:
            pid, channel = readers.pop(chance.randrange(2))
            end(pid)
            channel.close()
            readers.append(start_reader(writer, next(numbers)))
    assert witness.stats().introductions > 20, "the writer was really killed"
    for pid, channel in readers:
        end(pid)
        channel.close()
    end(writer_pid)
    for thing in (writer, witness, witness_end):
        thing.close()
    assert descriptors() == before
    assert not [name for name in os.listdir("/dev/shm") if "framecast" in name]


def test_a_reader_that_is_stopped_for_good_stops_nobody_else() -> None:
    writer_pid, writer = start_publisher()
    stopped_pid, stopped = start_reader(writer, 1)
    witness_end, reader_end = pair()
    witness = Subscriber(WISH, lambda: reader_end)
    introduce(writer, witness_end, 2)
    check(witness, 20)
    os.kill(stopped_pid, signal.SIGSTOP)
    check(witness, 500)
    os.kill(stopped_pid, signal.SIGCONT)
    check(witness, 50)
    end(stopped_pid)
    end(writer_pid)
    for thing in (writer, stopped, witness, witness_end):
        thing.close()


def test_the_check_itself_sees_a_torn_picture() -> None:
    node_end, publisher_end = pair()
    reader_node, reader_end = pair()
    with Publisher(publisher_end, "camera") as publisher, Subscriber(WISH, lambda: reader_end) as reader:
        writer = publisher.track(TrackInfo("frames", Kind.FRAMES, picture=PICTURE))
        introduce(node_end, reader_node, 1)
        show(writer, 3)
        record = reader.read(10)
        next(iter(writer._kept)).slot.view[5] = 99
        assert np.unique(np.asarray(record.payload)).tolist() == [3, 99]
        try:
            reader.read(0)
        except WouldBlock:
            pass
    node_end.close()
    reader_node.close()
