"""What takes an HTTP connection over for a live view, and how the socket is prepared for that. Event loop only."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Protocol

# Linux holds back what TCP has not sent yet beyond this, so that a slow viewer's old pictures do not pile up there.
UNSENT_BYTES = 128 << 10
_NOTSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", 25)
# The kernel finds a viewer whose machine has vanished: by probes while nothing is sent, otherwise by data that is not
# acknowledged in time. (A late WebSocket pong proves nothing: it waits behind what the viewer has not read.)
_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", 4), 20),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPINTVL", 5), 10),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPCNT", 6), 3),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_USER_TIMEOUT", 18), 45_000),
)


class TransportOwner(Protocol):
    """A viewer or WebSocket that has taken a connection over. It is called when the connection can be written again, and when it is lost."""

    def on_data(self, data: bytes) -> None:
        """The other end has sent something."""

    def on_writable(self) -> None:
        """The transport, which was full, takes more."""

    def on_lost(self) -> None:
        """The other end is gone, or the connection was closed."""


def prepare(transport: asyncio.Transport) -> None:
    """Let a transport tell early that its other end is slow or gone."""
    sock = transport.get_extra_info("socket")
    if sock is not None:
        with contextlib.suppress(OSError):  # a UNIX socket has no TCP
            sock.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, UNSENT_BYTES)
            for level, option, value in _ALIVE:
                sock.setsockopt(level, option, value)
    transport.set_write_buffer_limits(high=0)
