"""One WebSocket of a viewer, on a connection that was handed over by HTTP.

Runs on the event loop. Text goes in to a session; messages and media go out through a send queue, which is bounded and loses
groups of pictures where the viewer does not keep up. A viewer that takes nothing is cut.
"""

from __future__ import annotations

import asyncio
import json
import logging
from time import monotonic
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from framecast.clock import utc_ns
from framecast.errors import Invalid
from framecast.fanout.send_queue import SendQueue
from framecast.protocols.websocket import (
    Code,
    Message,
    Opcode,
    Parser,
    ProtocolError,
    accept,
    closing,
    framed,
)
from framecast.servers.upkeep import Upkeep
from framecast.servers.web.http.answers import say
from framecast.servers.web.http.connection import take_over

# Proxies cut what is silent for a minute.
PING_S = 20.0
# A player knows by this that the connection lives: a browser sees neither pings nor a cable that is cut.
BEAT_S = 2.0
# How long the other end may take to answer a close.
CLOSE_S = 2.0
_VERSION = "13"  # RFC 6455 section 4.1

log = logging.getLogger("framecast.web")


class Session(Protocol):
    """What talks over a socket."""

    def on_open(self, socket: Socket) -> None:
        """The socket is open."""

    def on_text(self, text: str) -> None:
        """The other end has said something."""

    def on_writable(self) -> None:
        """The transport, which was full, takes more."""

    def on_cut(self) -> None:
        """The other end takes nothing any more, and is cut now."""

    def on_closed(self) -> None:
        """It is over. Called once."""


class Socket:
    """The owner of a connection's transport. `transport` and `queue` exist from `begin` on. Without `has_beat` the client sees by itself that it lives."""

    transport: asyncio.Transport
    queue: SendQueue

    def __init__(self, session: Session, upkeep: Upkeep, *, has_beat: bool = True) -> None:
        self._session = session
        self._upkeep = upkeep
        self._has_beat = has_beat
        self._parser = Parser()
        self._heard_at = self._pinged_at = self._beat_at = monotonic()
        self._closing: asyncio.TimerHandle | None = None

    def begin(self, transport: asyncio.Transport, head: bytes) -> None:
        """Answer the handshake."""
        self.transport = transport
        self.queue = SendQueue(transport)
        self._upkeep.add(self)
        transport.write(head)
        self._session.on_open(self)

    def tell(self, **fields: Any) -> None:  # noqa: ANN401  whatever JSON can say
        """Send a message as JSON."""
        self.say(framed(Opcode.TEXT, json.dumps(fields).encode()))

    def say(self, message: bytes) -> None:
        """Send a message that is framed already. A client that asks much and reads nothing is cut."""
        if self._closing is None and not self.queue.send(message):
            self.transport.abort()

    def offer(self, message: bytes, most: int) -> bool:
        """Send a message that is framed already, unless more than `most` bytes wait for the client: then it is not taken."""
        return self._closing is not None or self.queue.send_within(message, most)

    def close(self, code: int, words: str = "") -> None:
        """Say why, and end the connection, without waiting long for a viewer who does not read. Idempotent."""
        if self._closing is None:
            self.queue.send(closing(code, words))
            self._closing = asyncio.get_running_loop().call_later(CLOSE_S, self.transport.abort)

    def check(self) -> None:
        """Cut who does not read or is not there any more. Called now and then."""
        now = monotonic()
        if not self.queue.check():
            self._session.on_cut()
            self.transport.abort()
            return
        if self._has_beat and now - self._beat_at >= BEAT_S:
            self._beat_at = now
            self.tell(type="framecast/clock", value={"now_ms": round(utc_ns() / 1e6, 1)})
        if now - max(self._heard_at, self._pinged_at) > PING_S:
            self._pinged_at = now
            self.say(framed(Opcode.PING, b""))

    def let_go(self) -> None:
        """Say that the server goes."""
        self.close(Code.GOING_AWAY, "the server is stopping")
        self.transport.close()

    def on_data(self, data: bytes) -> None:
        """Bytes of the other end."""
        self._heard_at = monotonic()
        try:
            for message in self._parser.feed(data):
                self._hear(message)
        except ProtocolError as error:
            log.debug("a WebSocket was closed: %s", error)
            self._parser = Parser()
            self.close(error.code, str(error))
            self.transport.close()

    def on_writable(self) -> None:
        """Give the transport more."""
        self.queue.on_writable()
        self._session.on_writable()

    def on_lost(self) -> None:
        """The connection has ended."""
        if self._closing is not None:
            self._closing.cancel()
        self._upkeep.discard(self)
        self._session.on_closed()

    def _hear(self, message: Message) -> None:
        if message.opcode is Opcode.CLOSE:
            _check_close(message.payload)
            self.close(Code.NORMAL)
            self.transport.close()
        elif self._closing is not None or message.opcode is Opcode.PONG:
            return
        elif message.opcode is Opcode.PING:
            self.say(framed(Opcode.PONG, message.payload))
        elif message.opcode is Opcode.BINARY:
            raise ProtocolError("binary messages are not supported", Code.UNSUPPORTED)
        else:
            self._session.on_text(_text(message.payload))


class WebSocketResponse(Response):
    """Answers a request for a WebSocket by opening one for `session`."""

    def __init__(self, session: Session, upkeep: Upkeep, *, has_beat: bool = True) -> None:
        super().__init__(status_code=101)
        self._session = session
        self._upkeep = upkeep
        self._has_beat = has_beat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Switch protocols, or say what is wrong with the request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if not _asks_for_websocket(headers):
            wrong = say(426, "Invalid", "this address speaks WebSocket only", {"Upgrade": "websocket"})
            await wrong(scope, receive, send)
            return
        if headers.get("sec-websocket-version") != _VERSION:
            wrong = say(
                426, "Invalid", "WebSocket version 13 is spoken here", {"Sec-WebSocket-Version": _VERSION}
            )
            await wrong(scope, receive, send)
            return
        try:
            key = accept(headers.get("sec-websocket-key", ""))
        except Invalid as error:
            await say(400, "Invalid", str(error))(scope, receive, send)
            return
        socket = Socket(self._session, self._upkeep, has_beat=self._has_beat)
        transport = take_over(scope, socket)
        if transport is None:
            return
        head = f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {key}\r\n"
        cookies = b"".join(
            b"set-cookie: %s\r\n" % value for name, value in self.raw_headers if name == b"set-cookie"
        )
        socket.begin(transport, head.encode() + cookies + b"\r\n")


def _asks_for_websocket(headers: dict[str, str]) -> bool:
    tokens = [token.strip().lower() for token in headers.get("connection", "").split(",")]
    return headers.get("upgrade", "").lower() == "websocket" and "upgrade" in tokens


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise ProtocolError("text must be UTF-8", Code.NOT_TEXT) from error


def _check_close(payload: bytes) -> None:
    """A close says nothing, or a code and words (section 5.5.1)."""
    if len(payload) == 1:
        raise ProtocolError("the payload of a close frame must be empty or at least 2 bytes, got 1")
    _text(payload[2:])
