"""What is open because a client uses it, and for a while longer, so that a client that comes back finds it warm.

Event loop only. Keys begin with the stream's name. What has failed is given to nobody else, and closed with its last client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar

from framecast.errors import FramecastError

LINGER_S = 3.0


class Shared(Protocol):
    """A feed, or something else that clients share. `failure` is set when nothing more comes of it."""

    failure: FramecastError | None

    @property
    def wanted(self) -> bool:
        """True while a client uses it."""
        ...

    def close(self, why: FramecastError | None = None) -> None:
        """Let go of everything, and of all clients, which hear `why`. Idempotent."""


K = TypeVar("K", bound=tuple[str, Any])
W = TypeVar("W", bound=Shared)


class Lingering(Generic[K, W]):
    """Everything of one kind that is open. It is closed `linger_s` after its last client has left; None: at once."""

    def __init__(
        self, linger_s: float | None = LINGER_S, on_closed: Callable[[K, W], None] = lambda _key, _one: None
    ) -> None:
        self._linger_s = linger_s
        self._on_closed = on_closed
        self._open: dict[K, W] = {}
        self._replaced: list[tuple[K, W]] = []  # they have failed, and still have clients
        self._closing: dict[K, asyncio.TimerHandle] = {}
        self._drained = False

    def __len__(self) -> int:
        return len(self._open) + len(self._replaced)

    def __iter__(self) -> Iterator[tuple[K, W]]:
        yield from self._open.items()
        yield from self._replaced

    def find(self, key: K) -> W | None:
        """Return what is open and has not failed."""
        found = self._open.get(key)
        return found if found is not None and found.failure is None else None

    def add(self, key: K, one: W) -> None:
        """Keep it open from now on."""
        replaced = self._open.get(key)
        if replaced is not None:
            self._cancel(key)
            self._replaced.append((key, replaced))
        self._open[key] = one
        if replaced is not None:
            self.release(key, replaced)
        if self._drained:  # a request that was on its way: it must not hold up the end
            self.close(key)

    def release(self, key: K, one: W) -> None:
        """Close it after a while if no client uses it; at once if it has failed."""
        if one.wanted:
            return
        if self._open.get(key) is one:
            if one.failure is None and self._linger_s is not None:
                self._cancel(key)
                loop = asyncio.get_running_loop()
                self._closing[key] = loop.call_later(self._linger_s, self._close_unused, key)
            else:
                self.close(key)
        elif (key, one) in self._replaced:
            self._replaced.remove((key, one))
            self._end(key, one, None)

    def close(self, key: K, why: FramecastError | None = None) -> None:
        """Close it now, whether or not a client uses it."""
        self._cancel(key)
        self._end(key, self._open.pop(key), why)

    def drop_stream(self, stream: str, why: FramecastError) -> None:
        """Close all of a stream."""
        for key in [key for key in self._open if key[0] == stream]:
            self.close(key, why)

    def drain(self, why: FramecastError | None = None) -> None:
        """Close everything."""
        self._drained = True
        for key in tuple(self._open):
            self.close(key, why)
        replaced, self._replaced = self._replaced, []
        for key, one in replaced:
            self._end(key, one, why)

    def _close_unused(self, key: K) -> None:
        one = self._open.get(key)
        if one is not None and not one.wanted:
            self.close(key)

    def _end(self, key: K, one: W, why: FramecastError | None) -> None:
        one.close(why)
        self._on_closed(key, one)

    def _cancel(self, key: K) -> None:
        timer = self._closing.pop(key, None)
        if timer is not None:
            timer.cancel()
