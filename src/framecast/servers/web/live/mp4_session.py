"""One viewer's part in a live MP4: finds the live MP4 that it can play, follows it, and finds another when that changes.

Runs on the event loop, as a task that ends when the viewer has what it wants, plus calls of the live MP4. What goes out has a
`Mp4Messages`: whole WebSocket messages on the viewer's own time line, numbered messages that are the same for all, or key frames.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from framecast.errors import FramecastError
from framecast.fanout.coding import Wanted
from framecast.fanout.send_queue import Flow, SendQueue
from framecast.servers.web.live.fragments import Fragments
from framecast.servers.web.live.live_mp4 import LiveMp4
from framecast.servers.web.live.live_mp4s import LiveMp4s
from framecast.servers.web.live.mp4_messages import Mp4Messages


class Mp4Session:
    """Follows a live MP4 of `stream` that `wanted` can play, from `start` until `close`."""

    def __init__(
        self,
        live_mp4s: LiveMp4s,
        stream: str,
        messages: Mp4Messages,
        on_failed: Callable[[FramecastError], None],
    ) -> None:
        self._live_mp4s = live_mp4s
        self._stream = stream
        self._messages = messages
        self._on_failed = on_failed
        self._wanted = Wanted({}, anything=True)
        self._mp4: LiveMp4 | None = None
        self._queue: SendQueue
        self._task: asyncio.Task[None] | None = None
        self._flow = Flow(self._on_lost_group)
        self._live = True  # as the viewer takes it, until it hears something else

    def start(self, queue: SendQueue, wanted: Wanted) -> None:
        """Begin to watch."""
        self._queue, self._wanted = queue, wanted
        self._run(self._find())

    def close(self) -> None:
        """Stop watching. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._mp4 is not None:
            mp4, self._mp4 = self._mp4, None
            self._live_mp4s.leave(mp4, self)
            self._queue.leave(self._flow)

    def cut(self) -> None:
        """The viewer takes nothing, and is cut."""
        self._live_mp4s.stats_of(self._stream).cut += 1

    # --- calls of the live MP4

    def begin(self) -> None:
        """Go on with the new coding, or find another mp4."""
        mp4 = self._mp4
        assert mp4 is not None
        if not self._plays(mp4):
            self.close()
            self._run(self._find())
            return
        self._flow.skipping = True
        self._messages.begin(self._queue, mp4)

    def show(self, fragments: Fragments) -> None:
        """Send fragments."""
        assert self._mp4 is not None
        self._signal(self._mp4)
        self._messages.show(self._queue, self._flow, fragments, self._mp4)

    def fail(self, error: FramecastError) -> None:
        """Say that nothing more will come."""
        self.close()
        self._on_failed(error)

    # --- private

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        self._task = asyncio.create_task(work, name=f"mp4_session {self._stream}")

    async def _find(self) -> None:
        try:
            await self._live_mp4s.find(self._stream, self._wanted, self._join)
        except FramecastError as error:
            self._task = None
            self.fail(error)
            return
        self._task = None

    def _join(self, mp4: LiveMp4) -> Mp4Session:
        """Begin with what is kept, so that there is a picture at once."""
        self._mp4 = mp4
        self._flow.skipping = True
        self._messages.begin(self._queue, mp4)
        for fragments in mp4.log.kept():
            self.show(fragments)  # as old or fresh as the newest of them
        if not mp4.log.is_whole:
            self._flow.skipping = True
        return self

    def _signal(self, mp4: LiveMp4) -> None:
        """What was kept, because the source has stopped since, is no sign of life."""
        live = not mp4.is_old
        if live is not self._live:
            self._live = live
            self._messages.signal(live=live)

    def _plays(self, mp4: LiveMp4) -> bool:
        native = mp4.native
        if native is None or native.video is None or mp4.choice.video is None:
            return True
        return mp4.holds_video and self._wanted.plays(native.video.codec, native.video_string)

    def _on_lost_group(self) -> None:
        self._live_mp4s.stats_of(self._stream).lost_groups += 1
