"""One connection in the node's event loop: messages in, messages out, never waiting for the other end.

A peer that sends nonsense, reads too slowly or is gone is closed, and its owner hears `on_close` once. Nobody
sends descriptors to the node: those that come are closed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.errors import FramecastError

# A peer that has not taken what was sent to it for so long is cut.
SLOW_S = 10.0
# The end of a connection is held back for so long, or until the other end has closed.
LINGER_S = 2.0

log = structlog.get_logger(__name__)


def _ignore(_fields: Fields) -> None:
    """Drop a message: what peers do before they have a role, and after."""


class Peer:
    """A channel of the loop. `on_message` and `on_close` may be replaced while it lives."""

    def __init__(self, channel: Channel) -> None:
        self.on_message: Callable[[Fields], None] = _ignore
        self.on_close: Callable[[], None] = lambda: None
        self.closed = False  # nothing more is said or heard; the socket may linger for what was said last
        self._channel = channel
        self._number = channel.fileno()  # kept, because a closed channel has forgotten it
        self._loop = asyncio.get_running_loop()
        self._released = False
        self._paused = False
        self._writing = False
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._number, self.drain)

    def credentials(self) -> tuple[int, int, int]:
        """Return (pid, uid, gid) of the other end."""
        return self._channel.peer_credentials()

    def send(self, fields: Fields, fds: Sequence[int] = ()) -> None:
        """Send, or queue what the socket does not take now; never raises. The caller keeps its descriptors."""
        if self.closed:
            return
        try:
            self._channel.send(fields, fds, escape=True)
        except (FramecastError, OSError):
            self.close()
            return
        if self._channel.wants_write and not self._writing:
            self._writing = True
            self._loop.add_writer(self._number, self._write)
            self._set_timer(SLOW_S, self._cut)

    def refuse(self, error: FramecastError) -> None:
        """Send an error and end the connection."""
        self.send({"error": type(error).__name__, "message": str(error)})
        self.finish()

    def finish(self) -> None:
        """End the connection, but let the other end read what was sent before it finds the socket closed."""
        if self.closed:
            return
        self.closed = True
        self.resume()
        self._set_timer(LINGER_S, self._release)
        self.on_close()

    def pause(self) -> None:
        """Read nothing until `resume`: the other end waits in its own send."""
        if not self._released and not self._paused:
            self._paused = True
            self._loop.remove_reader(self._number)

    def resume(self) -> None:
        """Read on."""
        if not self._released and self._paused:
            self._paused = False
            self._loop.add_reader(self._number, self.drain)

    def drain(self) -> bool:
        """Hand out the messages that are there; False where there were none."""
        if self._released:
            return False
        try:
            messages = self._channel.receive()
        except (FramecastError, OSError):
            self.close()
            return False
        for message in messages:
            for fd in message.fds:
                os.close(fd)
            if not self.closed:
                self.on_message(message.fields)
        return bool(messages)

    def drain_all(self) -> None:
        """Hand out what a process that has died left in the socket, and close."""
        while self.drain():
            pass
        self.close()

    def close(self) -> None:
        """End the connection now. Idempotent."""
        self._release()
        if not self.closed:
            self.closed = True
            self.on_close()

    def _release(self) -> None:
        if self._released:
            return
        self._released = True
        # A channel that broke while it sent has closed its socket already, and epoll minds; the loop forgets it all the same.
        with suppress(OSError):
            self._loop.remove_reader(self._number)
        with suppress(OSError):
            self._loop.remove_writer(self._number)
        if self._timer is not None:
            self._timer.cancel()
        self._channel.close()

    def _write(self) -> None:
        try:
            self._channel.flush()
        except (FramecastError, OSError):
            self.close()
            return
        if self._channel.wants_write:
            return
        self._writing = False
        self._loop.remove_writer(self._number)
        if self._timer is not None and not self.closed:
            self._timer.cancel()

    def _set_timer(self, after_s: float, action: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(after_s, action)

    def _cut(self) -> None:
        log.warning("a peer was cut: it does not read what it is sent")
        self.close()
