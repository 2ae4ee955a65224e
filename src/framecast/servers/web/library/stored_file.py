"""The answer with the bytes of a stored object: sent by the kernel if it is a file, else read in threads, and never before the client has taken what was read.

A slow client holds one buffer, no thread: its next part is read when the connection takes bytes again. All answers of a process share a few
threads; which of them reads next is decided in the order in which they ask. The event loop waits, and touches no disk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from framecast.servers.stored_files import PART_BYTES, SENT_BYTES, OpenObject, Readers, gone, open_object
from framecast.servers.web.http.byte_range import ByteRange
from framecast.servers.web.http.connection import connection_of
from framecast.servers.web.http.direct_socket import DirectSocket, direct_socket

if TYPE_CHECKING:
    from framecast.store.objects import Objects

Reader = Callable[[int, int], bytes]  # the bytes from, up to


class StoredFile(Response):
    """A range of the object `key` as an answer. An object that goes while it is read ends the connection."""

    def __init__(
        self,
        objects: Objects,
        key: str,
        part: ByteRange,
        readers: Readers,
        *,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(status_code=206 if part.is_part else 200, media_type=media_type)
        del self.headers["content-length"]
        self.headers.update({**headers, **part.headers()})
        self._objects = objects
        self._key = key
        self._part = part
        self._readers = readers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the head, and the bytes unless the request is HEAD."""
        start = {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        if scope["method"] == "HEAD" or not self._part.length:
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return
        source = await self._readers.run(lambda: open_object(self._objects, self._key))
        try:
            await send(start)
            async with direct_socket(scope) as socket:
                if socket is not None and source.is_file:
                    await self._send_file(socket, send, source)
                    return
            await self._send_bytes(scope, send, source.read)
        finally:
            await self._readers.run(source.close)

    async def _send_file(self, socket: DirectSocket, send: Send, source: OpenObject) -> None:
        """Let the kernel move the bytes: none of them comes into this process."""
        at, end = self._part.start, self._part.end
        while at < end:
            stop = min(at + SENT_BYTES, end)
            count = await socket.send(partial(_sent, source, at, stop), self._readers.run)
            if not count:
                if socket.is_gone:
                    return
                raise gone(self._key)
            at += count
        socket.answered()
        await send({"type": "http.response.body", "body": b""})

    async def _send_bytes(self, scope: Scope, send: Send, read: Reader) -> None:
        _, cycle = connection_of(scope)
        at, end = self._part.start, self._part.end
        while at < end:
            await cycle.flow.drain()  # nothing is read for a client that has not taken the last part
            if cycle.disconnected:
                return
            stop = min(at + PART_BYTES, end)
            body = await self._readers.run(lambda at=at, stop=stop: read(at, stop))  # type: ignore[misc]
            if len(body) != stop - at:
                raise gone(self._key)
            at = stop
            await send({"type": "http.response.body", "body": body, "more_body": at < end})


def _sent(source: OpenObject, start: int, end: int, socket: int) -> int:
    return source.send(socket, start, end)
