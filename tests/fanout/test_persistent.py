"""A track that is read for as long as it is wanted: refused, ended, absent and closed, over a real channel."""

from __future__ import annotations

import asyncio
import logging

import pytest

from framecast.bus import Channel, Record, pair
from framecast.errors import Denied, FramecastError, NodeUnavailable, NotFound
from framecast.fanout.persistent import Listener, PersistentSubscriber
from framecast.model import Policy, Subscription, TrackName

DOOR = Subscription("door", TrackName.parse("video"), Policy(), label="test")
LONG_S = 600.0


class Node:
    """What a subscriber connects to: it raises the errors that it is given, one a connection, then accepts."""

    def __init__(self, *errors: FramecastError) -> None:
        self.errors = list(errors)
        self.ends: list[Channel] = []
        self.accepted = asyncio.Event()
        self.ended = asyncio.Event()
        self.absent: list[NotFound] = []
        self.reasons: list[FramecastError] = []
        self.listener = Listener(self._on_record, self.absent.append, on_ended=self._on_ended)

    def connect(self) -> Channel:
        if self.errors:
            raise self.errors.pop(0)
        node_end, reader_end = pair()
        self.ends.append(node_end)
        self.accepted.set()
        return reader_end

    def _on_record(self, record: Record) -> None:
        raise AssertionError(record)

    def _on_ended(self, error: FramecastError) -> None:
        self.reasons.append(error)
        self.ended.set()

    def close(self) -> None:
        for end in self.ends:
            end.close()


def test_subscription_that_is_refused_is_tried_again() -> None:
    async def act() -> None:
        node = Node(NodeUnavailable("starting"), Denied("not yet"))
        subscriber = PersistentSubscriber(DOOR, node.connect, node.listener, retry_s=0)
        await node.accepted.wait()
        assert [type(error) for error in node.reasons] == [NodeUnavailable, Denied]
        assert not subscriber.is_absent
        subscriber.start()  # it has a subscription: nothing to do
        assert len(node.ends) == 1
        subscriber.close()
        node.close()

    asyncio.run(act())


def test_only_what_does_not_pass_by_itself_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def act() -> None:
        node = Node(NodeUnavailable("starting"), Denied("not yet"))
        subscriber = PersistentSubscriber(DOOR, node.connect, node.listener, retry_s=0)
        await node.accepted.wait()
        subscriber.close()
        node.close()

    with caplog.at_level(logging.WARNING, "framecast.test"):
        asyncio.run(act())
    assert [record.getMessage() for record in caplog.records] == ["video of door is refused: not yet"]


def test_absent_track_is_not_asked_for_until_start() -> None:
    async def act() -> None:
        node = Node(NotFound("no such track"))
        subscriber = PersistentSubscriber(DOOR, node.connect, node.listener, retry_s=0)
        assert subscriber.is_absent
        assert len(node.absent) == 1
        assert (subscriber._retry, node.reasons) == (None, [])
        subscriber.start()
        assert not subscriber.is_absent
        assert len(node.ends) == 1
        subscriber.close()
        node.close()

    asyncio.run(act())


def test_start_does_not_wait_for_the_next_attempt_and_cancels_it() -> None:
    async def act() -> None:
        node = Node(NodeUnavailable("starting"))
        subscriber = PersistentSubscriber(DOOR, node.connect, node.listener, retry_s=LONG_S)
        waiting = subscriber._retry
        assert waiting is not None
        subscriber.start()
        assert waiting.cancelled()
        assert len(node.ends) == 1
        subscriber.close()
        node.close()

    asyncio.run(act())


def test_closed_one_asks_for_nothing_any_more() -> None:
    async def act() -> None:
        node = Node(NodeUnavailable("starting"))
        subscriber = PersistentSubscriber(DOOR, node.connect, node.listener, retry_s=LONG_S)
        waiting = subscriber._retry
        assert waiting is not None
        subscriber.close()
        subscriber.close()
        assert waiting.cancelled()
        subscriber.start()
        assert node.ends == []

    asyncio.run(act())


def test_listener_may_close_when_a_subscription_ends() -> None:
    async def act() -> None:
        node = Node(NodeUnavailable("starting"), NodeUnavailable("stopping"))

        def close(_: FramecastError) -> None:
            if not node.errors:
                subscriber.close()
                node.ended.set()

        listener = Listener(node._on_record, node.absent.append, on_ended=close)
        subscriber = PersistentSubscriber(DOOR, node.connect, listener, retry_s=0)
        await node.ended.wait()
        assert subscriber._retry is None
        assert node.ends == []

    asyncio.run(act())
