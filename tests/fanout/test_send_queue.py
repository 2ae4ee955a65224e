"""What a viewer who does not keep up loses: whole groups of pictures, and never more than 4 MiB are held."""

from __future__ import annotations

import pytest

from framecast.fanout.progress import STUCK_S
from framecast.fanout.send_queue import Bounds, Flow, SendQueue

BOUNDS = Bounds()
KEY_BYTES, DELTA_BYTES, GROUP = 200_000, 20_000, 25


class Wire:
    """A transport whose other end reads when the test says so."""

    def __init__(self) -> None:
        self.taken = bytearray()
        self.unsent = bytearray()
        self.closing = False

    def writelines(self, buffers: list[bytes]) -> None:
        assert not self.closing
        self.unsent += b"".join(buffers)

    def get_write_buffer_size(self) -> int:
        return len(self.unsent)

    def is_closing(self) -> bool:
        return self.closing

    def set_write_buffer_limits(self, high: int) -> None:
        assert high == BOUNDS.transport

    def read(self, queue: SendQueue, size: int = 1 << 40) -> None:
        """Take bytes, and tell when there is room, until nothing is left to take."""
        while self.unsent and size > 0:
            part = bytes(self.unsent[:size])
            del self.unsent[: len(part)]
            self.taken += part
            size -= len(part)
            if len(self.unsent) <= BOUNDS.transport // 4:
                queue.on_writable()


class Camera:
    """Fragments that say which they are: flow, group, number."""

    def __init__(self, queue: SendQueue, name: bytes = b"a") -> None:
        self.queue = queue
        self.name = name
        self.lost = 0
        self.flow = Flow(self._on_lost)
        self.count = 0

    def send(self, count: int = 1) -> None:
        for _ in range(count):
            group, number = divmod(self.count, GROUP)
            self.count += 1
            size = KEY_BYTES if number == 0 else DELTA_BYTES
            head = b"<%s %d %d>" % (self.name, group, number)
            self.queue.offer(self.flow, (head, bytes(size - len(head))), size, starts=number == 0)

    def _on_lost(self) -> None:
        self.lost += 1


def fragments(wire: Wire, name: bytes = b"a") -> list[tuple[int, int]]:
    """What has arrived."""
    found = [part.split(b">")[0].split() for part in bytes(wire.taken).split(b"<")[1:]]
    return [(int(group), int(number)) for flow, group, number in found if flow == name]


@pytest.fixture
def wire() -> Wire:
    return Wire()


def queue_on(wire: Wire, clock: list[float] | None = None) -> SendQueue:
    now = clock or [0.0]
    return SendQueue(wire, lambda: now[0])  # type: ignore[arg-type]


def test_viewer_that_reads_gets_everything_in_order(wire: Wire) -> None:
    camera = Camera(queue := queue_on(wire))
    for _ in range(100):
        camera.send()
        wire.read(queue)
    assert fragments(wire) == [divmod(at, GROUP) for at in range(100)]
    assert camera.lost == 0


def test_nothing_goes_out_before_the_first_key_frame(wire: Wire) -> None:
    camera = Camera(queue := queue_on(wire))
    camera.count = 5
    camera.send(GROUP)
    wire.read(queue)
    assert fragments(wire)[0] == (1, 0)


def test_viewer_that_stops_is_held_bounded_and_goes_on_with_whole_groups(wire: Wire) -> None:
    camera = Camera(queue := queue_on(wire))
    most = 0
    for _ in range(20 * GROUP):
        camera.send()
        most = max(most, queue.held_bytes)
    assert most <= BOUNDS.held + KEY_BYTES
    assert camera.lost > 10
    wire.read(queue)
    camera.send(GROUP)
    wire.read(queue)
    assert_whole_groups(fragments(wire))
    # Each group has either come, the last part of it maybe excepted, or was counted as lost.
    assert len({group for group, _ in fragments(wire)}) + camera.lost == 21


def test_slow_viewer_sees_only_groups_without_holes(wire: Wire) -> None:
    camera = Camera(queue := queue_on(wire))
    for at in range(60 * GROUP):
        camera.send()
        wire.read(queue, 5000 + at % 7 * 1000)
    wire.read(queue)
    came = fragments(wire)
    assert camera.lost > 0
    assert len(came) > 5 * GROUP
    assert_whole_groups(came)


def test_newest_group_is_kept_when_older_ones_are_lost(wire: Wire) -> None:
    camera = Camera(queue := queue_on(wire))
    camera.send(9 * GROUP + 3)
    wire.read(queue)
    groups = {group for group, _ in fragments(wire)}
    assert max(groups) >= 8
    assert min(groups) == 0


def test_streams_on_one_socket_lose_each_its_own_groups(wire: Wire) -> None:
    queue = queue_on(wire)
    one, two = Camera(queue, b"a"), Camera(queue, b"b")
    two.count = 12  # its key frames come at other times
    for at in range(40 * GROUP):
        one.send()
        two.send()
        wire.read(queue, 8000 + at % 5 * 3000)
    wire.read(queue)
    assert one.lost > 0
    assert two.lost > 0
    assert_whole_groups(fragments(wire, b"a"))
    assert_whole_groups(fragments(wire, b"b"))


def test_words_are_never_lost(wire: Wire) -> None:
    camera = Camera(queue := queue_on(wire))
    for at in range(10 * GROUP):
        camera.send()
        if not at % GROUP:
            queue.send(b"[%d]" % at)
    wire.read(queue)
    assert [b"[%d]" % at in wire.taken for at in range(0, 10 * GROUP, GROUP)] == [True] * 10


def test_stream_that_is_closed_leaves_nothing_behind(wire: Wire) -> None:
    queue = queue_on(wire)
    one, two = Camera(queue, b"a"), Camera(queue, b"b")
    one.send(GROUP)
    two.send(GROUP)
    queue.leave(one.flow)
    wire.read(queue)
    assert fragments(wire, b"b") == [(0, at) for at in range(GROUP)]
    assert len(fragments(wire, b"a")) < GROUP


def test_nothing_is_written_to_a_connection_that_is_closing(wire: Wire) -> None:
    camera = Camera(queue := queue_on(wire))
    camera.send(3)
    wire.closing = True
    camera.send(3 * GROUP)
    queue.send(b"words")
    queue.on_writable()
    wire.read(queue)
    assert fragments(wire) == [(0, 0), (0, 1), (0, 2)]


def test_viewer_is_stuck_after_thirty_seconds_without_taking_a_byte(wire: Wire) -> None:
    clock = [0.0]
    camera = Camera(queue := queue_on(wire, clock))
    assert queue.check()
    for second in range(100):
        camera.send(3)  # more comes all the time: that is no progress
        clock[0] = float(second)
        if not queue.check():
            break
    assert clock[0] == pytest.approx(STUCK_S, abs=1)


def test_viewer_that_takes_a_little_is_not_stuck(wire: Wire) -> None:
    clock = [0.0]
    camera = Camera(queue := queue_on(wire, clock))
    for second in range(100):
        camera.send(3)
        clock[0] = float(second)
        wire.read(queue, 1)
        assert queue.check()


def assert_whole_groups(came: list[tuple[int, int]]) -> None:
    """Each group begins with its key frame and has no hole; only its end may be missing."""
    by_group: dict[int, list[int]] = {}
    for group, number in came:
        by_group.setdefault(group, []).append(number)
    assert list(by_group) == sorted(by_group)
    for numbers in by_group.values():
        assert numbers == list(range(len(numbers)))
