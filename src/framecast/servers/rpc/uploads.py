"""The service `framecast.v1.Uploads`: files into the library. The engine is that of the web server (`servers/uploads/`). Event loop.

gRPC asks a client for more bytes only when a message was taken, so one that is faster than the disk waits.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from framecast.errors import Conflict, Invalid, NotFound
from framecast.model.rights import Scope
from framecast.model.video_job import Upload
from framecast.servers.catalogue import Catalogue, viewer_of
from framecast.servers.rpc.caller import CALLER
from framecast.servers.rpc.status import Context
from framecast.servers.settings import NO_LIBRARY
from framecast.servers.uploads.parts import Parts
from framecast.v1 import uploads_pb2

if TYPE_CHECKING:
    from framecast.servers.uploads.uploads import Sender, Uploads

MAX_DATA_BYTES = 4 << 20
SILENT_S = 30.0
Requests = AsyncIterator[uploads_pb2.SendUploadRequest]


class UploadCalls:
    """One method for each of the service; see `handlers`. `catalogue` is None on a node without a library."""

    def __init__(self, catalogue: Catalogue | None) -> None:
        self._catalogue = catalogue
        self._uploads: Uploads | None = None

    async def begin_upload(
        self, request: uploads_pb2.BeginUploadRequest, _context: Context
    ) -> uploads_pb2.Upload:
        """Begin one."""
        given = {"title": request.title, "visibility": request.visibility}
        metadata = {key: text for key, text in given.items() if text}
        made = await self._engine().begin(_sender(), request.size, request.filename, metadata)
        return upload_to(made, made.offset)

    async def get_upload(
        self, request: uploads_pb2.GetUploadRequest, _context: Context
    ) -> uploads_pb2.Upload:
        """Return how far one is, once another call lets go of it."""
        uploads, sender = self._engine(), _sender()
        found = await uploads.find(request.id, sender)
        if found.finished_at is not None:
            return upload_to(found, found.size)
        async with uploads.hold(request.id, sender) as hold:
            if not hold.is_complete:
                return upload_to(hold.upload, hold.offset)
            video = await uploads.finish(hold, sender)
        return upload_to(await uploads.find(request.id, sender), found.size, video)

    async def list_uploads(
        self, _request: uploads_pb2.ListUploadsRequest, _context: Context
    ) -> uploads_pb2.ListUploadsResponse:
        """Return those that the client can continue."""
        with suppress(NotFound):  # nothing was ever stored
            found = await self._engine().unfinished(_sender())
            return uploads_pb2.ListUploadsResponse(uploads=[upload_to(one, one.offset) for one in found])
        return uploads_pb2.ListUploadsResponse()

    async def send_upload(self, requests: Requests, context: Context) -> None:
        """Take the bytes of one, and write how far it is then."""
        uploads, sender = self._engine(), _sender()
        wanted = asyncio.Event()
        first = await _next(requests, wanted)
        if first is None or not first.id:
            raise Invalid("the first message must name the upload: set id and offset")
        async with uploads.hold(first.id, sender, wanted.set) as hold:
            if first.offset != hold.offset:
                raise Conflict(
                    f"the upload is at offset {hold.offset}, and the call begins at {first.offset}: continue there",
                    offset=hold.offset,
                )
            await hold.receive(Parts(_data(first, requests, wanted)))
            video = await uploads.finish(hold, sender) if hold.is_complete else hold.upload.video
        found = await uploads.find(first.id, sender)
        await context.write(upload_to(found, hold.offset, video).SerializeToString())

    async def end_upload(
        self, request: uploads_pb2.EndUploadRequest, _context: Context
    ) -> uploads_pb2.EndUploadResponse:
        """Remove one."""
        await self._engine().drop(request.id, _sender())
        return uploads_pb2.EndUploadResponse()

    def drain(self) -> None:
        """Ask all calls that send to end."""
        if self._uploads is not None:
            self._uploads.drain()

    def close(self) -> None:
        """Take no more work. Idempotent."""
        if self._uploads is not None:
            self._uploads.close()

    def _engine(self) -> Uploads:
        if self._catalogue is None:
            raise NotFound(NO_LIBRARY)
        if self._uploads is None:
            # Here, because a node whose library was never used does without the libraries of this module.
            made: Uploads = import_module("framecast.servers.uploads.uploads").Uploads(self._catalogue)
            self._uploads = made
        return self._uploads


def upload_to(upload: Upload, offset: int, video: str = "") -> uploads_pb2.Upload:
    """Return the message of an upload."""
    return uploads_pb2.Upload(
        id=upload.id,
        video=video or upload.video,
        size=upload.size,
        offset=offset,
        filename=upload.filename,
        created_at=upload.created_at,
        expires_at=upload.expires_at,
        is_finished=upload.finished_at is not None,
    )


async def _data(
    first: uploads_pb2.SendUploadRequest, requests: Requests, wanted: asyncio.Event
) -> AsyncIterator[bytes]:
    request: uploads_pb2.SendUploadRequest | None = first
    while request is not None:
        if len(request.data) > MAX_DATA_BYTES:
            raise Invalid(
                f"the data of one message may have {MAX_DATA_BYTES} bytes, got {len(request.data)}: send several"
            )
        yield request.data
        request = await _next(requests, wanted)


async def _next(requests: Requests, wanted: asyncio.Event) -> uploads_pb2.SendUploadRequest | None:
    """Return the next message, None at the end.

    Raises:
        Conflict: another call wants the upload. Invalid: nothing comes.
    """
    coming = asyncio.ensure_future(anext(requests, None))
    asked = asyncio.ensure_future(wanted.wait())
    try:
        await asyncio.wait((coming, asked), timeout=SILENT_S, return_when=asyncio.FIRST_COMPLETED)
        if coming.done():
            return coming.result()
        if asked.done():
            raise Conflict("this upload is interrupted: ask for its offset, and continue there")
        raise Invalid(f"nothing has come for {SILENT_S:g} s")
    finally:
        asked.cancel()
        coming.cancel()


def _sender() -> Sender:
    caller = CALLER.get()
    principal = caller.sight.principal
    made: Sender = import_module("framecast.servers.uploads.uploads").Sender(
        viewer_of(principal, Scope.CHANGE), caller.address, principal.name or str(principal.kind)
    )
    return made
