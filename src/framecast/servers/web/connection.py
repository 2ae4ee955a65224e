"""One HTTP connection: uvicorn's protocol, plus the one thing ASGI cannot do: hand the socket to a viewer.

A live view never ends, and goes to many viewers as the very same bytes. Through ASGI each picture costs each viewer
a task switch, a chunk header and a copy. So the route answers by handing the transport over, and its task ends.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import Protocol, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

EXTENSION = "framecast.connection"
# Linux holds back what TCP has not sent yet beyond this, so that a slow viewer's old pictures do not pile up there.
UNSENT_BYTES = 128 << 10
_NOTSENT_LOWAT = getattr(socket, "TCP_NOTSENT_LOWAT", 25)
# A viewer whose machine has gone without a word is found by the kernel: by probes while nothing is sent, else by what is
# not acknowledged for so long. (A WebSocket's pong may be late for no fault: it waits behind what the viewer has not read.)
_ALIVE = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPIDLE", 4), 20),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPINTVL", 5), 10),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_KEEPCNT", 6), 3),
    (socket.IPPROTO_TCP, getattr(socket, "TCP_USER_TIMEOUT", 18), 45_000),
)


class Guest(Protocol):
    """Who a connection was handed to: hears when it can be written again, and when it is lost."""

    def on_data(self, data: bytes) -> None:
        """The other end has sent something."""

    def on_writable(self) -> None:
        """The transport, which was full, takes more."""

    def on_lost(self) -> None:
        """The other end is gone, or the connection was closed."""


class Connection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol whose responses can be taken over by a `Guest`."""

    _guest: Guest | None = None

    def on_headers_complete(self) -> None:
        """Put this connection and the request's own cycle into the scope (pipelined requests have others)."""
        scope = self.scope
        super().on_headers_complete()
        scope["extensions"] = {EXTENSION: {"connection": self, "cycle": self.cycle}}

    def hand_over(self, cycle: RequestResponseCycle, guest: Guest) -> asyncio.Transport | None:
        """Give the transport to `guest` for the rest of its life; None where the other end is gone already.

        The request counts as answered, so uvicorn neither completes it nor waits for it when it shuts down.
        """
        if self.transport.is_closing() or cycle.disconnected:
            return None
        cycle.response_started = cycle.response_complete = True
        self._guest = guest
        self._unset_keepalive_if_required()
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):  # a UNIX socket has no TCP
                sock.setsockopt(socket.IPPROTO_TCP, _NOTSENT_LOWAT, UNSENT_BYTES)
                for level, option, value in _ALIVE:
                    sock.setsockopt(level, option, value)
        self.transport.set_write_buffer_limits(high=0)
        return self.transport

    def data_received(self, data: bytes) -> None:
        """Bytes are HTTP until somebody has taken the connection over."""
        if self._guest is None:
            super().data_received(data)
        else:
            self._guest.on_data(data)

    def _should_upgrade(self) -> bool:
        """Never here: a request for a WebSocket is a request like any other, and its route takes the connection over."""
        return False

    def _unsupported_upgrade_warning(self) -> None:
        """That is none: other upgrades (h2c) are answered as plain HTTP/1.1, as RFC 9110 section 7.8 allows."""

    def resume_writing(self) -> None:
        """Tell the guest that the transport takes more."""
        super().resume_writing()
        if self._guest is not None:
            self._guest.on_writable()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the guest, once."""
        super().connection_lost(exc)
        guest, self._guest = self._guest, None
        if guest is not None:
            guest.on_lost()


def connection_of(scope: Scope) -> tuple[Connection, RequestResponseCycle]:
    """Return the connection on which a request came, and its cycle."""
    found = scope["extensions"][EXTENSION]
    return cast("tuple[Connection, RequestResponseCycle]", (found["connection"], found["cycle"]))
