"""A program's connection to the node of this host: requests on one channel, changes and notices on others. Blocks.

One request at a time, guarded by a lock, so any number of threads may share it. Nothing is opened before the first request, and a
channel that the node has dropped is opened again by the next one. In a forked child the channels of the parent are let go.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from framecast.bus import Channel
from framecast.bus.forked import close_in_child
from framecast.control.changes import Change, change_from_json
from framecast.control.topics import Notice, notice_from_json
from framecast.errors import Broken, Closed, ForkedView, NodeUnavailable, WouldBlock, raise_if_error

# JSON as it came.
Fields = dict[str, Any]


class ControlConnection:
    """The node at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()  # re-entrant: a signal handler may close in the middle of a request
        self._channel: Channel | None = None
        self._followed: set[Channel] = set()
        self._closed = False
        close_in_child(self)

    def request(self, fields: Fields, timeout_s: float = 10.0) -> Fields:
        """Send a request and return the answer.

        Raises:
            FramecastError: what the node answered.
            NodeUnavailable: no node answers.
            WouldBlock: there was no answer in time.
        """
        with self._lock:
            self._check_open()
            was_open = self._channel is not None
            try:
                return self._call(fields, timeout_s)
            except Broken as error:
                self._check_open(error)
                if not was_open:
                    raise self._left_without_an_answer() from error
            try:  # the channel was an old one, and the node may have been started again
                return self._call(fields, timeout_s)
            except Broken as error:
                raise self._left_without_an_answer() from error

    def watch(self, timeout_s: float | None = None) -> Iterator[Change]:
        """Yield what happens to streams until the node ends, this is closed, or nothing happens for `timeout_s`.

        Raises:
            NodeUnavailable: no node answers.
        """
        with closing(Channel.connect(self.path)) as channel:
            channel.send({"op": "watch"})
            for fields in self._events(channel, timeout_s):
                change = change_from_json(fields)
                if change is not None:
                    yield change

    def follow(self, topics: Iterable[str], timeout_s: float | None = None) -> Iterator[Notice]:
        """Return the notices of `topics`: from now on, so read the truth after this call.

        They end as those of `watch`. A program that follows again has missed some.

        Raises:
            NotFound: there is no such topic.
            Denied: this program may not follow topics.
            NodeUnavailable: no node answers.
        """
        self._check_open()
        channel = Channel.connect(self.path)
        try:
            channel.call({"op": "follow", "topics": list(topics)})
        except BaseException:
            channel.close()
            raise
        return self._notices(channel, timeout_s)

    def close(self) -> None:
        """Close the channels; `watch` and `follow` end. Idempotent, from any thread and signal handler."""
        self._closed = True
        for channel in tuple(self._followed):
            channel.hang_up()
        with self._lock:
            self._drop()

    def after_fork(self) -> None:
        """In a forked child: let go of the parent's channels; the next request opens a new one."""
        self._lock = threading.RLock()
        self._drop()
        for channel in tuple(self._followed):
            channel.close()

    def _notices(self, channel: Channel, timeout_s: float | None) -> Iterator[Notice]:
        with closing(channel):
            for fields in self._events(channel, timeout_s):
                notice = notice_from_json(fields)
                if notice is not None:
                    yield notice

    def _events(self, channel: Channel, timeout_s: float | None) -> Iterator[Fields]:
        pid = os.getpid()
        self._followed.add(channel)
        try:
            self._check_open()
            while True:
                yield raise_if_error(channel.wait(timeout_s).fields)
        except (Broken, WouldBlock):
            if os.getpid() != pid:
                raise ForkedView("connection to the node") from None
        finally:
            self._followed.discard(channel)

    def _call(self, fields: Fields, timeout_s: float) -> Fields:
        if self._channel is None:
            self._channel = Channel.connect(self.path)
        try:
            return self._channel.call(fields, timeout_s)
        except (Broken, WouldBlock):
            self._drop()  # after a timeout the late answer would be taken for the next one
            raise

    def _drop(self) -> None:
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def _check_open(self, cause: Exception | None = None) -> None:
        if self._closed:
            raise Closed("this connection to the node was closed") from cause

    def _left_without_an_answer(self) -> NodeUnavailable:
        return NodeUnavailable(f"the node at {self.path} closed the connection without an answer")
