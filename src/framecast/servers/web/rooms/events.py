"""The events of a room as server-sent events, for crowds that only read: encoded once for all readers, written straight to their connections.

A reader is nobody in the room: it stands in no list and is counted nowhere. `Last-Event-ID: EPOCH/SEQ` says what it has; it gets what came after
it, once and in order, or a `welcome` that says that something is missing. One that does not keep up is let go, and comes back with its id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from time import monotonic
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from framecast.fanout.send_queue import SendQueue
from framecast.model import number
from framecast.servers.access.principal import Principal
from framecast.servers.rooms.member import Member
from framecast.servers.rooms.outlet import Encoding, json_text
from framecast.servers.upkeep import Upkeep
from framecast.servers.web.http.answers import SECURITY_HEADERS
from framecast.servers.web.http.connection import take_over
from framecast.servers.web.rooms.calls import Client, judge

MEDIA_TYPE = "text/event-stream"
# Clients and proxies see by it that the connection lives.
ALIVE_S = 15.0
MOST_UNSENT = 256 << 10
AGAIN_MS = 2000
_HEADERS = (
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store, no-transform"),
    (b"connection", b"close"),
    (b"x-accel-buffering", b"no"),  # nginx would hold events back
)
_LONGEST_ID = 128


class EventFrames:
    """Messages of a room as server-sent events. What has a place in the log has an id."""

    def encode(self, fields: Mapping[str, Any]) -> bytes:
        """Return one whole event."""
        text = json_text(fields)
        head = f"id: {event_id(fields['epoch'], last)}\n" if (last := _last_of(fields)) is not None else ""
        return f"{head}event: {fields['type']}\ndata: {text}\n\n".encode(errors="replace")


EVENT_FRAMES = EventFrames()


def event_id(epoch: str, seq: int) -> str:
    """Return how a reader says as far as what it has read."""
    return f"{epoch}/{seq}"


def place_in(last_event_id: str) -> tuple[str, int] | None:
    """Return the epoch and the number in a Last-Event-ID; None if it has another form."""
    epoch, slash, seq = last_event_id.rpartition("/")
    if not slash or len(last_event_id) > _LONGEST_ID or not number.is_digits(seq, 15):
        return None
    return epoch, number.integer(seq, 0, 10**15)


def _last_of(fields: Mapping[str, Any]) -> int | None:
    events = fields.get("events")
    found: int | None = fields["last"] if fields["type"] == "welcome" else None
    return events[-1]["seq"] if found is None and events else found


class EventStream:
    """One reader: the outlet of its member, and the owner of its connection from `begin` on."""

    encoding: Encoding = EVENT_FRAMES

    def __init__(self, upkeep: Upkeep, client: Client) -> None:
        self.member: Member | None = None
        self._client = client
        self._judging: asyncio.Task[None] | None = None
        self._upkeep = upkeep
        self._early: list[bytes] = []  # what is sent before the connection is there
        self._transport: asyncio.Transport | None = None
        self._queue: SendQueue
        self._sent_at = 0.0
        self._is_over = False

    def begin(self, transport: asyncio.Transport, head: bytes) -> None:
        """Write the head of the answer and what was sent before."""
        self._transport, self._queue = transport, SendQueue(transport)
        self._upkeep.add(self)
        early, self._early = self._early, []
        self.send(b"".join((head, b"retry: %d\n\n" % AGAIN_MS, *early)))
        if self._is_over:
            self._finish()

    # --- the way out

    def send(self, encoded: bytes) -> None:
        """Send what must not be lost."""
        if self._transport is None:
            self._early.append(encoded)
            return
        self._sent_at = monotonic()
        if not self._queue.send(encoded):
            self._transport.abort()

    def offer(self, encoded: bytes) -> bool:
        """Send, unless too much waits for the reader: then let it go, so that it comes back and asks for what it missed."""
        if self._transport is not None and self._queue.held_bytes > MOST_UNSENT:
            self._finish()
            return False
        self.send(encoded)
        return True

    def close(self, code: int, reason: str) -> None:
        """End the answer after what was sent. Idempotent."""
        self._is_over = True
        if self._transport is not None:
            self._finish()

    def on_judged(self, principal: Principal) -> bool:
        """Ask again who this is: rights have changed. What ends for it, the hub says."""
        self._client.principal = principal
        if self.member is not None:
            self._judging = asyncio.create_task(judge(self._client, self.member), name="reader of a room")
        return True

    # --- the connection

    def on_data(self, data: bytes) -> None:
        """A reader sends nothing more."""

    def on_writable(self) -> None:
        """The transport takes more."""
        self._queue.on_writable()
        if self._is_over:
            self._finish()

    def on_lost(self) -> None:
        """The connection has ended."""
        self._transport = None
        self._upkeep.discard(self)
        member, self.member = self.member, None
        if member is not None:
            member.leave()

    def check(self) -> None:
        """Cut the connection if nothing is read; show that it lives."""
        if self._transport is None:
            return
        if not self._queue.check():
            self._transport.abort()
        elif monotonic() - self._sent_at > ALIVE_S:
            self.send(b":\n\n")

    def let_go(self) -> None:
        """The server is stopping."""
        if self._transport is not None:
            self._transport.close()

    def _finish(self) -> None:
        """End the connection when all of it has been handed over."""
        self._is_over = True
        if self._transport is not None and not self._queue.waiting_bytes:
            self._transport.close()


class EventsResponse(Response):
    """Begins the answer of such a reader. It is over for uvicorn as soon as it has begun."""

    media_type = MEDIA_TYPE

    def __init__(self, stream: EventStream) -> None:
        super().__init__()
        self._stream = stream

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the connection over; a client that has left meanwhile is forgotten."""
        transport = take_over(scope, self._stream)
        if transport is None:
            return
        # HTTP/1.1 without a length and with `Connection: close` ends with the connection (RFC 9112 section 6.3).
        lines = (*_HEADERS, *SECURITY_HEADERS)
        head = b"".join((b"HTTP/1.1 200 OK\r\n", *(b"%s: %s\r\n" % line for line in lines), b"\r\n"))
        self._stream.begin(transport, head)
