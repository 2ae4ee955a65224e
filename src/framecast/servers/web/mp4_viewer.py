"""Who watches a live MP4: a player, a wall, a file, a packager, somebody who waits for one key frame."""

from __future__ import annotations

from typing import Protocol

from framecast.errors import FramecastError
from framecast.servers.web.fragments import Fragments


class Mp4Viewer(Protocol):
    """Who watches a live MP4."""

    def begin(self) -> None:
        """A new init segment: what comes now is another coding. It must look whether it can play that."""

    def show(self, fragments: Fragments) -> None:
        """The next step."""

    def fail(self, error: FramecastError) -> None:
        """There will be no more."""
