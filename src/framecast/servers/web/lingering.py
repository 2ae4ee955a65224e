"""What is open because somebody watches it, and for a while longer, so that a page's reload finds it warm.

Event loop only. Keys begin with the stream's name. What has failed is never given again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any, Generic, Protocol, TypeVar

from framecast.errors import FramecastError

LINGER_S = 3.0


class Watched(Protocol):
    """A live JPEG or a live MP4. `failure` is set where it can never be served."""

    failure: FramecastError | None

    @property
    def wanted(self) -> bool:
        """True while somebody watches."""
        ...

    def close(self, why: FramecastError | None = None) -> None:
        """Let go of everything, and of everybody, who are told `why`."""


K = TypeVar("K", bound=tuple[str, Any])
W = TypeVar("W", bound=Watched)


class Lingering(Generic[K, W]):
    """Everything of one kind that is open. What nobody watches is closed after `linger_s`."""

    def __init__(self, linger_s: float = LINGER_S) -> None:
        self._linger_s = linger_s
        self._open: dict[K, W] = {}
        self._closing: dict[K, asyncio.TimerHandle] = {}
        self._drained = False

    def __len__(self) -> int:
        return len(self._open)

    def __iter__(self) -> Iterator[tuple[K, W]]:
        return iter(self._open.items())

    def find(self, key: K) -> W | None:
        """Return what is open and has not failed."""
        found = self._open.get(key)
        return found if found is not None and found.failure is None else None

    def add(self, key: K, one: W) -> None:
        """Keep it open from now on."""
        self._open[key] = one
        if self._drained:  # a request that was on its way: it must not hold up the end
            self._close(key)

    def release(self, key: K, one: W) -> None:
        """Close it after a while where nobody watches; at once where it has failed."""
        if one.wanted or self._open.get(key) is not one:
            return
        if one.failure is not None:
            self._close(key)
            return
        self._cancel(key)
        self._closing[key] = asyncio.get_running_loop().call_later(self._linger_s, self._close_unused, key)

    def drop_stream(self, stream: str, why: FramecastError) -> None:
        """Close all of a stream."""
        for key in [key for key in self._open if key[0] == stream]:
            self._close(key, why)

    def drain(self) -> None:
        """Close everything."""
        self._drained = True
        for key in tuple(self._open):
            self._close(key)

    def _close_unused(self, key: K) -> None:
        one = self._open.get(key)
        if one is not None and not one.wanted:
            self._close(key)

    def _close(self, key: K, why: FramecastError | None = None) -> None:
        self._cancel(key)
        self._open.pop(key).close(why)

    def _cancel(self, key: K) -> None:
        timer = self._closing.pop(key, None)
        if timer is not None:
            timer.cancel()
