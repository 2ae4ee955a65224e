"""A subscriber that an event loop wakes for each record."""

from __future__ import annotations

import select
import socket
from typing import Any

from framecast.bus.woken import WokenSubscriber
from framecast.errors import WouldBlock
from tests.bus.switch import Switch, meta

RECORDS = 20


class Counting:
    """A socket whose calls are counted by their names."""

    def __init__(self, sock: socket.socket) -> None:
        self.calls: list[str] = []
        self._sock = sock

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._sock, name)


def counted(subscriber: WokenSubscriber) -> Counting:
    """Count the calls on the socket to the publisher, and on that of the releases."""
    connection = subscriber._connection
    assert connection is not None
    counting = Counting(connection.sock)
    connection.sock = counting  # type: ignore[assignment]
    return counting


def is_readable(subscriber: WokenSubscriber) -> bool:
    return bool(select.select([subscriber], [], [], 20)[0])


def test_record_takes_one_system_call_and_releases_go_now_and_then() -> None:
    with Switch() as switch:
        writer = switch.packets()
        subscriber = switch.woken("video", "queue(64)")
        writer.send(b"x", meta(0))
        assert subscriber.read(20).pts == 0
        calls = counted(subscriber)
        seen = []
        for number in range(1, RECORDS):
            writer.send(b"x", meta(number))
            assert is_readable(subscriber)
            record = subscriber.poll()
            assert record is not None
            seen.append(record.pts)
        assert seen == list(range(1, RECORDS))
        assert calls.calls.count("recv_into") == RECORDS - 1
        assert calls.calls.count("send") < RECORDS // 2


def test_what_was_copied_is_released_when_nothing_more_comes_for_now() -> None:
    with Switch() as switch:
        writer = switch.packets()
        subscriber = switch.woken("video", "queue(64)")
        for number in range(3):
            writer.send(b"x", meta(number))
        subscriber.read(20)
        assert subscriber.poll() is not None
        assert subscriber.poll() is not None
        assert subscriber.poll() is None
        assert subscriber._connection is not None
        assert not subscriber._connection._loans.returned


def test_poll_leaves_what_the_node_says_and_the_newest_picture_to_read() -> None:
    with Switch() as switch:
        writer = switch.packets()
        subscriber = switch.woken("video", "latest")
        writer.send(b"x", meta(0))
        assert is_readable(subscriber)
        assert subscriber.poll() is None
        assert subscriber.read(20).pts == 0
        try:
            subscriber.read(0)
        except WouldBlock:
            assert subscriber.poll() is None
