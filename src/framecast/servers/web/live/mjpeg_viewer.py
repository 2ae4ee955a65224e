"""One MJPEG viewer: its pictures go through a send queue of which only the newest waits, behind the one that is on its way.

Runs on the event loop. A viewer that is still busy with a picture skips what comes and gets the newest when it is ready, so
its memory is two pictures, shared with all other viewers. `max_fps` is kept on average.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from framecast.fanout.loss import Loss
from framecast.fanout.pace import Pace
from framecast.fanout.send_queue import Bounds, Flow, SendQueue
from framecast.protocols.websocket import Code, Opcode, closing, framed
from framecast.servers.web.live.jpeg_picture import EAGER_OPENING, OPENING, JpegPicture

# A picture is given to the transport when that is empty: what waits behind it can be replaced by a newer one.
_BOUNDS = Bounds(held=64 << 20, transport=0)


@dataclass(slots=True)
class ViewerStats:
    """What one viewer, or all viewers of a stream, got."""

    shown: int = 0
    skipped: int = 0
    cut: int = 0


@dataclass(frozen=True, slots=True)
class MjpegOptions:
    """How a viewer wants its pictures: at most `max_fps` (0 is all), and `eager` for Chromium (see `jpeg_picture`)."""

    max_fps: float = 0.0
    eager: bool = False


class MjpegViewer:
    """A viewer. `newest` gives the picture to show now; `on_gone` is called once when the viewer has left."""

    def __init__(
        self,
        newest: Callable[[], JpegPicture | None],
        on_gone: Callable[[MjpegViewer], None],
        stats: ViewerStats,
        options: MjpegOptions,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._newest = newest
        self._on_gone = on_gone
        self._stats = stats
        self._clock = clock
        self._eager = options.eager
        self._pace = Pace(options.max_fps) if options.max_fps else None
        self._flow = Flow(lambda: None, Loss.NEWEST)
        self._transport: asyncio.Transport | None = None
        self._queue: SendQueue
        self._shown: JpegPicture | None = None  # the newest that was offered
        self._written: JpegPicture | None = None

    def begin(self, transport: asyncio.Transport, head: bytes) -> None:
        """Write the head of the answer and the newest picture, in one packet if they fit."""
        self._attach(transport)
        head += EAGER_OPENING if self._eager else OPENING
        picture = self._newest()
        if picture is None:
            self._queue.send(head)
        else:
            self._offer(picture, head + self._bytes(picture))

    def show(self, picture: JpegPicture) -> None:
        """Send a picture, or skip it: for a viewer that is busy, or wants fewer."""
        if self._transport is None or picture is self._shown:
            return
        # What changes the signal is always due.
        if self._pace is None or self._pace.is_due(picture.at_ns / 1e9, always=not picture.live):
            self._offer(picture, self._bytes(picture))

    def check(self) -> None:
        """Cut the connection if nothing was taken for long. Called now and then."""
        if self._transport is not None and not self._queue.check():
            self._stats.cut += 1
            self._transport.abort()

    def close(self) -> None:
        """End the connection, without waiting for a viewer that does not read."""
        if self._transport is not None:
            if self._queue.held_bytes:
                self._transport.abort()
            else:
                self._transport.close()

    def on_writable(self) -> None:
        """The last picture has left: the newest one is next."""
        if self._transport is not None and self._queue.waiting_bytes:
            self._queue.on_writable()
            self._written = self._shown
            self._stats.shown += 1

    def on_data(self, data: bytes) -> None:
        """A viewer has nothing more to say."""

    def on_lost(self) -> None:
        """The connection has ended."""
        self._transport = self._shown = self._written = None
        self._on_gone(self)

    def _attach(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._queue = SendQueue(transport, self._clock, _BOUNDS)

    def _offer(self, picture: JpegPicture, data: bytes) -> None:
        self._shown = picture
        if self._queue.offer(self._flow, (data,), len(data)):
            self._written = picture
            self._stats.shown += 1
        else:
            self._stats.skipped += 1

    def _bytes(self, picture: JpegPicture) -> bytes:
        return picture.eager if self._eager else picture.data


class MessageViewer(MjpegViewer):
    """The same on a WebSocket, each picture a message. The owner of the socket calls `on_writable` and `on_lost`.

    A picture does not say whether it shows "no signal": before the first one, and when that changes, a text message does.
    """

    def attach(self, transport: asyncio.Transport) -> None:
        """Begin with the newest picture."""
        self._attach(transport)
        picture = self._newest()
        if picture is not None:
            self.show(picture)

    def close(self) -> None:
        """Send a close frame, and end the connection."""
        if self._transport is not None and not self._queue.held_bytes:
            self._transport.write(closing(Code.GOING_AWAY, "the pictures have ended"))
        super().close()

    def _bytes(self, picture: JpegPicture) -> bytes:
        if self._written is not None and picture.live is self._written.live:
            return picture.message
        return _signal(live=picture.live) + picture.message


def _signal(*, live: bool) -> bytes:
    """Return the WebSocket message that says whether what follows are fresh pictures."""
    text = json.dumps({"type": "framecast/signal", "value": {"live": live}})
    return framed(Opcode.TEXT, text.encode())
