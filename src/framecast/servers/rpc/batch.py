"""Records that travel in one message, made once for all who get it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Part: TypeAlias = "bytes | NDArray[np.uint8]"
# By track: how many records it has had so far, lost ones included.
Counts: TypeAlias = tuple[int, ...]
# By track: the message that describes it, b"" before its first record.
Heads: TypeAlias = tuple[bytes, ...]


class Batch:
    """A part of a feed's log. A client that had everything up to `before` has everything up to `after` with it.

    `starts` says that a client can begin here. `data` is the message; joined at its first use, because pictures that nobody
    has time for need not be copied. It is empty where a newer picture has taken its place.
    """

    __slots__ = ("_data", "_parts", "after", "before", "heads", "number", "records", "size", "starts")

    def __init__(
        self, number: int, heads: Heads, before: Counts, after: Counts, *, parts: Sequence[Part], starts: bool
    ) -> None:
        self.number = number
        self.heads = heads
        self.before = before
        self.after = after
        self.starts = starts
        self.records = len(parts) // 2  # a head and a payload each
        self.size = sum(map(len, parts))
        self._parts: Sequence[Part] = parts
        self._data = b""

    @property
    def data(self) -> bytes:
        """The message, ready to be sent."""
        if self._parts:
            self._data, self._parts = b"".join(self._parts), ()  # type: ignore[arg-type]  # arrays are buffers
        return self._data

    def supersede(self) -> None:
        """Let the records go: newer ones have come."""
        self._parts, self._data, self.size = (), b"", 0
        self.starts = False
