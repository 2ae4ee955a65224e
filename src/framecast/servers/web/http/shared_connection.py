"""A connection that this process shares with another one of the node, its neighbour: each answers the requests that are its own.

Between two requests the socket goes to the process that answers the next one, with the bytes that were read of it already. Event loop only.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from framecast.servers.web.http.connection import Connection


class Neighbour(Protocol):
    """The other process, as a connection sees it."""

    def take(self, connection: SharedConnection, data: bytes) -> bool:
        """Give it the connection if the request that begins with `data` is one of its own. Return whether the connection is not ours any more."""

    def serves(self, url: bytes) -> bool:
        """Return whether this process answers a request that has come together with the one before it."""


class SharedConnection(Connection):
    """`first` is what the neighbour has read of it. `given` is for `Connection`."""

    def __init__(self, *, neighbour: Neighbour, first: bytes = b"", **given: Any) -> None:  # noqa: ANN401
        super().__init__(**given)
        self._neighbour = neighbour
        self._first = first

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Go on with what the neighbour has read."""
        super().connection_made(transport)
        self.loop.call_soon(self._go_on)

    def data_received(self, data: bytes) -> None:
        """Look whose the request is, if one begins here."""
        if self._first:
            data, self._first = self._first + data, b""
        if not (self._is_between and self._neighbour.take(self, data)):
            super().data_received(data)

    def on_headers_complete(self) -> None:
        """End the connection behind the requests before, if this one has come together with them and is not ours."""
        if self._is_refused or self._neighbour.serves(self.url):
            super().on_headers_complete()
        else:
            self._end_behind()

    def leave(self) -> None:
        """Forget the connection: the neighbour has its socket from now on."""
        self.transport.set_protocol(asyncio.Protocol())
        self.transport.abort()
        self.connection_lost(None)

    @property
    def _is_between(self) -> bool:
        """True if the next byte begins a request, and all before it are answered."""
        is_busy = self.is_taken or self._in_request or self._received or self._is_refused or self._is_spare
        cycle: RequestResponseCycle | None = self.cycle
        return not is_busy and (cycle is None or cycle.response_complete)

    def _go_on(self) -> None:
        if self._first and not self.transport.is_closing():
            self.data_received(b"")

    def _end_behind(self) -> None:
        """Its client asks again on another connection (RFC 9112 section 9.3.2)."""
        self._is_refused = True
        last: RequestResponseCycle | None = self.pipeline[0][0] if self.pipeline else self.cycle
        if last is None or last.response_complete:
            self.transport.close()
        else:
            last.keep_alive = False
