"""What every reader of the program can do: read, iterate, wait in select or asyncio, close.

`Readable` is the shape, the subclasses say what a `read` gives. One thread reads at a time; `close` may come from
any thread and wakes it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from typing import Generic, NoReturn, Self, TypeVar

from framecast.client import aio
from framecast.errors import Closed, Ended

T = TypeVar("T")


class Readable(ABC, Generic[T]):
    """Something that gives one thing after the other. A context manager, an iterator, an async iterator.

    `timeout_s` is how long a `read` without a time of its own waits, iteration included; None is for ever.
    """

    timeout_s: float | None = None

    @abstractmethod
    def read(self, timeout_s: float | None = None) -> T:
        """Return the next one. `timeout_s`: seconds to wait, 0 does not wait, None is the reader's own time.

        Raises:
            WouldBlock: nothing came in time.
            Ended: the stream is over.
            Closed: this reader was closed, maybe by another thread.
            ForkedView: this process was forked from the one that opened it.
        """

    @abstractmethod
    def fileno(self) -> int:
        """A descriptor for select, the same for the reader's life: readable when `read(0)` may give something."""

    @abstractmethod
    def close(self) -> None:
        """Stop reading. Idempotent, from any thread. What the program has read stays valid."""

    @contextmanager
    def closing(self, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake` when this reader is closed within the block, in the thread that closes."""
        wakers: set[Callable[[], None]] = self.__dict__.setdefault("_wakers", set())
        wakers.add(wake)
        try:
            yield
        finally:
            wakers.discard(wake)

    def _say_closed(self) -> None:
        """Wake who waits for this reader without a thread; for `close`."""
        for wake in tuple(self.__dict__.get("_wakers", ())):
            wake()

    @property
    @abstractmethod
    def node_connected(self) -> bool:
        """False while the node is gone; the reader looks for it again while it reads."""

    def __reduce__(self) -> NoReturn:
        """Refuse `copy` and `pickle`, as Python's own files and sockets do: a reader is a connection of this process."""
        raise TypeError(
            f"a {type(self).__name__} cannot go to another process or be copied: open the stream there, framecast.open(name)"
        )

    def __iter__(self) -> Iterator[T]:
        """Yield until the stream ends or this reader is closed."""
        while True:
            try:
                yield self.read()
            except (Ended, Closed):
                return

    async def aread(self, timeout_s: float | None = None) -> T:
        """As `read`, without blocking the event loop. Cancelling it loses nothing."""
        return await aio.read(self, self.timeout_s if timeout_s is None else timeout_s)

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            try:
                yield await self.aread()
            except (Ended, Closed):
                return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        self.close()
