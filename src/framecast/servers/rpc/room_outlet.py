"""The way out to one member of a room by gRPC: messages wait here, bounded in bytes, until the call takes them. Event loop."""

from __future__ import annotations

import asyncio
from collections import deque

from framecast.errors import Broken, Denied, FramecastError, NotFound
from framecast.servers.rooms.outlet import BANNED, Encoding
from framecast.servers.rpc.room_messages import RESPONSES
from framecast.servers.rpc.status import Context

# Of one client. What it can ask for again is not taken beyond the first, and the call is ended beyond the second.
MOST_OFFERED_BYTES = 256 << 10
MOST_BYTES = 2 << 20


class CallOutlet:
    """What waits for one call."""

    encoding: Encoding = RESPONSES

    def __init__(self) -> None:
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._awake = asyncio.Event()
        self._error: FramecastError | None = None

    def send(self, encoded: bytes) -> None:
        """Take what must not be lost; a client that reads none of it is cut."""
        self._waiting.append(encoded)
        self._bytes += len(encoded)
        self._awake.set()
        if self._bytes > MOST_BYTES:
            self._waiting.clear()
            self.fail(Broken("this client does not read what it is sent"))

    def offer(self, encoded: bytes) -> bool:
        """Take what the client can ask for again, if not too much waits."""
        if self._bytes + len(encoded) > MOST_OFFERED_BYTES:
            return False
        self.send(encoded)
        return True

    def close(self, code: int, reason: str) -> None:
        """End the call, after what was sent."""
        self.fail(Denied(reason) if code == BANNED else NotFound(reason))

    def fail(self, error: FramecastError) -> None:
        """End the call with an error, after what was sent. The first one counts."""
        self._error = self._error or error
        self._awake.set()

    async def write_to(self, context: Context) -> None:
        """Write what comes, as fast as the client takes it.

        Raises:
            FramecastError: why the call ends.
        """
        while True:
            while self._waiting:
                data = self._waiting.popleft()
                self._bytes -= len(data)
                await context.write(data)
            if self._error is not None:
                raise self._error
            self._awake.clear()
            await self._awake.wait()
