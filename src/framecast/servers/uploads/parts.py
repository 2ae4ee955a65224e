"""A body that comes in parts of any size, as the writer of an upload wants it: in its own memory. Event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator


class Parts:
    """The bytes of `parts`, in their order."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self._rest = memoryview(b"")

    async def read_into(self, room: memoryview) -> int:
        """Return how many bytes are in `room` now, 0 at the end. Raises what the iterator does."""
        while not self._rest:
            try:
                self._rest = memoryview(await anext(self._parts))
            except StopAsyncIteration:
                return 0
        count = min(len(room), len(self._rest))
        room[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def close(self) -> None:
        """Nothing is kept open."""
