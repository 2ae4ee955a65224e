"""One connection in the node's event loop: messages in and out, without ever waiting for the other end.

A connection is closed if the other end sends invalid data, reads too slowly or is gone; its owner gets `on_close` once. Nobody
sends descriptors to the node, so received ones are closed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.errors import FramecastError, error_to_json
from framecast.log import get_logger

if TYPE_CHECKING:
    from framecast.node.users import User
    from framecast.servers.access.principal import Requirement

# A connection is closed if the other end has not read its messages for this long.
SLOW_S = 10.0
# A connection that ends stays open for this long, or until the other end has closed it.
LINGER_S = 2.0

log = get_logger(__name__)


def _ignore(_fields: Fields) -> None:
    """Drop a message: the connection has no role yet, or no longer."""


class Connection:
    """A channel in the event loop. `on_message` and `on_close` may be replaced at any time."""

    def __init__(self, channel: Channel) -> None:
        self.on_message: Callable[[Fields], None] = _ignore
        self.on_close: Callable[[], None] = lambda: None
        self.on_drained: Callable[[], None] = lambda: None  # what was queued has been sent
        self.is_of_other_user = False
        # Of another user of this machine with an account (`users`): what it was admitted for, and what is called when its rights have changed.
        self.user: User | None = None
        self.claim: tuple[Requirement, str] | None = None
        self.on_rights: Callable[[], None] = lambda: None
        self.closed = False  # nothing more is sent or received; the socket may stay open for the last message
        self._channel = channel
        self._number = channel.fileno()  # kept, because a closed channel has forgotten it
        self._loop = asyncio.get_running_loop()
        self._released = False
        self._paused = False
        self._writing = False
        self._timer: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._number, self.drain)

    @property
    def is_congested(self) -> bool:
        """True while messages wait because the socket is full."""
        return self._writing

    def credentials(self) -> tuple[int, int, int]:
        """Return (pid, uid, gid) of the other end."""
        return self._channel.peer_credentials()

    def send(self, fields: Fields, fds: Sequence[int] = ()) -> None:
        """Send a message, or queue it while the socket is full; never raises. The caller keeps its descriptors."""
        if self.closed:
            return
        try:
            self._channel.send(fields, fds, escape=True)
        except (FramecastError, OSError):
            self._end_soon()
            return
        if self._channel.wants_write and not self._writing:
            self._writing = True
            self._loop.add_writer(self._number, self._write)
            self._set_timer(SLOW_S, self._cut)

    def refuse(self, error: FramecastError) -> None:
        """Send an error and end the connection."""
        self.send(error_to_json(error))
        self.finish()

    def finish(self) -> None:
        """End the connection after the other end has read what was sent to it, within `LINGER_S`."""
        if self.closed:
            return
        self.closed = True
        self.resume()
        self._set_timer(LINGER_S, self._release)
        self.on_close()

    def pause(self) -> None:
        """Read nothing until `resume`, so that the other end blocks in its send."""
        if not self._released and not self._paused:
            self._paused = True
            self._loop.remove_reader(self._number)

    def resume(self) -> None:
        """Read again after `pause`."""
        if not self._released and self._paused:
            self._paused = False
            self._loop.add_reader(self._number, self.drain)

    def drain(self) -> bool:
        """Deliver the messages that have arrived; return False if there were none."""
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
        """Deliver what a dead process left in the socket, then close."""
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
        # A channel that broke while sending has closed its socket already: epoll raises, but the loop removes the reader first.
        with suppress(OSError):
            self._loop.remove_reader(self._number)
        with suppress(OSError):
            self._loop.remove_writer(self._number)
        if self._timer is not None:
            self._timer.cancel()
        self._channel.close()

    def _end_soon(self) -> None:
        """Deliver what the other end has said before it went, then close: a source that fails says why, and ends at once."""
        if self._channel.closed:
            self.close()
        else:
            self._loop.call_soon(self.drain_all)

    def _write(self) -> None:
        try:
            self._channel.flush()
        except (FramecastError, OSError):
            self._end_soon()
            return
        if self._channel.wants_write:
            return
        self._writing = False
        self._loop.remove_writer(self._number)
        if self._timer is not None and not self.closed:
            self._timer.cancel()
        self.on_drained()

    def _set_timer(self, after_s: float, action: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(after_s, action)

    def _cut(self) -> None:
        log.warning("a connection was closed: the other end does not read its messages")
        self.close()
