"""The answer with the bytes of a stored object: read in threads, and never before the client has taken what was read.

A slow client holds one buffer, no thread: its next part is read when the connection takes bytes again. All answers of a process share a few
threads; which of them reads next is decided in the order in which they ask. The event loop waits, and touches no disk.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from framecast.errors import NotFound
from framecast.servers.access.crew import Crew
from framecast.servers.web.byte_range import ByteRange
from framecast.servers.web.connection import connection_of

if TYPE_CHECKING:
    from framecast.store.objects import Objects

T = TypeVar("T")

PART_BYTES = 256 << 10
_THREADS = 4

Reader = Callable[[int, int], bytes]  # the bytes from, up to


class Readers:
    """The threads that read objects. `run` waits for its turn on the event loop; nothing is refused."""

    def __init__(self, threads: int = _THREADS) -> None:
        self._crew = Crew("media", threads)
        self._free = asyncio.Semaphore(2 * threads)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; it runs on one of the threads."""
        async with self._free:
            return await self._crew.run(work)

    def close(self) -> None:
        """Take no more work. Idempotent."""
        self._crew.close()


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
            await self._send_bytes(scope, send, source.read)
        finally:
            await self._readers.run(source.close)

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


class OpenObject:
    """An object that is being read: a file, or a key of a store without files. Any thread, one at a time."""

    def __init__(self, objects: Objects, key: str, descriptor: int | None) -> None:
        self._objects = objects
        self._key = key
        self._descriptor = descriptor

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`; fewer if the object is shorter."""
        if self._descriptor is None:
            return self._objects.read(self._key, start, end)
        return os.pread(self._descriptor, end - start, start)

    def close(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def open_object(objects: Objects, key: str) -> OpenObject:
    """Open an object for reading; blocks for the disk.

    Raises:
        NotFound: it is not there.
    """
    path = objects.local_path(key)
    if path is None:
        return OpenObject(objects, key, None)
    try:
        return OpenObject(objects, key, os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW))
    except OSError as error:
        raise gone(key) from error


def gone(key: str) -> NotFound:
    """Return the error for an object that is not there any more."""
    return NotFound(f"the file {key.rpartition('/')[2]!r:.80} is not there any more: load the page again")
