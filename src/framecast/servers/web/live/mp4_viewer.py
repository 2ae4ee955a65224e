"""A viewer of a live MP4: a player, a wall, a file, a packager, a request that waits for one key frame. Event loop."""

from __future__ import annotations

from typing import Protocol

from framecast.errors import FramecastError
from framecast.servers.web.live.fragments import Fragments


class Mp4Viewer(Protocol):
    """What a live MP4 calls."""

    def begin(self) -> None:
        """What comes now is another coding: a new init segment, or nothing if not `LiveMp4.holds_video`. The viewer checks whether it can play that."""

    def show(self, fragments: Fragments) -> None:
        """The next fragments."""

    def fail(self, error: FramecastError) -> None:
        """Nothing more will come."""
