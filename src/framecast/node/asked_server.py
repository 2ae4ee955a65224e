"""The node's end of a server that has no port: starts its process, asks it, and hears its events.

The node opens no database and no media itself: a query that waits for a lock or for a network must not stop its loop, and a library that crashes must not end
it. A question is answered within `ANSWER_S`, or fails with WouldBlock. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import Any

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.errors import FramecastError, NodeUnavailable, WouldBlock, raise_if_error
from framecast.node.connection import Connection
from framecast.node.forks import Parent
from framecast.node.server_process import ServerProcess
from framecast.servers.settings import LogSocket, Settings

ANSWER_S = 8.0  # the control connection's own deadline is longer
# The first answer: the process has to be forked, and the database may have to be migrated.
FIRST_ANSWER_S = 120.0


class AskedServer:
    """At most one process. `name` is that of the process; sentences speak of `subject`: "the accounts"."""

    def __init__(
        self,
        parent: Parent,
        log: LogSocket,
        name: str,
        subject: str,
        drain_s: float,
        on_event: Callable[[Fields], None],
        on_again: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_event` gets each event of the process, `on_again` is called when another process has taken its place."""
        self._parent = parent
        self._log = log
        self._name = name
        self._subject = subject
        self._drain_s = drain_s
        self._on_event = on_event
        self._on_again = on_again
        self._process: ServerProcess | None = None
        self._connection: Connection | None = None
        self._pending: dict[int, asyncio.Future[Fields]] = {}
        self._numbers = count(1)
        self._is_first = True
        self._has_connected = asyncio.Event()
        self._ending: tuple[ServerProcess, asyncio.Task[None]] | None = None  # one that was stopped

    @property
    def process(self) -> ServerProcess | None:
        """The process, None before `start` and after `stop`."""
        return self._process

    @property
    def pids(self) -> list[int]:
        """The process, if it runs, or the one that is ending."""
        ending = None if self._ending is None else self._ending[0]
        return [one.pid for one in (self._process, ending) if one is not None and one.pid]

    def info(self) -> Fields:
        """Return the process as `info` has it, nothing before `start`."""
        process = self._process
        if process is None:
            return {}
        return {self._name: {"pid": process.pid, "restarts": process.restarts, "answers": process.answers}}

    def start(self, settings: Settings) -> None:
        """Start the process, unless it runs. Its port is the connection to the node."""
        if self._process is None:
            module = f"framecast.servers.{self._name}"
            fds = [self._log.fd]
            self._process = ServerProcess(
                self._parent, self._name, module, settings, fds, self._ended, self._connect
            )
            if self._ending is None:
                self._process.start()

    def stop(self) -> None:
        """End the process; `start` may follow. Returns at once."""
        process, self._process = self._process, None
        if process is not None and self._ending is None:
            self._has_connected.clear()
            ending = asyncio.get_running_loop().create_task(self._end(process), name=f"end {self._name}")
            self._ending = process, ending

    async def close(self) -> None:
        """End the process. Idempotent."""
        if self._ending is not None:
            self._process = None
            await self._ending[1]
        if self._process is not None:
            await self._process.close(self._drain_s)
        self._ended()

    async def _end(self, process: ServerProcess) -> None:
        """End a process. Another one that was started meanwhile begins after it."""
        await process.close(self._drain_s)
        self._ended()
        self._ending, self._is_first = None, True
        if self._process is not None:
            self._process.start()

    async def ask(self, op: str, **fields: Any) -> Fields:  # noqa: ANN401  JSON
        """Return the answer to a question.

        Raises:
            FramecastError: what the server answered.
            WouldBlock: there was no answer in time, or the process is being started again.
        """
        if self._connection is None or self._connection.closed:
            raise WouldBlock(f"{self._subject} cannot be read at the moment: try again")
        number = next(self._numbers)
        answer = self._pending[number] = asyncio.get_running_loop().create_future()
        self._connection.send({"op": op, **fields, "id": number})
        try:
            async with asyncio.timeout(FIRST_ANSWER_S if self._is_first else ANSWER_S):
                found = await answer
        except TimeoutError:
            raise WouldBlock(f"the database of {self._subject} does not answer in time: try again") from None
        finally:
            self._pending.pop(number, None)
        self._is_first = False
        return raise_if_error(found)

    async def connected(self) -> None:
        """Return when the process that was started can be asked, or after `ANSWER_S`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                await self._has_connected.wait()

    def look(self) -> None:
        """Have it look for changes now: a notice of one has come."""
        if self._connection is not None and not self._connection.closed:
            self._connection.send({"op": "look"})

    def _connect(self, sock: socket.socket) -> None:
        """Take the node's end of the connection to a new process."""
        is_again = self._connection is not None
        self._has_connected.set()
        self._connection = Connection(Channel(sock))
        self._connection.on_message = self._hear
        self._connection.on_close = self._fail_pending
        if is_again:
            self._on_again()

    def _hear(self, fields: Fields) -> None:
        if "event" in fields:
            self._on_event(fields)
            return
        answer = self._pending.get(fields.get("id") or 0)
        if answer is not None and not answer.done():
            answer.set_result(fields)

    def _ended(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._fail_pending()

    def _fail_pending(self) -> None:
        error: FramecastError = NodeUnavailable(f"the process of {self._subject} has ended: try again")
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(error)
