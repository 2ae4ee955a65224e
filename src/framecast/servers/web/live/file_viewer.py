"""A viewer that gets a live MP4 as one MP4 file without end, or of some length: `<video src>`, FFmpeg, VLC, curl.

Runs on the event loop as the owner of a connection's transport. The file begins at zero with a key frame. A viewer that does not keep
up loses whole groups of pictures. If the stream comes back in another coding, which one file cannot hold, the file ends.
"""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from framecast.clock import NS
from framecast.errors import FramecastError
from framecast.fanout.send_queue import Flow, SendQueue
from framecast.servers.upkeep import Upkeep
from framecast.servers.web.http.answers import SECURITY_HEADERS
from framecast.servers.web.http.connection import take_over
from framecast.servers.web.live.fragments import Fragments
from framecast.servers.web.live.live_mp4 import LiveMp4
from framecast.servers.web.live.live_mp4s import LiveMp4s


class FileViewer:
    """One such viewer of `mp4`, for `duration_s` of it; 0 is without end."""

    def __init__(self, live_mp4s: LiveMp4s, mp4: LiveMp4, upkeep: Upkeep, duration_s: float) -> None:
        self._live_mp4s = live_mp4s
        self._mp4 = mp4
        self._upkeep = upkeep
        self._length_ns = int(duration_s * NS)
        self._zero_ns = -1
        self._transport: asyncio.Transport | None = None
        self._queue: SendQueue
        self._flow = Flow(self._on_lost_group)
        self._is_over = False

    def start(self, transport: asyncio.Transport, head: bytes) -> None:
        """Write the head of the answer, the init segment and what is kept."""
        self._transport, self._queue = transport, SendQueue(transport)
        self._upkeep.add(self)
        if self._mp4.muxer is None or self._mp4.failure is not None:
            transport.close()
            return
        self._queue.send(head + self._mp4.muxer.init_segment)
        for fragments in self._mp4.log.kept():
            self.show(fragments)
        if not self._mp4.log.is_whole:
            self._flow.skipping = True

    # --- the live MP4

    def begin(self) -> None:
        """The stream continues in another coding: the file ends."""
        self._finish()

    def show(self, fragments: Fragments) -> None:
        """Write fragments."""
        if self._transport is None or self._is_over:
            return
        if self._zero_ns < 0:
            if not fragments.opens:
                return
            self._zero_ns = fragments.start_ns
        if self._length_ns and fragments.start_ns - self._zero_ns >= self._length_ns:
            self._finish()
            return
        buffers, size = fragments.buffers(self._zero_ns)
        self._queue.offer(self._flow, buffers, size, starts=fragments.opens)

    def fail(self, error: FramecastError) -> None:
        """Nothing more will come."""
        self._finish()

    # --- the connection

    def on_data(self, data: bytes) -> None:
        """A viewer sends nothing more."""

    def on_writable(self) -> None:
        """The transport takes more."""
        self._queue.on_writable()
        if self._is_over:
            self._finish()

    def on_lost(self) -> None:
        """The connection has ended."""
        self._transport = None
        self._live_mp4s.leave(self._mp4, self)
        self._upkeep.discard(self)

    def check(self) -> None:
        """Cut the connection if nothing is read."""
        if self._transport is not None and not self._queue.check():
            self._live_mp4s.stats_of(self._mp4.stream).cut += 1
            self._transport.abort()

    def let_go(self) -> None:
        """The server is stopping."""
        if self._transport is not None:
            self._transport.close()

    def _finish(self) -> None:
        """End the file when all of it has been handed over."""
        self._is_over = True
        if self._transport is not None and not self._queue.waiting_bytes:
            self._transport.close()

    def _on_lost_group(self) -> None:
        self._live_mp4s.stats_of(self._mp4.stream).lost_groups += 1


class FileResponse(Response):
    """Begins such a file. It is over for uvicorn as soon as it has begun."""

    def __init__(self, viewer: FileViewer, media_type: str, headers: dict[str, str]) -> None:
        super().__init__(media_type=media_type, headers=headers)
        self._viewer = viewer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the connection over; a client that has left meanwhile is forgotten."""
        transport = take_over(scope, self._viewer)
        if transport is None:
            return
        # HTTP/1.1 without a length and with `Connection: close` ends with the connection (RFC 9112 section 6.3).
        own = [header for header in self.raw_headers if header[0] != b"content-length"]
        lines = [*own, *_HEADERS, *SECURITY_HEADERS]
        head = b"".join((b"HTTP/1.1 200 OK\r\n", *(b"%s: %s\r\n" % line for line in lines), b"\r\n"))
        self._viewer.start(transport, head)


_HEADERS = (
    (b"cache-control", b"no-store, no-transform"),
    (b"connection", b"close"),
    (b"x-accel-buffering", b"no"),  # nginx would hold it back
    (b"cross-origin-resource-policy", b"cross-origin"),
)
