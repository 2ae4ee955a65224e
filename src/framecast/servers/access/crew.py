"""A few threads for work that blocks, with a bound on what waits for them. The event loop waits for the result, never for a thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from framecast.errors import Closed, WouldBlock

T = TypeVar("T")

MAX_WAITING = 64


class Crew:
    """`threads` threads named `name`; at most `most` pieces of work wait or run at once."""

    def __init__(self, name: str, threads: int, most: int = MAX_WAITING) -> None:
        self._name = name
        self._free = threading.Semaphore(most)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns. A caller that is cancelled leaves it behind; it ends by itself.

        Raises:
            WouldBlock: too much waits already.
            Closed: it takes no more work, because the server ends.
        """
        if not self._free.acquire(blocking=False):
            raise WouldBlock(
                f"too many requests wait for the {self._name} of this server: try again in a moment"
            )
        try:
            future = self._pool.submit(work)
        except RuntimeError as error:
            self._free.release()
            raise Closed(f"the {self._name} of this server are ending") from error
        future.add_done_callback(lambda _done: self._free.release())
        return await asyncio.wrap_future(future)

    def close(self, *, wait: bool = False) -> None:
        """Take no more work, and begin none that waits; with `wait` block until what runs has ended. Idempotent."""
        self._pool.shutdown(wait=wait, cancel_futures=True)
