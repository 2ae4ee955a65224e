"""One request that writes an upload: what comes is written in threads, made durable, and the database notes how far. Event loop.

Whatever ends a request, `close` makes durable what it has brought, unless that has a checksum that was not found to be right.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from framecast.errors import Conflict, Invalid
from framecast.model.video_job import Upload
from framecast.servers.access.crew import Crew
from framecast.servers.uploads.blocks import Blocks
from framecast.servers.uploads.checksum import Checksum

if TYPE_CHECKING:
    from framecast.library.upload_file import UploadFile

# Made durable when so many bytes are new and so many seconds old, or more bytes. Each time costs a commit of the file system, for which all writers wait.
SYNC_BYTES = 32 << 20
SYNC_S = 4.0
MOST_UNSYNCED = 1 << 30

log = logging.getLogger("framecast.uploads")


class Body(Protocol):
    """What a request brings."""

    async def read_into(self, room: memoryview) -> int:
        """Return how many bytes are in `room` now, 0 at the end."""


class Hold:
    """The open file of one upload, for one request. `note` writes in the database how far it is durable."""

    def __init__(
        self, upload: Upload, file: UploadFile, crew: Crew, note: Callable[[int], Awaitable[object]]
    ) -> None:
        self.upload, self.file = upload, file
        self.offset = file.durable  # durable, and the database knows it
        self._crew, self._note = crew, note
        self._loop = asyncio.get_running_loop()
        self._synced_at = self._loop.time()
        self._blocks = Blocks(crew, self._write)
        self._room = 0  # bytes that this request may still bring
        self._checksum: Checksum | None = None
        self._syncing: asyncio.Task[None] | None = None
        self._catching_up = asyncio.create_task(self._catch_up()) if file.is_behind else None
        self._is_wanted = False

    @property
    def is_complete(self) -> bool:
        """True if the whole upload is durable."""
        return self.offset == self.file.size

    def end(self) -> None:
        """Let the request end at its next byte: another one wants the upload."""
        self._is_wanted = True

    async def receive(self, body: Body, checksum: Checksum | None = None) -> None:
        """Write what comes until it ends. Then all of it is durable, and `offset` says so.

        Raises:
            ChecksumMismatch: it is not what its checksum says, and was dropped.
            Conflict: another request wants the upload. Invalid: it is more than the upload has. NoSpace, OSError: the disk.
            What `body` raises.
        """
        self.file.mark()
        self._checksum = checksum
        self._room = self.file.size - self.file.offset
        while count := await body.read_into(await self._blocks.room()):
            self._gathered(count)
            await self._sync_in_time()
        await self._blocks.pass_on()
        await self._blocks.written()
        if checksum is not None:
            checksum.check()
            self._checksum = None
        await self._settle()

    async def close(self) -> None:
        """Keep what has come, and close the file. Never raises."""
        for step in (self._keep, self._settle, self._stop_catching_up):
            try:
                await step()
            except Exception as error:  # noqa: BLE001  it was not promised, and the request has its own error
                log.warning("the newest bytes of an upload are lost: %s", error)
        await self._crew.run(self.file.close)

    def _gathered(self, count: int) -> None:
        self._room -= count
        if self._room < 0:
            raise Invalid(
                f"the body has more bytes than are missing of this upload, whose size is {self.file.size}"
            )
        self._blocks.filled(count)
        if self._is_wanted:
            raise Conflict("this upload is interrupted: ask for its offset, and continue there")

    def _write(self, block: memoryview) -> None:
        """On a thread."""
        self.file.append(block)
        if self._checksum is not None:
            self._checksum.update(block)

    async def _sync_in_time(self) -> None:
        if self._checksum is not None:
            return  # it may still have to go
        unsynced = self.file.offset - self.file.durable
        if self._syncing is not None and (self._syncing.done() or unsynced >= 2 * MOST_UNSYNCED):
            await self._synced()
        is_due = unsynced >= SYNC_BYTES and self._loop.time() >= self._synced_at + SYNC_S
        if self._syncing is None and (is_due or unsynced >= MOST_UNSYNCED):
            self._syncing = asyncio.create_task(self._sync())

    async def _synced(self) -> None:
        syncing, self._syncing = self._syncing, None
        if syncing is not None:
            await syncing

    async def _sync(self) -> None:
        self._synced_at = self._loop.time()
        offset = await self._crew.run(self.file.sync)
        await self._note(offset)
        self.offset = offset

    async def _keep(self) -> None:
        """Write what has come, or drop all of it."""
        if self._checksum is None:
            await self._blocks.pass_on()
            await self._blocks.written()
            return
        with suppress(Exception):  # it goes in any case
            await self._blocks.written()
        await self._crew.run(self.file.roll_back)
        self._checksum = None

    async def _settle(self) -> None:
        """Make durable what is written, and note it."""
        await self._synced()
        if self.file.offset > self.offset and self._checksum is None:
            await self._sync()

    async def _catch_up(self) -> None:
        while await self._crew.run(self.file.catch_up):
            pass

    async def _stop_catching_up(self) -> None:
        if self._catching_up is not None:
            self._catching_up.cancel()
            await asyncio.wait([self._catching_up])
