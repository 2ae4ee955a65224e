"""One HTTP connection: uvicorn's protocol with limits, and with the one thing ASGI cannot do: hand the socket to a viewer.

A live view never ends, and goes to many viewers as the very same bytes. Through ASGI each picture costs each viewer
a task switch, a chunk header and a copy. So the route answers by handing the transport over, and its task ends.

uvicorn is used by its public names and one private one (`_unsupported_upgrade_warning`); a test compares them with the version that
is installed, and pyproject.toml bounds the version.

Before any route sees a request, its URL, its headers and the time that it takes to come are bounded, and so is the time in
which a client takes an answer. A request beyond a limit gets an answer that says which, and its connection ends.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httptools
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from framecast.servers.access.registry import Registry
from framecast.servers.web.http.request_clock import REQUEST_S, SILENT_S, RequestClock, is_short
from framecast.servers.web.http.requests import Requests, refusal_of
from framecast.servers.web.http.transport_owner import TransportOwner, prepare

MAX_URL_BYTES = 8 << 10
MAX_HEAD_BYTES = 32 << 10
MAX_HEADERS = 100
# An answer of which a client takes nothing is given up after this time.
UNREAD_S = 30.0
# Requests that a client may send ahead of their answers.
MAX_PIPELINED = 32
# After a refusal the rest of the request is read and thrown away for a moment: a reset would destroy the refusal on its way.
_LINGER_S = 2.0
_LINGER_BYTES = 1 << 20
# Health checks are answered even when viewers fill the server: this many connections more are let in for them.
SPARE = 16
_HEALTH = (b"/healthz", b"/readyz")

EXTENSION = "framecast.connection"


class Connection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol with limits, whose responses can be taken over by a `TransportOwner`.

    `registry` holds all connections of the server, `requests` counts those beyond a limit; `server` is what uvicorn gives a protocol.
    """

    def __init__(
        self,
        *,
        registry: Registry,
        requests: Requests,
        request_s: float = REQUEST_S,
        unread_s: float = UNREAD_S,
        silent_s: float = SILENT_S,
        **server: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(**server)
        self._registry = registry
        self._requests = requests
        self._clock = RequestClock(self._on_late, lambda: not self.flow.read_paused, request_s, silent_s)
        self._unread_s = unread_s
        self._owner: TransportOwner | None = None
        self._lingering: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None
        self._is_refused = False
        self._is_spare = False  # the server is full: only health checks are answered here
        self._in_head = True  # the next byte belongs to the head of a request
        self._in_request = False  # a request has begun, and is not here as a whole
        self._ends_early = False  # the answer is complete before the request, and ends the connection
        self._received = 0  # bytes since the head began; after a refusal, bytes thrown away
        self._head_bytes = 0  # of URL, names and values
        self._headers = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        if not self._registry.enter(self, self.client[0] if self.client else ""):
            transport.abort()
            return
        self._is_spare = self._registry.is_full
        self._clock.run(self.loop)

    def give_way(self) -> None:
        """Close: the server is full, and no request is being answered here."""
        self.transport.abort()

    def end(self) -> None:
        """Close: the client may not stay."""
        self.transport.abort()

    def on_url(self, url: bytes) -> None:
        """Count a part of the URL."""
        self._head_bytes += len(url)
        if self._head_bytes <= MAX_URL_BYTES:
            super().on_url(url)
        else:
            self._refuse(414, f"a URL may have at most {MAX_URL_BYTES} bytes")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header. One that comes behind the body (a trailer) changes nothing that was checked before."""
        self._headers += 1
        self._head_bytes += len(name) + len(value)
        if self._headers > MAX_HEADERS or self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(
                431,
                f"a request may have at most {MAX_HEADERS} headers, and {MAX_HEAD_BYTES} bytes before its body",
            )
        elif self._in_head:
            super().on_header(name, value)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_request = True
        self._head_bytes = self._headers = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Put this connection and the request's own cycle into the scope (pipelined requests have others)."""
        self._in_head = False
        if self._is_refused:
            return
        if len(self.pipeline) >= MAX_PIPELINED:
            self._refuse(429, f"at most {MAX_PIPELINED} requests may be sent ahead of their answers")
            return
        if self._is_spare and not self.url.partition(b"?")[0].endswith(_HEALTH):
            self._refuse(503, "the server has no room for another connection: try again later")
            return
        scope = self.scope
        super().on_headers_complete()
        scope["extensions"] = {EXTENSION: {"connection": self, "cycle": self.cycle}}

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """A whole request is here."""
        self._in_head = True
        self._in_request = False
        self._clock.stop()
        self._received = 0
        if not self._is_refused:
            self._registry.serve(self)
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer is complete: the next request is answered, or waited for."""
        super().on_response_complete()
        if self.cycle.response_complete:
            self._registry.wait(self)
        if self._ends_early:
            self._linger()

    def admit_body(self) -> None:
        """Let the body of the request that is being answered take its time. Its route bounds its size."""
        if self._in_request and not self._is_refused:
            self._clock.admit(self.loop)
            self._registry.serve(self)

    def hear(self) -> None:
        """Note that something of the body has come that the parser does not see."""
        self._clock.hear(self.loop)

    def go_on_behind_body(self) -> None:
        """Read requests again, behind a body of which the parser has not seen the end."""
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        self.on_message_complete()

    def is_early(self, cycle: RequestResponseCycle) -> bool:
        """Return whether an answer now would be given long before its request has ended."""
        return cycle is self.cycle and self._in_request and cycle.more_body and not is_short(self.headers)

    def end_early(self, cycle: RequestResponseCycle) -> None:
        """End the connection behind the answer that has begun, without reading the rest of the request."""
        self._ends_early = True
        cycle.keep_alive = (
            True  # uvicorn would close at once, and a reset would destroy the answer on its way
        )

    def cut(self, cycle: RequestResponseCycle, message: str) -> None:
        """Answer a request whose body is still coming by a Conflict, and end the connection."""
        if cycle is self.cycle and self._in_request and not cycle.response_started:
            self._refuse(409, message, "Conflict")

    @property
    def is_taken(self) -> bool:
        """True while a viewer has this connection."""
        return self._owner is not None

    def hand_over(self, cycle: RequestResponseCycle, owner: TransportOwner) -> asyncio.Transport | None:
        """Give the transport to `owner` for the rest of its life; None if the other end is already gone.

        The request counts as answered, so uvicorn neither completes it nor waits for it when it shuts down.
        """
        if self.transport.is_closing() or cycle.disconnected:
            return None
        cycle.response_started = cycle.response_complete = True
        self._owner = owner
        self._stop_keep_alive()
        self._stop_clocks()
        prepare(self.transport)
        return self.transport

    def data_received(self, data: bytes) -> None:
        """Bytes are HTTP until somebody has taken the connection over."""
        if self._owner is not None:
            self._owner.on_data(data)
            return
        self._received += len(data)
        self._clock.hear(self.loop)
        if self._is_refused:
            if self._received > _LINGER_BYTES:
                self.transport.abort()
            return
        super().data_received(data)
        if self._in_head and self._received > MAX_HEAD_BYTES:
            self._refuse(431, f"a request may have at most {MAX_HEAD_BYTES} bytes before its body")
        self._set_clock()

    def eof_received(self) -> None:
        """The other end sends nothing more: after a refusal nothing is left to wait for."""
        super().eof_received()
        if self._is_refused:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Say that this is no HTTP, as every error is said here."""
        self._refuse(400, "this is not a request of HTTP/1.1")

    def _refuse(self, status: int, message: str, error: str = "Invalid") -> None:
        """Answer in place of the routes, and end the connection. Only the first refusal of a connection is said."""
        if self._is_refused:
            return
        self._is_refused = True
        self._requests.refused[status] += 1
        # A write to a client that is gone would raise in the request that refuses, which may be another one.
        if not self._can_answer() or self.transport.is_closing():
            self.transport.abort()
            return
        self.transport.write(refusal_of(status, error, message))
        self._linger()

    def _linger(self) -> None:
        """Send nothing more, and throw away for a moment what still comes."""
        self._is_refused = True
        self._received = 0
        self._stop_clocks()
        self._stop_keep_alive()
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._lingering = self.loop.call_later(_LINGER_S, self.transport.abort)

    def _can_answer(self) -> bool:
        """Take the answer away from a route that has not begun it. False if an earlier answer is in progress."""
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            return True
        if cycle.response_started or self.pipeline:
            return False
        cycle.disconnected = True
        cycle.message_event.set()
        return True

    def _set_clock(self) -> None:
        """Run the clock while a request is on its way, or while nothing else bounds the wait for one."""
        if self._is_refused or self._owner is not None:
            return
        cycle: RequestResponseCycle | None = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if self._in_request or (not is_answering and self.timeout_keep_alive_task is None):
            self._clock.run(self.loop)
        else:
            self._clock.stop()

    def _stop_keep_alive(self) -> None:
        if self.timeout_keep_alive_task is not None:
            self.timeout_keep_alive_task.cancel()
            self.timeout_keep_alive_task = None

    def _stop_clocks(self) -> None:
        self._clock.stop()
        for timer in (self._lingering, self._unread):
            if timer is not None:
                timer.cancel()
        self._lingering = self._unread = None

    def _on_late(self, message: str) -> None:
        """The request did not come in time."""
        if self.transport.is_closing() or self._owner is not None:
            return
        if self._in_request:
            self._refuse(408, message)
        else:
            self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """Say nothing: routes take WebSockets over, other upgrades (h2c) are answered as HTTP/1.1 (RFC 9110 section 7.8)."""

    def pause_writing(self) -> None:
        """The other end takes nothing: owners look after that themselves, other answers are given up after a while."""
        super().pause_writing()
        if self._owner is None and self._unread is None:
            self._unread = self.loop.call_later(self._unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Tell the owner that the transport takes more."""
        super().resume_writing()
        if self._owner is not None:
            self._owner.on_writable()
        elif self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell the owner, once."""
        super().connection_lost(exc)
        self._stop_clocks()
        self._registry.leave(self)
        owner, self._owner = self._owner, None
        if owner is not None:
            owner.on_lost()


def connection_of(scope: Scope) -> tuple[Connection, RequestResponseCycle]:
    """Return the connection on which a request came, and its cycle."""
    found = scope["extensions"][EXTENSION]
    return cast("tuple[Connection, RequestResponseCycle]", (found["connection"], found["cycle"]))


def take_over(scope: Scope, owner: TransportOwner) -> asyncio.Transport | None:
    """Return the transport on which a request came, for `owner` alone from now on. If the other end is gone, call `on_lost` and return None."""
    connection, cycle = connection_of(scope)
    transport = connection.hand_over(cycle, owner)
    if transport is None:
        owner.on_lost()
    return transport
