"""The last picture of each stream, for pages that are opened while its source is away. Runs in the node's loop.

Kept in memory only, and bounded in bytes: the pictures that were not replaced for the longest time go first.
"""

from __future__ import annotations

from framecast.clock import NS
from framecast.model.last_picture import LastPicture

TOTAL_BYTES = 32 << 20


class LastPictures:
    """One picture for each name, at most `total_bytes` together."""

    def __init__(self, total_bytes: int = TOTAL_BYTES) -> None:
        self._total_bytes = total_bytes
        self._bytes = 0
        self._pictures: dict[str, LastPicture] = {}

    def keep(self, name: str, picture: LastPicture) -> None:
        """Keep the picture of a stream in place of an earlier one."""
        self.forget(name)
        self._pictures[name] = picture
        self._bytes += len(picture.jpeg)
        while self._bytes > self._total_bytes:
            self.forget(next(iter(self._pictures)))

    def find(self, name: str) -> LastPicture | None:
        """Return the picture of a stream, None if there is none."""
        return self._pictures.get(name)

    def time_of(self, name: str) -> float | None:
        """Return when the picture of a stream was captured (UTC s), None if there is none."""
        picture = self._pictures.get(name)
        return None if picture is None else picture.captured_at / NS

    def forget(self, name: str) -> None:
        """Keep nothing of a stream: it was removed, or shows something else now."""
        gone = self._pictures.pop(name, None)
        if gone is not None:
            self._bytes -= len(gone.jpeg)
