"""Who watches a movie: a player, a wall, a file, a packager, somebody who waits for one key frame."""

from __future__ import annotations

from typing import Protocol

from framecast.errors import FramecastError
from framecast.servers.web.chunk import Chunk


class Watcher(Protocol):
    """Who watches a movie."""

    def begin(self) -> None:
        """A new init segment: what comes now is another coding. It must look whether it can play that."""

    def show(self, chunk: Chunk) -> None:
        """The next step."""

    def fail(self, error: FramecastError) -> None:
        """There will be no more."""
