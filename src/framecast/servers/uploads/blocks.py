"""Blocks of memory between the network and the disk: the event loop fills one, a thread writes those before it, in their order.

The thread goes on to the next block by itself, so neither side waits for the other while there is room. When all blocks are full, nobody asks for more bytes,
and TCP slows the client down. A client that is slower than the disk has one block.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable

from framecast.servers.access.crew import Crew

BLOCK_BYTES = 1 << 20
_MOST = 4
# Written before the thread serves another upload.
_AT_ONCE = 8


class Blocks:
    """`write` is called on a thread of `crew` for each block. After it has failed it is not called again: what follows would stand at a wrong place."""

    def __init__(self, crew: Crew, write: Callable[[memoryview], None]) -> None:
        self._crew, self._write = crew, write
        self._loop = asyncio.get_running_loop()
        self._lock = threading.Lock()
        self._count = 0
        self._free: list[bytearray] = []
        self._full: deque[tuple[bytearray, int]] = deque()  # their order is that of the file
        self._error: BaseException | None = None
        self._task: asyncio.Task[None] | None = None  # while something is written
        self._changed = asyncio.Event()
        self._filling = bytearray()
        self._fill = 0

    async def room(self) -> memoryview:
        """Return the memory that is filled next; never empty.

        Raises:
            What `write` has raised.
        """
        if self._fill == len(self._filling):
            await self.pass_on()
            self._filling = await self._empty()
        return memoryview(self._filling)[self._fill :]

    def filled(self, count: int) -> None:
        """Note that so many bytes of the room are filled."""
        self._fill += count

    async def pass_on(self) -> None:
        """Let what was filled be written."""
        if self._fill:
            with self._lock:
                self._full.append((self._filling, self._fill))
            self._filling, self._fill = bytearray(), 0
            self._start()

    async def written(self) -> None:
        """Return when all that was passed on is written. Raises what `write` has raised."""
        while self._task is not None and self._error is None:
            await self._wait()
        if self._error is not None:
            raise self._error

    # --- inside

    async def _empty(self) -> bytearray:
        while True:
            if self._error is not None:
                raise self._error
            with self._lock:
                if self._free:
                    return self._free.pop()
            if self._count < _MOST:
                self._count += 1
                return bytearray(BLOCK_BYTES)
            await self._wait()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def _start(self) -> None:
        if self._task is None:
            self._task = self._loop.create_task(self._work(), name="blocks")

    async def _work(self) -> None:
        try:
            while self._full and self._error is None:
                await self._crew.run(self._write_some)
        except BaseException as error:  # noqa: BLE001  of the crew: it takes no more work
            self._error = self._error or error
        finally:
            self._task = None
            self._changed.set()

    def _write_some(self) -> None:
        """On a thread."""
        for _ in range(_AT_ONCE):
            with self._lock:
                if not self._full:
                    return
                block, count = self._full[0]
            try:
                self._write(memoryview(block)[:count])
            except BaseException as error:  # noqa: BLE001  raised on the loop
                self._error = error
                return
            with self._lock:
                self._full.popleft()
                self._free.append(block)
            self._loop.call_soon_threadsafe(self._changed.set)
