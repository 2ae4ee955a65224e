"""Resumable uploads: tus 1.0 (https://tus.io/protocols/resumable-upload) with creation, creation-with-upload, termination, checksum and expiration.

The order of work for each request: method and headers; who it is (the gate, before); whose upload it is; the lock of the upload, for which an older
request lets go; the offset; and only then the body. What is refused before is answered without reading the body. X-HTTP-Method-Override counts
nothing here: the gate has judged the method of the request.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import wraps
from importlib import import_module
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from framecast.errors import Conflict, FramecastError, Invalid, NotFound
from framecast.model.rights import Scope
from framecast.servers.catalogue import viewer_of
from framecast.servers.web.context import web_of
from framecast.servers.web.http.body_reader import body_of
from framecast.servers.web.http.connection import connection_of
from framecast.servers.web.http.credentials import address_of, principal_of
from framecast.servers.web.library.calls import catalogue_of
from framecast.servers.web.library.upload_answers import (
    TooMuch,
    Unsupported,
    WrongType,
    created_answer,
    ended_answer,
    options_answer,
    refusal,
    state_answer,
)
from framecast.servers.web.library.upload_headers import (
    BODY_TYPE,
    VERSION,
    checksum_of,
    metadata_of,
    one,
    required,
    whole,
)
from framecast.servers.web.library.upload_openapi import ASK, BEGIN, BEGUN, CONTINUE, CONTINUED, STATE

if TYPE_CHECKING:
    from framecast.servers.uploads.checksum import Checksum
    from framecast.servers.uploads.hold import Hold
    from framecast.servers.uploads.uploads import Sender, Uploads

UploadId = Annotated[str, Path(description="the id of the upload: the last part of `Location`")]

router = APIRouter(tags=["uploads"])

Answer = Callable[..., Awaitable[Response]]


class Begun(BaseModel):
    """An upload that has begun."""

    id: str = Field(description="its address is /api/uploads/ID, as Location says")
    video: str = Field(description="the id of the video that it becomes")


class Unfinished(BaseModel):
    """An upload that its owner can continue. Times are UTC seconds."""

    id: str = Field(description="its address is /api/uploads/ID")
    video: str = Field(description="the id of the video that it becomes")
    filename: str = Field(description="as the client has named it")
    size: int = Field(description="bytes of the whole file")
    offset: int = Field(description="bytes that are here and durable")
    created_at: float = Field(description="when it began")
    expires_at: float = Field(description="when it is removed, if nothing more comes")


def tus(route: Answer) -> Answer:
    """Let a route speak tus: its version is checked first, and errors have its headers."""

    @wraps(route)
    async def answered(request: Request, **parameters: str) -> Response:
        try:
            _check_version(request)
            return await route(request, **parameters)
        except FramecastError as error:
            return refusal(error)

    return answered


@router.options("/api/uploads", status_code=204, summary="What uploads can do")
async def get_options(request: Request) -> Response:
    """Say the version of tus, its extensions, and the largest size, in headers."""
    try:
        return options_answer(catalogue_of(request).settings.max_upload_bytes)
    except FramecastError as error:
        return refusal(error)


@router.get("/api/uploads", summary="Your unfinished uploads")
async def get_uploads(request: Request) -> dict[str, list[Unfinished]]:
    """List the uploads that you can continue, the newest first."""
    try:
        found = await _uploads(request).unfinished(_sender(request))
    except NotFound:  # nothing was ever stored
        found = []
    return {
        "uploads": [
            Unfinished(**{key: getattr(one, key) for key in Unfinished.model_fields}) for one in found
        ]
    }


@router.post(
    "/api/uploads",
    status_code=201,
    summary="Begin an upload",
    response_model=Begun,
    responses=BEGUN,
    openapi_extra=BEGIN,
)
@tus
async def begin_upload(request: Request) -> Response:
    """Begin an upload (tus): `Upload-Length` bytes, with `Upload-Metadata` filename, title and visibility. `Location` is its address.

    A body is its first bytes. The headers of the answer say how much of it is durable, and until when the upload can be continued.
    """
    headers = request.headers
    size, metadata = _size(request), metadata_of(one(headers, "Upload-Metadata"))
    checksum = checksum_of(headers)
    has_body = _has_body(request)
    if has_body:
        _check_body(request, size)
    uploads, sender = _uploads(request), _sender(request)
    filename = metadata.get("filename") or metadata.get("name", "")
    upload = await uploads.begin(sender, size, filename, metadata)
    location = f"{request.scope.get('root_path', '')}/api/uploads/{upload.id}"
    if not has_body:
        return created_answer(upload, location, 0, upload.video)
    async with uploads.hold(upload.id, sender, _let_go(request)) as hold:
        await _receive(request, hold, checksum)
        video = await _finished(uploads, hold, sender)
        return created_answer(upload, location, hold.offset, video)


@router.head(
    "/api/uploads/{id}",
    summary="How far an upload is",
    response_class=Response,
    responses=STATE,
    openapi_extra=ASK,
)
@tus
async def get_upload(request: Request, id: UploadId) -> Response:
    """Say in `Upload-Offset` how many bytes are durable. A request that still sends to this upload is ended."""
    uploads, sender = _uploads(request), _sender(request)
    upload = await uploads.find(id, sender)
    if upload.finished_at is not None:
        return state_answer(200, upload, upload.size, upload.video)
    async with uploads.hold(id, sender, _let_go(request)) as hold:
        video = await _finished(uploads, hold, sender)
        return state_answer(200, hold.upload, hold.offset, video)


@router.patch(
    "/api/uploads/{id}",
    status_code=204,
    summary="Send more of an upload",
    responses=CONTINUED,
    openapi_extra=CONTINUE,
)
@tus
async def continue_upload(request: Request, id: UploadId) -> Response:
    """Append the body at `Upload-Offset`, which must be where the upload is. With the last byte the video is checked and made playable."""
    offset, checksum = required(request.headers, "Upload-Offset"), checksum_of(request.headers)
    _check_type(request)
    uploads, sender = _uploads(request), _sender(request)
    upload = await uploads.find(id, sender)
    if upload.finished_at is not None and offset == upload.size and not _has_body(request):
        return state_answer(204, upload, offset, upload.video)
    async with uploads.hold(id, sender, _let_go(request)) as hold:
        if offset != hold.offset:
            raise Conflict(
                f"the upload is at offset {hold.offset}, and the request begins at {offset}: continue there",
                offset=hold.offset,
            )
        _check_body(request, hold.file.size - offset)
        await _receive(request, hold, checksum)
        video = await _finished(uploads, hold, sender)
        return state_answer(204, hold.upload, hold.offset, video)


@router.delete("/api/uploads/{id}", status_code=204, summary="End an upload", openapi_extra=ASK)
@tus
async def end_upload(request: Request, id: UploadId) -> Response:
    """Remove an upload with all that it has brought. The video of one that is finished stays."""
    await _uploads(request).drop(id, _sender(request))
    return ended_answer()


def _uploads(request: Request) -> Uploads:
    """Return the uploads of this process.

    Raises:
        NotFound: the node has no library.
    """
    web = web_of(request)
    if web.uploads is None:
        # Here, because a node whose library was never used does without the libraries of this module.
        made: Uploads = import_module("framecast.servers.uploads.uploads").Uploads(catalogue_of(request))
        web.uploads = made
    return web.uploads


def _sender(request: Request) -> Sender:
    principal = principal_of(request.scope)
    made: Sender = import_module("framecast.servers.uploads.uploads").Sender(
        viewer_of(principal, Scope.CHANGE), address_of(request.scope), principal.name or str(principal.kind)
    )
    return made


async def _finished(uploads: Uploads, hold: Hold, sender: Sender) -> str:
    """Return the id of the upload's video; an upload that is complete is finished before."""
    return await uploads.finish(hold, sender) if hold.is_complete else hold.upload.video


def _check_version(request: Request) -> None:
    version = one(request.headers, "Tus-Resumable")
    if version != VERSION:
        raise Unsupported(
            f"this is tus {VERSION}: send the header Tus-Resumable: {VERSION}, got {version!r:.40}"
        )
    if "upload-concat" in request.headers:
        raise Invalid("uploads are not joined here: send one file as one upload, without Upload-Concat")


def _size(request: Request) -> int:
    if "upload-defer-length" in request.headers:
        raise Invalid("the size of an upload must be known when it begins: send Upload-Length")
    return required(request.headers, "Upload-Length")


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or bool(whole(request.headers, "Content-Length"))


def _check_type(request: Request) -> None:
    found = one(request.headers, "Content-Type")
    if found != BODY_TYPE:
        raise WrongType(f"the body of an upload has the Content-Type {BODY_TYPE}, got {found!r:.80}")


def _check_body(request: Request, room: int) -> None:
    """Refuse a body before it is read: of another type, or longer than what is missing."""
    _check_type(request)
    length = whole(request.headers, "Content-Length") or 0
    if length > room:
        raise TooMuch(f"the body has {length} bytes, and only {room} of the upload are missing")


async def _receive(request: Request, hold: Hold, checksum: Checksum | None) -> None:
    """Write the body, which may take its time."""
    connection, _ = connection_of(request.scope)
    connection.admit_body()
    body = body_of(request)
    try:
        await hold.receive(body, checksum)
    finally:
        body.close()


def _let_go(request: Request) -> Callable[[], None]:
    """Return what ends this request when another one wants its upload."""
    connection, cycle = connection_of(request.scope)

    def end() -> None:
        connection.cut(cycle, "this upload is interrupted: ask for its offset, and continue there")

    return end
