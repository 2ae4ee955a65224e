"""The node's end of the accounts server: starts it when a database of people is found, asks it, and hears of changes.

The node opens no database itself: a query that waits for a lock or for a network must not stop its loop, and a library that crashes must not end
it. A question is answered within `ANSWER_S`, or fails with WouldBlock. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.errors import FramecastError, NodeUnavailable, WouldBlock, raise_if_error
from framecast.node.connection import Connection
from framecast.node.forks import Parent
from framecast.node.server_process import ServerProcess
from framecast.servers.settings import LogSocket, Settings

MODULE = "framecast.servers.accounts"
ANSWER_S = 8.0  # the control connection's own deadline is longer
# The first answer: the process has to be forked, and the database may have to be migrated.
FIRST_ANSWER_S = 120.0
DRAIN_S = 2.0


class AccountsServer:
    """At most one process. `on_changed` is called after each change of the database, and after the process was started again."""

    def __init__(self, parent: Parent, log: LogSocket, runtime_dir: Path) -> None:
        self.on_changed: Callable[[], None] = lambda: None
        self._parent = parent
        self._log = log
        self._runtime_dir = runtime_dir
        self._process: ServerProcess | None = None
        self._connection: Connection | None = None
        self._pending: dict[int, asyncio.Future[Fields]] = {}
        self._numbers = count(1)
        self._is_first = True

    @property
    def process(self) -> ServerProcess | None:
        """The process, None before `start`."""
        return self._process

    def start(self, database: str) -> None:
        """Start the process, unless it runs."""
        if self._process is not None:
            return
        settings = Settings(
            fd=-1,
            host="",
            port=0,
            runtime_dir=self._runtime_dir,
            access_token=None,
            database=database,
            data_dir=None,
            library=None,
            log=self._log,
        )
        self._process = ServerProcess(
            self._parent, "accounts", MODULE, settings, [self._log.fd], self._ended, self._connect
        )
        self._process.start()

    async def close(self) -> None:
        """End the process. Idempotent."""
        if self._process is not None:
            await self._process.close(DRAIN_S)
        self._ended()

    async def ask(self, op: str, **fields: Any) -> Fields:  # noqa: ANN401  JSON
        """Return the answer to a question (`servers.accounts.questions`).

        Raises:
            FramecastError: what the accounts server answered.
            WouldBlock: there was no answer in time, or the process is being started again.
        """
        if self._connection is None or self._connection.closed:
            raise WouldBlock("the accounts cannot be read at the moment: try again")
        number = next(self._numbers)
        answer = self._pending[number] = asyncio.get_running_loop().create_future()
        self._connection.send({"op": op, **fields, "id": number})
        try:
            async with asyncio.timeout(FIRST_ANSWER_S if self._is_first else ANSWER_S):
                found = await answer
        except TimeoutError:
            raise WouldBlock("the database of accounts does not answer in time: try again") from None
        finally:
            self._pending.pop(number, None)
        self._is_first = False
        return raise_if_error(found)

    def look(self) -> None:
        """Have it look for changes now: a notice of one has come."""
        if self._connection is not None:
            self._connection.send({"op": "look"})

    def _connect(self, sock: socket.socket) -> None:
        """Take the node's end of the connection to a new process."""
        is_again = self._connection is not None
        self._connection = Connection(Channel(sock))
        self._connection.on_message = self._hear
        self._connection.on_close = self._fail_pending
        if is_again:
            self.on_changed()

    def _hear(self, fields: Fields) -> None:
        if fields.get("event") == "changed":
            self.on_changed()
            return
        answer = self._pending.get(fields.get("id") or 0)
        if answer is not None and not answer.done():
            answer.set_result(fields)

    def _ended(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._fail_pending()

    def _fail_pending(self) -> None:
        error: FramecastError = NodeUnavailable("the accounts server has ended: try again")
        for answer in self._pending.values():
            if not answer.done():
                answer.set_exception(error)
