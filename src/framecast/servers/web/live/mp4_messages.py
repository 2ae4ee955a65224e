"""How live MP4 is written into a send queue: what stands before a file, and each fragment of it.

Runs on the event loop. Messages of WebSockets on the viewer's own time line, numbered messages that are the same for all
viewers, or key frames as files of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from framecast.fanout.send_queue import Flow, SendQueue
from framecast.protocols.websocket import Opcode, framed
from framecast.servers.web.live.fragments import Fragments
from framecast.servers.web.live.live_mp4 import LiveMp4


class Mp4Messages(Protocol):
    """How a live MP4 is written into a send queue."""

    def begin(self, queue: SendQueue, mp4: LiveMp4) -> None:
        """Send what stands before a key frame of new coding."""

    def show(self, queue: SendQueue, flow: Flow, fragments: Fragments, mp4: LiveMp4) -> None:
        """Send fragments."""

    def signal(self, *, live: bool) -> None:
        """Say whether fresh pictures follow."""


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
        """Send fragments; the first ones are the beginning."""
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
        """Send fragments."""
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
        """Send a key frame, leave out everything else."""
        if fragments.opens and mp4.muxer is not None:
            picture = fragments.items[0]
            message = framed(Opcode.BINARY, mp4.muxer.init_segment + picture.whole(fragments.start_ns))
            queue.offer(flow, (message,), len(message), starts=True)

    def signal(self, *, live: bool) -> None:
        """Say it."""
        self._tell(type="framecast/signal", value={"live": live})
