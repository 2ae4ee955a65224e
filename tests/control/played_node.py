"""A node that a test plays, and that comes and goes."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from framecast.bus import Channel
from framecast.errors import FramecastError
from framecast.model import State
from framecast.model.status import Status

Fields = dict[str, Any]
STREAMS = [{"name": "front", "state": "live"}, {"name": "back", "state": "connecting"}]
STATUSES = [Status("front", state=State.LIVE), Status("back", state=State.CONNECTING)]


class Node:
    """Answers each connection in a thread: `answer` by its `op`, None is silence; `watchers` hear `tell`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, Callable[[Fields], Fields | None]] = {
            "streams": lambda _: {"streams": self.streams}
        }
        self.streams = list(STREAMS)
        self.asked: list[Fields] = []
        self.watchers: list[Channel] = []
        self._ends: list[Channel] = []
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None

    def start(self) -> None:
        """Listen, again after `die`, too."""
        self.path.unlink(missing_ok=True)
        listener = self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.path))
        listener.listen()
        self._run(self._accept, listener)

    def die(self) -> None:
        """Close all connections, and take none."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.watchers.clear()
        while self._ends:
            with suppress(OSError):  # it has ended already
                self._ends.pop()._sock.shutdown(socket.SHUT_RDWR)
        while self._threads:
            self._threads.pop().join()

    def tell(self, fields: Fields) -> None:
        """Say something to who follows the streams."""
        for watcher in self.watchers:
            watcher.send(fields)

    def _run(self, work: Callable[[Any], None], what: object) -> None:
        thread = threading.Thread(target=work, args=(what,))
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        try:
            while True:
                end = Channel(listener.accept()[0])
                self._ends.append(end)
                self._run(self._serve, end)
        except OSError:
            return

    def _serve(self, end: Channel) -> None:
        with end:
            try:
                while True:
                    self._answer(end, end.wait().fields)
            except (FramecastError, OSError):
                return

    def _answer(self, end: Channel, fields: Fields) -> None:
        self.asked.append(fields)
        if fields["op"] == "watch":
            for status in self.streams:
                end.send({"event": "stream", **status})
            self.watchers.append(end)
            return
        answer = self.answers[fields["op"]](fields)
        if answer is not None:
            end.send({"id": fields["id"], **answer})


async def until(true: Callable[[], object]) -> None:
    for _ in range(3000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")
