"""One member of a room on a WebSocket: what it sends goes to its member of the hub, one message after another, and what the hub sends goes out.

Runs on the event loop. What waits in either direction is bounded: while many messages wait for the hub the connection is not read, and what the
client does not take it asks for again. A message that has come whole is heard to its end, also if its sender has gone meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from time import monotonic
from typing import Any

from framecast.errors import FramecastError, Invalid, NotFound, error_to_json
from framecast.model.room import RoomKey, Visitor
from framecast.servers.access.principal import Principal
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.rooms.member import Member
from framecast.servers.rooms.orders import AT_ONCE
from framecast.servers.rooms.outlet import JSON_FRAMES, NOT_VISIBLE, Encoding
from framecast.servers.web.http.socket import Socket
from framecast.servers.web.rooms.calls import Client, judge
from framecast.servers.web.viewers.player_session import parse_object

# Bytes that wait for a client before events are left out, which it asks for when it reads again.
MOST_UNSENT = 256 << 10
# Messages that wait for the hub before nothing more is read.
MOST_PENDING = 32
# A client that says hello this soon after its handshake is not admitted a second time. What changes for it meanwhile is heard.
ADMITTED_S = 2.0

Fields = Mapping[str, Any]


class RoomSession:
    """A member on its way in, and then inside."""

    encoding: Encoding = JSON_FRAMES

    def __init__(self, hub: RoomHub, key: RoomKey, client: Client, visitor: Visitor) -> None:
        """`visitor` is who the client is in this room, as it was found a moment ago."""
        self._hub = hub
        self._key = key
        self._client = client
        self._admitted: Visitor | None = visitor
        self._admitted_at = monotonic()
        self._socket: Socket
        self._member: Member | None = None
        self._pending: deque[Fields] = deque()
        self._work: asyncio.Task[None] | None = None
        self._is_due = False  # the rights of the client have changed
        self._is_paused = self._is_closed = False

    # --- the socket

    def on_open(self, socket: Socket) -> None:
        """Wait for `hello`."""
        self._socket = socket

    def on_text(self, text: str) -> None:
        """Hear a message when those before it were heard; signs of life at once."""
        try:
            fields = parse_object(text)
        except FramecastError as error:
            self._tell_error(error, None)
            return
        if self._member is not None and _is_at_once(fields):
            self._member.hear(fields)
            return
        self._pending.append(fields)
        if len(self._pending) >= MOST_PENDING and not self._is_paused:
            self._is_paused = True
            self._socket.transport.pause_reading()
        self._begin_work()

    def on_writable(self) -> None:
        """The hub sends again when the client asks."""

    def on_cut(self) -> None:
        """It is counted by the hub."""

    def on_closed(self) -> None:
        """Leave, after what has come was heard."""
        self._is_closed = True
        self._begin_work()

    def on_judged(self, principal: Principal) -> bool:
        """Ask again who this is: rights have changed. What ends for it, the hub says."""
        self._client.principal, self._is_due, self._admitted = principal, True, None
        self._begin_work()
        return True

    # --- the way out

    def send(self, encoded: bytes) -> None:
        """Send what must not be lost."""
        self._socket.say(encoded)

    def offer(self, encoded: bytes) -> bool:
        """Send what the client can ask for again, unless too much waits for it."""
        return self._socket.offer(encoded, MOST_UNSENT)

    def close(self, code: int, reason: str) -> None:
        """End the connection."""
        self._socket.close(code, reason)

    # --- one after another

    def _begin_work(self) -> None:
        if self._work is None:
            self._work = asyncio.create_task(self._hear_all(), name=f"member of {self._key}")

    async def _hear_all(self) -> None:
        try:
            while self._is_due or self._pending:
                if self._is_due:
                    self._is_due = False
                    await self._judge()
                    continue
                await self._hear(self._pending.popleft())
                self._resume()
        finally:
            self._work = None
            if self._is_closed and self._member is not None:
                self._member.leave()
                self._member = None

    async def _hear(self, fields: Fields) -> None:
        if self._member is not None:
            await self._member.on_message(fields)
            return
        try:
            await self._enter(fields)
        except FramecastError as error:
            self._tell_error(error, fields.get("ref"))

    async def _enter(self, fields: Fields) -> None:
        if fields.get("type") != "hello":
            raise Invalid("the first message must be 'hello'")
        if fields.get("guest") is not None:
            if not self._client.take_guest(fields["guest"]):
                raise Invalid("'guest' must be 32 letters, digits, - or _: the secret of a guest")
            self._admitted = None
        try:
            visitor = self._admitted if monotonic() - self._admitted_at < ADMITTED_S else None
            visitor = visitor or await self._client.enter(self._key)
            is_reader = self._client.reads_only
            self._member = await self._hub.join(self._key, visitor, self, fields, reads_only=is_reader)
        except NotFound as error:
            self._tell_error(error, fields.get("ref"))
            self.close(NOT_VISIBLE, "there is no such room")

    async def _judge(self) -> None:
        """Tell the hub who this is now."""
        if self._member is not None and not self._is_closed:
            await judge(self._client, self._member)

    def _resume(self) -> None:
        if self._is_paused and len(self._pending) < MOST_PENDING // 2 and not self._is_closed:
            self._is_paused = False
            self._socket.transport.resume_reading()

    def _tell_error(self, error: FramecastError, ref: object) -> None:
        if self._is_closed:
            return
        answered = {"ref": ref} if isinstance(ref, str | int) else {}
        self._socket.tell(type="error", **answered, **error_to_json(error))


def _is_at_once(fields: Fields) -> bool:
    kind = fields.get("type")
    return isinstance(kind, str) and kind in AT_ONCE
