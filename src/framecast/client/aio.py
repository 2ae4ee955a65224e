"""The one place where the Python API meets asyncio: reading without blocking the event loop.

Runs on the program's loop, in its thread; no threads of its own.
"""

from __future__ import annotations

import asyncio
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

    @property
    def node_connected(self) -> bool:
        """False while the node is gone."""
        ...


async def read(reader: Selectable[T], timeout_s: float | None = None) -> T:
    """Return the next thing that `reader` gives.

    Raises:
        WouldBlock: nothing came in time.
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
        try:
            async with asyncio.timeout(left):
                await aio.readable(reader.fileno())
        except TimeoutError:
            continue
