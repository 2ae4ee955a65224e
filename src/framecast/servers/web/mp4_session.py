"""One viewer's part in a live MP4: finds the live MP4 that it can play, follows it, and finds another when that changes.

Runs on the event loop, as a task that ends when the viewer has what it wants, plus calls of the live MP4. What goes out has a
`Mp4Messages`: whole WebSocket messages on the viewer's own time line, numbered messages that are the same for all, or key frames.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from framecast.errors import FramecastError
from framecast.fanout.coding import Wanted
from framecast.fanout.send_queue import Flow, SendQueue
from framecast.protocols.websocket import Opcode, framed
from framecast.servers.web.fragments import Fragments
from framecast.servers.web.live_mp4 import LiveMp4
from framecast.servers.web.live_mp4s import LiveMp4s


class Mp4Messages(Protocol):
    """How a live MP4 is written into a send queue."""

    def begin(self, queue: SendQueue, mp4: LiveMp4) -> None:
        """Send what stands before a key frame of new coding."""

    def show(self, queue: SendQueue, flow: Flow, fragments: Fragments, mp4: LiveMp4) -> None:
        """Send a step."""

    def signal(self, *, live: bool) -> None:
        """Say whether what follows are fresh pictures."""


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
        """Watch no more. Idempotent."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._mp4 is not None:
            mp4, self._mp4 = self._mp4, None
            self._live_mp4s.leave(mp4, self)
            self._queue.leave(self._flow)

    def cut(self) -> None:
        """The viewer takes nothing and is cut."""
        self._live_mp4s.stats_of(self._stream).cut += 1

    # --- what the live MP4 says

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
        """Send a step."""
        assert self._mp4 is not None
        self._signal(self._mp4)
        self._messages.show(self._queue, self._flow, fragments, self._mp4)

    def fail(self, error: FramecastError) -> None:
        """Say that there will be no more."""
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
        for fragments in mp4.kept.fragments:
            self.show(fragments)  # as old or fresh as the newest of them
        if not mp4.kept.is_whole:
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
        return self._wanted.plays(native.video.codec, native.video_string)

    def _on_lost_group(self) -> None:
        self._live_mp4s.stats_of(self._stream).lost_groups += 1


class OwnTimeline:
    """WebSocket messages on a time line that begins with the viewer, as go2rtc's player expects it."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell
        self._zero_ns = -1

    def begin(self, queue: SendQueue, mp4: LiveMp4) -> None:
        """Say the media type and send the init segment."""
        assert mp4.muxer is not None
        self._tell(type="mse", value=mp4.muxer.mime)
        queue.send(framed(Opcode.BINARY, mp4.muxer.init_segment))

    def show(self, queue: SendQueue, flow: Flow, fragments: Fragments, mp4: LiveMp4) -> None:
        """Send a step; the first one is the beginning."""
        if self._zero_ns < 0:
            if not fragments.opens:
                return
            self._zero_ns = fragments.start_ns
        buffers, size = fragments.messages(self._zero_ns)
        queue.offer(flow, buffers, size, starts=fragments.opens)

    def signal(self, *, live: bool) -> None:
        """Say it."""
        self._tell(type="framecast/signal", value={"live": live})


class NumberedMessages:
    """Messages that begin with the live MP4's number, for many streams on one socket: the same bytes for all viewers."""

    def __init__(self, stream: str, tell: Callable[..., None]) -> None:
        self._stream = stream
        self._tell = tell

    def begin(self, queue: SendQueue, mp4: LiveMp4) -> None:
        """Say the media type and the number, and send the init segment."""
        assert mp4.muxer is not None
        self._tell(type="mse", src=self._stream, id=mp4.number, value=mp4.muxer.mime)
        init = mp4.number.to_bytes(4, "big") + mp4.muxer.init_segment
        queue.send(framed(Opcode.BINARY, init))

    def show(self, queue: SendQueue, flow: Flow, fragments: Fragments, mp4: LiveMp4) -> None:
        """Send a step."""
        message = fragments.numbered(mp4.number, self._stream)
        queue.offer(flow, (message,), len(message), starts=fragments.opens)

    def signal(self, *, live: bool) -> None:
        """Say it of this stream."""
        self._tell(type="framecast/signal", src=self._stream, value={"live": live})


class KeyFrames:
    """Each key frame as an MP4 file of its own, for browsers that play no live MP4."""

    def __init__(self, tell: Callable[..., None]) -> None:
        self._tell = tell

    def begin(self, queue: SendQueue, mp4: LiveMp4) -> None:
        """Say the media type."""
        assert mp4.muxer is not None
        self._tell(type="mse", value=mp4.muxer.mime)

    def show(self, queue: SendQueue, flow: Flow, fragments: Fragments, mp4: LiveMp4) -> None:
        """Send a key frame, pass over everything else."""
        if fragments.opens and mp4.muxer is not None:
            picture = fragments.items[0]
            message = framed(Opcode.BINARY, mp4.muxer.init_segment + picture.whole(fragments.start_ns))
            queue.offer(flow, (message,), len(message), starts=True)

    def signal(self, *, live: bool) -> None:
        """Say it."""
        self._tell(type="framecast/signal", value={"live": live})
