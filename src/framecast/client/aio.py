"""The one place where the Python API meets asyncio: reading without blocking the event loop.

Runs on the program's loop, in its thread; no threads of its own.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from typing import Protocol, TypeVar

from framecast.bus import aio
from framecast.errors import WouldBlock

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

# A reader whose node is gone has nothing to wait for in select: it is asked again so often.
_NODE_RETRY_S = 0.5


class Selectable(Protocol[T_co]):
    """What can be awaited: `read(0)` never blocks, and `fileno()` tells when to try again."""

    def read(self, timeout_s: float | None = None) -> T_co:
        """Return the next thing, or raise WouldBlock."""
        ...

    def fileno(self) -> int:
        """A descriptor for select."""
        ...

    def closing(self, wake: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `wake` when this is closed meanwhile, in the thread that closes."""
        ...

    @property
    def node_connected(self) -> bool:
        """False while the node is gone."""
        ...


async def read(reader: Selectable[T], timeout_s: float | None = None) -> T:
    """Return the next thing that `reader` gives.

    Raises:
        WouldBlock: nothing came in time.
        Closed: it was closed meanwhile, in this loop or by another thread.
        As `Readable.read`.
    """
    loop = asyncio.get_running_loop()
    deadline = None if timeout_s is None else loop.time() + timeout_s
    while True:
        try:
            return reader.read(0)
        except WouldBlock:
            left = None if deadline is None else deadline - loop.time()
            if left is not None and left <= 0:
                raise
        if not reader.node_connected:
            left = _NODE_RETRY_S if left is None else min(left, _NODE_RETRY_S)
        await _wait(reader, left)


async def _wait(reader: Selectable[T], left: float | None) -> None:
    """Sleep until there may be something to read, the reader is closed, or `left` is over.

    On a descriptor of its own: the reader's may be closed while the loop watches it, and its number then belongs to another file.
    Several tasks may wait for one reader.
    """
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(_end, ready)

    with reader.closing(wake):
        fd = os.dup(reader.fileno())  # of one that is closed already this raises Closed
        try:
            async with asyncio.timeout(left):
                await aio.readable(fd, ready=ready)
        except TimeoutError:
            return
        finally:
            os.close(fd)


def _end(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


async def answered(answer: Future[T], timeout_s: float | None = None) -> T:
    """Return what a thread answers. Cancelling it, or a timeout, leaves the answer alone.

    Raises:
        TimeoutError: nothing came in time. As the answer.
    """
    async with asyncio.timeout(timeout_s):
        return await asyncio.shield(asyncio.wrap_future(answer))
