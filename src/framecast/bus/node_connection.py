"""A subscriber's connection to the node: it sends the subscription, and looks for the node again when it is gone.

Nothing announces a new node, so an alarm wakes a program that waits in select meanwhile. Runs in the reading thread.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from time import monotonic

from framecast.bus.alarm import Alarm
from framecast.bus.channel import Channel, Fields, Message
from framecast.errors import Broken, FramecastError, NodeUnavailable

# How often a lost node is looked for.
RETRY_S = 0.5


class NodeConnection:
    """`connect` returns a new channel, `order` the request to send on it; what wakes the reader is registered with `epoll`.

    Raises:
        NodeUnavailable, Broken: there is no node now.
    """

    def __init__(
        self, connect: Callable[[], Channel], order: Callable[[], Fields], epoll: select.epoll
    ) -> None:
        self._connect, self._order, self._epoll = connect, order, epoll
        self._channel: Channel | None = None
        self._alarm: Alarm | None = None  # while the node is gone
        self._retry_at = 0.0
        self.is_lost = False  # True while the node is looked for
        self._ask()

    def find(self) -> bool:
        """Look for a lost node if it is time to; True if it is there again."""
        if monotonic() < self._retry_at:
            return False
        self._retry_at = monotonic() + RETRY_S
        try:
            self._ask()
        except (NodeUnavailable, Broken):
            return False
        if self._alarm is not None:
            self._epoll.unregister(self._alarm)
            self._alarm.close()
            self._alarm = None
        return True

    def take(self, number: int) -> list[Message] | None:
        """Return the node's messages if the descriptor that woke the reader is this connection's, None if the node is lost by it."""
        channel = self._channel
        if channel is not None and not channel.closed and number == channel.fileno():
            try:
                return channel.receive()
            except Broken:
                self._lose()
                return None
        if self._alarm is not None and number == self._alarm.fileno():
            self._alarm.drain()
        return []

    def tell(self, fields: Fields) -> bool:
        """Send the node a message; False if it is lost by that. Nothing is sent to a node that is lost already."""
        if self._channel is None or self._channel.closed:
            return True
        try:
            self._channel.send(fields)
        except FramecastError:
            self._lose()
            return False
        return True

    def close(self) -> None:
        """Close the connection. Idempotent."""
        if self._channel is not None:
            self._channel.close()
        if self._alarm is not None:
            self._alarm.close()

    def _ask(self) -> None:
        channel = self._connect()
        channel.send(self._order())
        self._channel, self.is_lost = channel, False
        self._epoll.register(channel, select.EPOLLIN)

    def _lose(self) -> None:
        if self._channel is not None:
            self._channel.close()
        self._channel, self.is_lost = None, True
        if self._alarm is None:
            self._alarm = Alarm(RETRY_S)
            self._epoll.register(self._alarm, select.EPOLLIN)
