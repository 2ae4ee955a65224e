"""The followers of each topic, and the notices that each gets (see `control.topics`). Runs in the node's loop.

Memory is bounded: a follower whose socket is full keeps a few notices, and beyond that `missed`; a topic in which too much is
published tells its followers once a second that they missed some. A follower that does not read is cut by its connection.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable

from framecast.control.topics import NOTICES_A_SECOND, Notice, Waiting
from framecast.node.connection import Connection

_WINDOW_S = 1.0


class Topics:
    """All followers. `later` runs a function after so many seconds."""

    def __init__(self, later: Callable[[float, Callable[[], None]], object] | None = None) -> None:
        self._later = later or (lambda after_s, act: asyncio.get_running_loop().call_later(after_s, act))
        self._followers: dict[Connection, _Follower] = {}
        self._published: Counter[str] = Counter()  # in the window of each topic that has begun
        self._too_many: set[str] = set()
        self._observers: dict[str, Callable[[], None]] = {}

    def publish(self, notice: Notice) -> None:
        """Send a notice to the followers of its topic."""
        topic = notice.topic
        if topic not in self._published:
            self._later(_WINDOW_S, lambda: self._end_window(topic))
        self._published[topic] += 1
        if self._published[topic] <= NOTICES_A_SECOND:
            self._send(notice)
        else:
            self._too_many.add(topic)

    def observe(self, topic: str, on_notice: Callable[[], None]) -> None:
        """Call `on_notice` for each notice of `topic` in the node itself."""
        self._observers[topic] = on_notice

    def follow(self, connection: Connection, topics: Iterable[str]) -> None:
        """Send a connection the notices of these topics, too, from now on."""
        follower = self._followers.get(connection)
        if follower is None:
            follower = self._followers[connection] = _Follower(connection)
        follower.topics.update(topics)

    def leave(self, connection: Connection) -> None:
        """The connection has ended."""
        self._followers.pop(connection, None)

    def _end_window(self, topic: str) -> None:
        """Tell of what was left out after the last of it, so that its readers find everything."""
        del self._published[topic]
        if topic in self._too_many:
            self._too_many.discard(topic)
            self._send(Notice(topic, missed=True))

    def _send(self, notice: Notice) -> None:
        observe = self._observers.get(notice.topic)
        if observe is not None:
            observe()
        for follower in tuple(self._followers.values()):
            if notice.topic in follower.topics:
                follower.send(notice)


class _Follower:
    """One connection, and the notices that wait for it."""

    def __init__(self, connection: Connection) -> None:
        self.topics: set[str] = set()
        self._connection = connection
        self._waiting = Waiting()
        connection.on_drained = self._flush

    def send(self, notice: Notice) -> None:
        """Send it, or keep it while the socket is full."""
        if self._connection.is_congested:
            self._waiting.add(notice)
        else:
            self._connection.send(notice.to_json())

    def _flush(self) -> None:
        for notice in self._waiting.take():
            self.send(notice)
