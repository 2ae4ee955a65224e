"""What tus answers: its headers on every answer, and the status of each error as its clients know them. Pure but for the answer itself."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from framecast.errors import Conflict, FramecastError, Invalid
from framecast.model.video_job import Upload
from framecast.servers.uploads.checksum import ALGORITHMS, ChecksumMismatch
from framecast.servers.web.http.answers import say, status_of
from framecast.servers.web.library.upload_headers import EXTENSIONS, VERSION, expires

# The id of the video that an upload becomes, or has become.
VIDEO = "Framecast-Video"
_ALWAYS = {"Tus-Resumable": VERSION, "Cache-Control": "no-store"}
_MISMATCH = 460  # of tus, extension checksum
# Clients do not try these again: more of the same file will not help.
_TOO_MUCH = ("too-large", "quota", "daily")


class Unsupported(Invalid):
    """Another version of the protocol: 412."""


class WrongType(Invalid):
    """A body of another type: 415."""


class TooMuch(Invalid):
    """A body with more bytes than the upload has room for: 413."""


_STATUS: tuple[tuple[type[FramecastError], int], ...] = (
    (ChecksumMismatch, _MISMATCH),
    (Unsupported, 412),
    (WrongType, 415),
    (TooMuch, 413),
)


def options_answer(max_bytes: int) -> Response:
    """Return what this server can do."""
    headers = {
        **_ALWAYS,
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Max-Size": str(max_bytes),
        "Tus-Checksum-Algorithm": ",".join(ALGORITHMS),
    }
    return Response(None, 204, headers)


def created_answer(upload: Upload, location: str, offset: int, video: str) -> Response:
    """Return what a client needs of a new upload."""
    headers = {**state_headers(upload, offset, video), "Location": location}
    return JSONResponse({"id": upload.id, "video": video}, 201, headers)


def state_answer(status: int, upload: Upload, offset: int, video: str) -> Response:
    """Return how far an upload is."""
    headers = state_headers(upload, offset, video)
    if status == 200:
        headers["Upload-Length"] = str(upload.size)
    return Response(None, status, headers)


def ended_answer() -> Response:
    """Return the answer to a termination."""
    return Response(None, 204, _ALWAYS)


def refusal(error: FramecastError) -> Response:
    """Return the answer for an error."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), status_of(error))
    if isinstance(error, Conflict | Invalid) and error.fields.get("reason") in _TOO_MUCH:
        status = 413
    headers = dict(_ALWAYS)
    if status in (503, 504, 507):
        headers["Retry-After"] = "5"
    if isinstance(error, Unsupported):
        headers["Tus-Version"] = VERSION
    name = next(cls.__name__ for cls in type(error).__mro__ if cls.__module__ == "framecast.errors")
    return say(status, name, str(error), headers)


def state_headers(upload: Upload, offset: int, video: str) -> dict[str, str]:
    """Return the headers that say how far an upload is, and until when it can be continued."""
    headers = {**_ALWAYS, "Upload-Offset": str(offset), VIDEO: video}
    if offset < upload.size:
        headers["Upload-Expires"] = expires(upload.expires_at)
    return headers
