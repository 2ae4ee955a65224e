"""The body of a request, read from the connection straight into memory of the one who wants it: no copy through the parser and through ASGI.

While the body comes, this stands between the transport and the connection. The transport gets no more room than the body has, so what the client sends behind it
stays in the kernel. Event loop only.
"""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from framecast.model import number
from framecast.servers.uploads.parts import Parts
from framecast.servers.web.http.connection import Connection, connection_of
from framecast.servers.web.http.request_clock import SHORT_BYTES

_WASTE = 64 << 10


class BodyReader(asyncio.BufferedProtocol):
    """The `left` bytes that the transport of `connection` has not brought yet, behind those that are in `cycle` already."""

    def __init__(self, connection: Connection, cycle: RequestResponseCycle, left: int) -> None:
        self._connection, self._cycle, self._left = connection, cycle, left
        self._before = memoryview(bytes(cycle.body))  # what the parser has seen of it
        cycle.body = bytearray()
        self._room = memoryview(b"")
        self._fill = 0
        connection.flow.pause_reading()
        connection.transport.set_protocol(self)
        if cycle.waiting_for_100_continue and not connection.transport.is_closing():
            connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            cycle.waiting_for_100_continue = False

    async def read_into(self, room: memoryview) -> int:
        """Fill `room` as far as the body goes.

        Raises:
            ClientDisconnect: nothing more comes of it, and what came was returned.
        """
        if self._before:
            count = min(len(room), len(self._before))
            room[:count], self._before = self._before[:count], self._before[count:]
            return count
        if not self._left:
            return 0
        self._room, self._fill = room[: self._left], 0
        event = self._cycle.message_event
        while self._fill < len(self._room) and not self._cycle.disconnected:
            event.clear()
            self._connection.flow.resume_reading()
            await event.wait()
        if not self._fill:
            raise ClientDisconnect
        if not self._left:
            self._connection.transport.set_protocol(self._connection)
            self._connection.go_on_behind_body()
        return self._fill

    def close(self) -> None:
        """Let the connection have what still comes. Idempotent."""
        if self._left:
            self._connection.flow.pause_reading()
            self._connection.transport.set_protocol(self._connection)
            self._connection.flow.resume_reading()

    # --- the transport

    def get_buffer(self, sizehint: int) -> memoryview:
        """Give it the room that is left; what comes after a refusal is thrown away."""
        return memoryview(bytearray(_WASTE)) if self._cycle.disconnected else self._room[self._fill :]

    def buffer_updated(self, nbytes: int) -> None:
        """Note that bytes have come."""
        if self._cycle.disconnected:
            return
        self._fill += nbytes
        self._left -= nbytes
        self._connection.hear()
        if self._fill == len(self._room):
            self._connection.flow.pause_reading()
            self._cycle.message_event.set()

    def eof_received(self) -> None:
        """The client sends nothing more."""
        self._connection.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone, or was cut off."""
        self._connection.connection_lost(exc)

    def pause_writing(self) -> None:
        """The transport is full."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """The transport takes more."""
        self._connection.resume_writing()


def body_of(request: Request) -> BodyReader | Parts:
    """Return the body of a request that is being answered. One that is short, of unknown length or encrypted comes through ASGI."""
    connection, cycle = connection_of(request.scope)
    length = request.headers.get("content-length", "")
    size = number.integer(length, 0, 1 << 62) if number.is_digits(length, 19) else 0
    left = size - len(cycle.body)
    is_plain = connection.transport.get_extra_info("sslcontext") is None
    if (
        size <= SHORT_BYTES
        or left <= 0
        or not is_plain
        or "transfer-encoding" in request.headers
        or not connection.is_early(cycle)
    ):
        return Parts(request.stream())
    return BodyReader(connection, cycle, left)
