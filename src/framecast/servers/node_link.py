"""A server's conversation with the node: questions on one connection, changes of streams on another.

Event loop only. A connection that broke is made again by the next question; while none can be made, every question
is NodeUnavailable. The list of streams that it follows serves readiness; answers always come from the node itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import count
from pathlib import Path
from typing import Any

from framecast.bus import Channel, Message
from framecast.errors import Broken, FramecastError, NodeUnavailable, WouldBlock, raise_if_error
from framecast.model import State

ANSWER_S = 10.0
RETRY_S = 0.5

Fields = dict[str, Any]

log = logging.getLogger("framecast.servers")


class Line:
    """A channel to the node on the event loop: messages out, messages in to `on_message`, its end to `on_end`."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._fd = channel.fileno()
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[FramecastError] = self._loop.create_future()
        self.messages: asyncio.Queue[Fields] = asyncio.Queue()
        self._loop.add_reader(self._fd, self._read)

    def send(self, fields: Fields) -> None:
        """Send, or queue what the socket does not take now.

        Raises:
            Broken, Closed: the node is gone.
        """
        self._channel.send(fields)
        if self._channel.wants_write:
            self._loop.add_writer(self._fd, self._flush)

    def close(self) -> None:
        """End the connection. Idempotent."""
        self._end(NodeUnavailable("the connection to the node was closed"))

    def _read(self) -> None:
        try:
            messages: list[Message] = self._channel.receive()
        except FramecastError as error:
            self._end(error)
            return
        for message in messages:
            self.messages.put_nowait(message.fields)

    def _flush(self) -> None:
        try:
            self._channel.flush()
        except Broken as error:
            self._end(error)
            return
        if not self._channel.wants_write:
            self._loop.remove_writer(self._fd)

    def _end(self, error: FramecastError) -> None:
        if not self.ended.done():
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            self._channel.close()
            self.ended.set_result(error)


class NodeLink:
    """Asks the node. `start` begins to follow the streams; `close` ends everything.

    `on_removed` hears names, `on_status` the status of each stream: all at the start, then those that change.
    """

    def __init__(
        self,
        path: Path,
        on_removed: Callable[[str], None],
        on_status: Callable[[Fields], None] | None = None,
    ) -> None:
        self._path = path
        self._on_removed = on_removed
        self._on_status = on_status
        self._line: Line | None = None
        self._pending: dict[int, asyncio.Future[Fields]] = {}
        self._numbers = count(1)
        self._tasks: set[asyncio.Task[None]] = set()
        self.tried: set[str] = set()  # streams whose first try is over, whatever came of it

    def start(self) -> None:
        """Follow what happens to the streams."""
        self._spawn(self._follow())

    async def request(self, op: str, **fields: object) -> Fields:
        """Return the node's answer.

        Raises:
            FramecastError: what the node answered.
            NodeUnavailable: it is gone.
            WouldBlock: it did not answer in time.
        """
        line, number = self._open(), next(self._numbers)
        future: asyncio.Future[Fields] = asyncio.get_running_loop().create_future()
        self._pending[number] = future
        try:
            # Whoever asks a server is not the node's owner: the node lets its owner alone name files of this machine.
            line.send({"op": op, "id": number, **fields, "from": "network"})
            async with asyncio.timeout(ANSWER_S):
                answer = await future
        except TimeoutError as error:
            raise WouldBlock(f"the node did not answer within {ANSWER_S:g} s") from error
        except Broken as error:
            raise NodeUnavailable(f"the node is gone: {error}") from error
        finally:
            self._pending.pop(number, None)
        return raise_if_error(answer)

    async def report(self, server: str, figures: list[Fields]) -> None:
        """Give the node this server's figures for /metrics, in place of its last ones.

        A figure is {"metric": "framecast_...", "kind": "counter" or "gauge", "help": words, "labels": {...}, "value": n};
        counters are named without the `_total` that Prometheus shows.
        """
        await self.request("report", server=server, figures=figures)

    async def streams(self) -> list[Fields]:
        """Return the status of every stream, as in docs/architecture.md."""
        return list((await self.request("streams"))["streams"])

    async def close(self) -> None:
        """End the connections and what follows them."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._line is not None:
            self._line.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _open(self) -> Line:
        if self._line is None or self._line.ended.done():
            self._line = Line(Channel.connect(self._path))
            self._spawn(self._dispatch(self._line))
        return self._line

    async def _dispatch(self, line: Line) -> None:
        """Give each answer to who asked; when the connection ends, tell everybody who still waits."""
        async for answer in arriving(line):
            future = self._pending.get(answer.get("id", 0))
            if future is not None and not future.done():
                future.set_result(answer)
        for future in self._pending.values():
            if not future.done():
                future.set_exception(NodeUnavailable(f"the node is gone: {line.ended.result()}"))

    # --- following the streams

    async def _follow(self) -> None:
        while True:
            try:
                line = Line(Channel.connect(self._path))
            except NodeUnavailable:
                await asyncio.sleep(RETRY_S)
                continue
            with contextlib.closing(line), contextlib.suppress(FramecastError):
                line.send({"op": "watch"})
                for status in await self.streams():
                    self._note(status)
                async for event in arriving(line):
                    self._note(event)
            await asyncio.sleep(RETRY_S)

    def _note(self, fields: Fields) -> None:
        name = str(fields.get("name"))
        if fields.get("event") == "removed":
            self.tried.discard(name)
            self._on_removed(name)
            return
        if fields.get("state") not in (None, State.CONNECTING):
            self.tried.add(name)
        if self._on_status is not None and "name" in fields:
            self._on_status(fields)


async def arriving(line: Line) -> AsyncIterator[Fields]:
    """Yield messages until the connection ends; what came before its end is yielded first."""
    while True:
        if line.messages.empty() and line.ended.done():
            return
        getting = asyncio.ensure_future(line.messages.get())
        try:
            await asyncio.wait((getting, line.ended), return_when=asyncio.FIRST_COMPLETED)
            if getting.done():
                yield getting.result()
        finally:
            getting.cancel()
