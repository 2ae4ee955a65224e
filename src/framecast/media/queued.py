"""A thread that takes items in order, at most a few ahead: the stages of an encode work beside each other and hold little memory.

FFmpeg works without Python's lock. A failure of the thread is raised in the thread that puts or finishes; a stage that failed takes the rest and
drops it, so nobody waits for ever.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
_MOST_AHEAD = 4


class Queued(Generic[T]):
    """Calls `take` with each item, then `finish`, in a thread of its own."""

    def __init__(
        self, take: Callable[[T], None], finish: Callable[[], None], name: str, ahead: int = _MOST_AHEAD
    ) -> None:
        self._take, self._finish = take, finish
        self._items: queue.Queue[T | None] = queue.Queue(ahead)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: T) -> None:
        """Hand over an item; waits while the thread is behind.

        Raises:
            BaseException: what the thread failed with.
        """
        self._raise()
        self._items.put(item)

    def finish(self) -> None:
        """Wait until all items are taken and `finish` has run.

        Raises:
            BaseException: what the thread failed with.
        """
        self._items.put(None)
        self._thread.join()
        self._raise()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (item := self._items.get()) is not None:
            if self._error is None:
                self._attempt(lambda item=item: self._take(item))  # type: ignore[misc]
        if self._error is None:
            self._attempt(self._finish)

    def _attempt(self, action: Callable[[], None]) -> None:
        try:
            action()
        except BaseException as error:  # noqa: BLE001 (raised in the thread that waits)
            self._error = error
