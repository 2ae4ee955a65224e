"""What all clients share that want the same tracks in the same encoding: one log, filled by whatever reads the tracks.

Belongs to one event loop or thread, and knows neither: a server reads, encodes and appends, clients are woken and take.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from framecast.errors import FramecastError
from framecast.fanout.log import Limits, Log

M = TypeVar("M")


class Feed(Generic[M]):
    """A log and the clients that wait for it. `failure` is set when nothing more will come: Ended, or why it is not served."""

    def __init__(self, limits: Limits, tracks: int = 1) -> None:
        self.log: Log[M] = Log(limits, tracks)
        self.failure: FramecastError | None = None
        self.wakes: set[Callable[[], None]] = set()  # called when there is something to take

    def wake(self) -> None:
        """Tell all clients to look."""
        for wake in tuple(self.wakes):
            wake()

    def fail(self, why: FramecastError) -> None:
        """Nothing more will come. The first reason counts."""
        if self.failure is None:
            self.failure = why
            self.wake()
