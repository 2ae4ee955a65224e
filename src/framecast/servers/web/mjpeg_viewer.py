"""One MJPEG viewer: writes the newest picture to its transport, and never queues a second one behind it.

Runs on the event loop. A viewer that is still busy with a picture skips what comes and gets the newest when it is
done, so its memory is one picture, shared with everybody else.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from framecast.protocols.websocket import Code, Opcode, closing, framed
from framecast.servers.web.jpeg_picture import EAGER_OPENING, OPENING, JpegPicture

# A viewer that has taken no byte for so long is gone or stopped.
STUCK_S = 30.0
# Shown this much before it is due, so that jitter does not halve the rate that was asked for.
_EARLY = 0.1


@dataclass(slots=True)
class ViewerStats:
    """What one viewer, or all viewers of a stream, got."""

    shown: int = 0
    skipped: int = 0
    cut: int = 0


@dataclass(frozen=True, slots=True)
class MjpegOptions:
    """How a viewer wants its pictures: at most `max_fps` (0 is all), and `eager` for Chromium (see `part`)."""

    max_fps: float = 0.0
    eager: bool = False


class MjpegViewer:
    """Someone who looks. `newest` gives the part to show now; `on_gone` is called once when the viewer has left."""

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
        self._interval_s = 1 / options.max_fps if options.max_fps else 0.0
        self._due = 0.0
        self._transport: asyncio.Transport | None = None
        self._shown: JpegPicture | None = None
        self._waiting_bytes = 0
        self._progress_at = clock()

    def begin(self, transport: asyncio.Transport, head: bytes) -> None:
        """Write the head of the answer and the newest picture, in one packet where they fit."""
        self._transport = transport
        head += EAGER_OPENING if self._eager else OPENING
        part = self._newest()
        if part is None:
            transport.write(head)
            return
        self._write(transport, part, head + self._bytes(part))

    def show(self, part: JpegPicture) -> None:
        """Write a picture, or skip it: for a viewer who is busy, or who asked for fewer."""
        transport = self._transport
        if transport is None or part is self._shown:
            return
        if transport.get_write_buffer_size():
            self._stats.skipped += 1
            return
        if self._interval_s and not self._is_due(part):
            return
        self._write(transport, part, self._bytes(part))

    def check(self) -> None:
        """Cut the connection where nothing was taken for `STUCK_S`. Called now and then."""
        transport = self._transport
        if transport is None:
            return
        waiting, now = transport.get_write_buffer_size(), self._clock()
        if waiting != self._waiting_bytes or not waiting:
            self._waiting_bytes, self._progress_at = waiting, now
        elif now - self._progress_at >= STUCK_S:
            self._stats.cut += 1
            transport.abort()

    def close(self) -> None:
        """End the connection, without waiting for a viewer who does not read."""
        if self._transport is not None:
            if self._transport.get_write_buffer_size():
                self._transport.abort()
            else:
                self._transport.close()

    def on_writable(self) -> None:
        """The last picture is through: show the newest, where that is another."""
        part = self._newest()
        if part is not None:
            self.show(part)

    def on_data(self, data: bytes) -> None:
        """A viewer has nothing more to say."""

    def on_lost(self) -> None:
        """The connection has ended."""
        self._transport = self._shown = None
        self._on_gone(self)

    def _write(self, transport: asyncio.Transport, part: JpegPicture, data: bytes) -> None:
        self._shown = part
        self._waiting_bytes = 0
        self._progress_at = self._clock()
        self._stats.shown += 1
        transport.write(data)

    def _bytes(self, part: JpegPicture) -> bytes:
        return part.eager if self._eager else part.data

    def _is_due(self, part: JpegPicture) -> bool:
        """Keep the average rate that was asked for; news about the signal is always due."""
        now = part.at_ns / 1e9
        if part.live and now < self._due - self._interval_s * _EARLY:
            return False
        late = now - self._due > self._interval_s
        self._due = (now if late else self._due) + self._interval_s
        return True


class MessageViewer(MjpegViewer):
    """The same on a WebSocket, each picture a message. Whoever owns the socket calls `on_writable` and `on_lost`.

    A picture cannot say that it shows "no signal": before the first, and where that changes, a text message does.
    """

    _live: bool | None = None

    def attach(self, transport: asyncio.Transport) -> None:
        """Begin with the newest picture."""
        self._transport = transport
        transport.set_write_buffer_limits(high=0)
        self.on_writable()

    def close(self) -> None:
        """Say that it is over, and end the connection."""
        if self._transport is not None and not self._transport.get_write_buffer_size():
            self._transport.write(closing(Code.GOING_AWAY, "the pictures have ended"))
        super().close()

    def _bytes(self, part: JpegPicture) -> bytes:
        if part.live is self._live:
            return part.message
        self._live = part.live
        return _signal(live=part.live) + part.message


def _signal(*, live: bool) -> bytes:
    """Return the WebSocket message that says whether what follows are fresh pictures."""
    text = json.dumps({"type": "framecast/signal", "value": {"live": live}})
    return framed(Opcode.TEXT, text.encode())
