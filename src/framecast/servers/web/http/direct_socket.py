"""The socket of a connection, written without the buffer of its transport: for `sendfile`, while one answer is being sent.

Its end is a descriptor of its own, which is closed with the answer. A client that takes nothing is given up as with every other answer. Event loop; `Send` runs on a thread.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.types import Scope

from framecast.servers.web.http.connection import UNREAD_S, connection_of

# Gets a descriptor and sends what it takes now; returns how much that was. BlockingIOError: nothing.
Send = Callable[[int], int]
Run = Callable[[Callable[[], int]], Awaitable[int]]


class DirectSocket:
    """`cycle` is that of the request; its event wakes the task that waits here."""

    def __init__(self, scope: Scope, fd: int) -> None:
        self._connection, self._cycle = connection_of(scope)
        self._fd = fd
        self._loop = asyncio.get_running_loop()

    @property
    def is_gone(self) -> bool:
        """True if the other end is gone, or was cut off."""
        return self._cycle.disconnected or self._connection.transport.is_closing()

    async def send(self, send: Send, run: Run) -> int:
        """Return how many bytes the socket has taken of `send`, which `run` runs on a thread; 0 if the other end is gone."""
        while not self.is_gone:
            try:
                return await run(lambda: send(self._fd))
            except BlockingIOError:
                await self._writable()
            except OSError:  # it was reset
                break
        return 0

    def answered(self) -> None:
        """Say that the whole body is sent."""
        self._cycle.expected_content_length = 0

    async def _writable(self) -> None:
        event = self._cycle.message_event
        event.clear()
        self._loop.add_writer(self._fd, event.set)
        try:
            async with asyncio.timeout(UNREAD_S):
                await event.wait()
        except TimeoutError:
            self._connection.transport.abort()
        finally:
            self._loop.remove_writer(self._fd)


@asynccontextmanager
async def direct_socket(scope: Scope) -> AsyncIterator[DirectSocket | None]:
    """Have the socket of a request whose answer has begun, when its head has left the transport. None if it has no plain one."""
    connection, cycle = connection_of(scope)
    transport = connection.transport
    sock = transport.get_extra_info("socket")
    if sock is None or transport.get_extra_info("sslcontext") is not None or transport.is_closing():
        yield None
        return
    fd = os.dup(sock.fileno())
    try:
        transport.set_write_buffer_limits(high=0)
        await cycle.flow.drain()
        transport.set_write_buffer_limits()
        yield None if transport.get_write_buffer_size() else DirectSocket(scope, fd)
    finally:
        os.close(fd)
