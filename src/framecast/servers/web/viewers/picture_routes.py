"""Pictures over HTTP: one now, or one after the other. go2rtc's shapes."""

from __future__ import annotations

import asyncio
import re
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from framecast.clock import NS
from framecast.errors import Invalid, WouldBlock
from framecast.media.nosignal import no_signal
from framecast.model import TrackName, number
from framecast.model.last_picture import LastPicture
from framecast.model.status import Status
from framecast.servers.access.finding import find_stream
from framecast.servers.web.context import web_of
from framecast.servers.web.http.answers import NoPicture, error_answer
from framecast.servers.web.http.openapi import DURATION, NAME
from framecast.servers.web.live.jpeg_picture import MEDIA_TYPE, JpegPicture, is_eager
from framecast.servers.web.live.live_jpegs import Patience
from framecast.servers.web.live.mjpeg_viewer import MjpegOptions, MjpegViewer
from framecast.servers.web.viewers.mjpeg_response import MjpegResponse

DEFAULT_QUALITY = 75
# Of pictures in a size that is asked for: the other side may follow from it, and all of it is encoded in one go.
MAX_ASKED_SIDE = 4096
# A view shows something, be it "no signal", within this time; a snapshot waits longer for a real picture.
VIEW_S = 5.0
SNAPSHOT_S = 12.0
MAX_CACHE_S = 3600.0
# Of streams that have no such option: those that programs publish.
STALL_S = 5.0
AGE = "X-Framecast-Age-Ms"
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "": 1.0}
_DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(ms|s|m|h|)")

router = APIRouter(tags=["pictures"])

Src = Annotated[str, Query(description="the stream's name", json_schema_extra=NAME)]
Width = Annotated[
    int, Query(alias="w", ge=0, le=MAX_ASKED_SIDE, description="pixels; 0 keeps the proportion")
]
Height = Annotated[
    int, Query(alias="h", ge=0, le=MAX_ASKED_SIDE, description="pixels; 0 keeps the proportion")
]
Quality = Annotated[int, Query(alias="q", ge=1, le=100, description="JPEG quality")]
Fps = Annotated[float, Query(ge=0, le=1000, description="at most so many pictures a second; 0 is all")]
Cache = Annotated[
    str, Query(description="a picture this old will do: 5s, 500ms, 1m", json_schema_extra=DURATION)
]
NoSignal = Annotated[
    Literal["error", "picture"],
    Query(description="the answer where there is no fresh picture: 503 or 504, or a picture that says so"),
]

_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}, "description": "the picture"}}
_MJPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "pictures without end"}
}


@router.get("/api/frame.jpeg", response_class=Response, responses=_JPEG, summary="One picture")
async def frame_jpeg(
    request: Request,
    src: Src,
    w: Width = 0,
    h: Height = 0,
    q: Quality = DEFAULT_QUALITY,
    cache: Cache = "",
    nosignal: NoSignal = "error",
) -> Response:
    """Give the next picture of a stream, or a kept one where `cache` allows it; its age in X-Framecast-Age-Ms.

    A stream whose newest picture is older than its stall time shows none: that is an error, or with `nosignal=picture` a picture.
    """
    web = web_of(request)
    cache_s = parse_duration(cache)
    track = jpeg_track(w, h, q)
    status = await must_exist(request, src)
    stall_s: float = status.options.get("stall_s", STALL_S)
    try:
        picture = await web.live_jpegs.snapshot(src, track, Patience(cache_s, stall_s, SNAPSHOT_S))
    except (NoPicture, WouldBlock) as error:
        last, size = web.live_jpegs.last(src, track)
        headers = {"Retry-After": "2", **_times(last)}
        if nosignal == "error":
            return error_answer(error, headers)
        words = str(error.fields.get("why", ""))
        return _picture(await asyncio.to_thread(no_signal, *size, src, words), headers, live=False)
    return _picture(picture.jpeg, _times(picture), live=True)


@router.get(
    "/api/last.jpeg",
    response_class=Response,
    responses=_JPEG,
    summary="The last picture of an offline stream",
)
async def last_jpeg(request: Request, src: Src) -> Response:
    """Give the picture that is kept of a stream since its source was last connected, at most 640 pixels wide or high; when it was captured in X-Timestamp.

    It does not connect the source. Without such a picture the answer is 404.
    """
    web = web_of(request)
    await must_exist(request, src)
    picture = LastPicture.from_json(await web.node.request("last_picture", name=src))
    return _picture(picture.jpeg, {"X-Timestamp": f"{picture.captured_at / NS:.6f}"}, live=False)


def _picture(jpeg: bytes, headers: dict[str, str], *, live: bool) -> Response:
    """Return a picture that nobody keeps: the next one is another."""
    fixed = {"Cache-Control": "no-store", "X-Live": str(int(live))}
    return Response(jpeg, media_type="image/jpeg", headers=fixed | headers)


def _times(picture: JpegPicture | None) -> dict[str, str]:
    """Return when a picture was captured and how old it is, as headers."""
    if picture is None:
        return {}
    return {
        "X-Timestamp": f"{picture.captured_at / 1e9:.6f}",
        AGE: str(max(0, round(picture.age_s * 1000))),
    }


@router.get("/api/stream.mjpeg", response_class=Response, responses=_MJPEG, summary="Live pictures")
async def stream_mjpeg(
    request: Request, src: Src, w: Width = 0, h: Height = 0, q: Quality = DEFAULT_QUALITY, fps: Fps = 0
) -> Response:
    """Show a stream as multipart/x-mixed-replace, for `<img src>`; "no signal" pictures while its source fails."""
    web = web_of(request)
    track = jpeg_track(w, h, q)
    await must_exist(request, src)
    options = MjpegOptions(fps, is_eager(request.headers))
    return MjpegResponse(await web.live_jpegs.view(src, track, options, VIEW_S, MjpegViewer))


def jpeg_track(width: int, height: int, quality: int) -> TrackName:
    """Return the track that holds such pictures.

    Raises:
        Invalid: there is none.
    """
    size = f"/{width}x{height}" if width or height else ""
    return TrackName.parse(f"jpeg/{quality}{size}")


def parse_duration(text: str) -> float:
    """Return seconds for '5s', '500ms', '1m' or a plain number of seconds; '' is 0.

    Raises:
        Invalid: it is anything else, or more than an hour.
    """
    if not text:
        return 0.0
    match = _DURATION.fullmatch(text)
    seconds = number.decimal(match[1], 0, 999_999) * _UNITS[match[2]] if match else -1.0
    if not 0 <= seconds <= MAX_CACHE_S:
        raise Invalid(f"cache={text!r:.40} is not a duration: write 500ms, 5s or 1m, at most an hour")
    return seconds


async def must_exist(request: Request, name: str) -> Status:
    """Return what the node says of a stream.

    Raises:
        NotFound: there is none, or the client must not know of it.
    """
    web = web_of(request)
    return await find_stream(web.node, web.sight(request), name)
