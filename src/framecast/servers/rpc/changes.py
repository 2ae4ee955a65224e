"""What happens to the node's streams, for all who follow: one connection to the node, while somebody does.

Each follower has the newest of each stream that it has not had, so a slow one holds no more than there are streams.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from framecast.bus import Channel
from framecast.errors import Closed, FramecastError, NodeUnavailable
from framecast.servers.node_link import Line, arriving
from framecast.servers.rpc import messages
from framecast.v1 import streams_pb2


class News:
    """What one follower has not had yet. `name` '' is every stream."""

    def __init__(self, name: str, wake: Callable[[], None]) -> None:
        self.failure: FramecastError | None = None
        self._name = name
        self._wake = wake
        self._waiting: dict[str, bytes] = {}

    @property
    def waiting(self) -> bool:
        """True where `take` has something to give or to raise."""
        return bool(self._waiting) or self.failure is not None

    def give(self, name: str, event: bytes) -> None:
        """Note an event in the place of the one before of its stream."""
        if self._name in ("", name):
            self._waiting.pop(name, None)
            self._waiting[name] = event
            self._wake()

    def fail(self, error: FramecastError) -> None:
        """Note that nothing more will come."""
        self.failure = error
        self._wake()

    def take(self) -> Iterator[bytes]:
        """Yield what is there, the oldest first.

        Raises:
            FramecastError: nothing more will come.
        """
        while self._waiting:
            yield self._waiting.pop(next(iter(self._waiting)))
        if self.failure is not None:
            raise self.failure.with_traceback(None)


class Changes:
    """Follows the node at `path`. Event loop only."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._followers: set[News] = set()
        self._events: dict[str, bytes] = {}  # the newest of every stream that exists
        self._task: asyncio.Task[None] | None = None
        self._draining = False

    @contextmanager
    def follow(self, name: str, wake: Callable[[], None]) -> Iterator[News]:
        """Give the news of one stream or all, from how they are now on; `wake` is called when there are some.

        Raises:
            Closed: the server is stopping.
        """
        if self._draining:
            raise Closed("the server is stopping: call again, it may come back")
        news = News(name, wake)
        for stream, event in self._events.items():
            news.give(stream, event)
        self._followers.add(news)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name="changes")
        try:
            yield news
        finally:
            self._followers.discard(news)
            if not self._followers and self._task is not None:
                self._stop()

    def drain(self) -> None:
        """End all followers."""
        self._draining = True
        self._fail(Closed("the server is stopping: call again, it may come back"))

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = None
        self._events.clear()

    def _fail(self, error: FramecastError) -> None:
        for news in tuple(self._followers):
            news.fail(error)

    async def _run(self) -> None:
        try:
            line = Line(Channel.connect(self._path))
            with contextlib.closing(line):
                line.send({"op": "watch"})
                async for fields in arriving(line):
                    self._note(fields)
                raise NodeUnavailable(f"the node is gone: {line.ended.result()}")
        except FramecastError as error:
            self._fail(error)
            self._task = None
            self._events.clear()

    def _note(self, fields: dict[str, Any]) -> None:
        name = str(fields.get("name"))
        event = streams_pb2.StreamEvent(name=name)
        if fields.get("event") == "stream":
            event.stream.CopyFrom(messages.stream(fields))
        elif fields.get("event") != "removed":
            return
        data = event.SerializeToString()
        if event.HasField("stream"):
            self._events[name] = data
        else:
            self._events.pop(name, None)
        for news in tuple(self._followers):
            news.give(name, data)
