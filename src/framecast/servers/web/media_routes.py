"""Pictures over HTTP: one now, or one after the other. go2rtc's shapes."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from framecast.errors import Invalid
from framecast.model import TrackName, check_name, number
from framecast.servers.web.described import DURATION, NAME
from framecast.servers.web.mjpeg import MjpegResponse
from framecast.servers.web.part import MEDIA_TYPE, is_eager
from framecast.servers.web.viewer import Taste, Viewer
from framecast.servers.web.web import Web, web_of

DEFAULT_QUALITY = 75
# Of pictures in a size that is asked for: the other side may follow from it, and all of it is encoded in one go.
MAX_ASKED_SIDE = 4096
# A view shows something, be it "no signal", within this time; a snapshot waits longer for a real picture.
VIEW_S = 5.0
SNAPSHOT_S = 12.0
MAX_CACHE_S = 3600.0
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

_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}, "description": "the picture"}}
_MJPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {MEDIA_TYPE: {}}, "description": "pictures without end"}
}


@router.get("/api/frame.jpeg", response_class=Response, responses=_JPEG, summary="One picture")
async def frame_jpeg(
    request: Request, src: Src, w: Width = 0, h: Height = 0, q: Quality = DEFAULT_QUALITY, cache: Cache = ""
) -> Response:
    """Give the next picture of a stream, or a kept one where `cache` allows it."""
    web = web_of(request)
    cache_s = parse_duration(cache)
    track = jpeg_track(w, h, q)
    await must_exist(web, src)
    picture = await web.feeds.snapshot(src, track, cache_s, SNAPSHOT_S)
    captured = f"{picture.captured_at / 1e9:.6f}"
    return Response(
        picture.jpeg, media_type="image/jpeg", headers={"Cache-Control": "no-store", "X-Timestamp": captured}
    )


@router.get("/api/stream.mjpeg", response_class=Response, responses=_MJPEG, summary="Live pictures")
async def stream_mjpeg(
    request: Request, src: Src, w: Width = 0, h: Height = 0, q: Quality = DEFAULT_QUALITY, fps: Fps = 0
) -> Response:
    """Show a stream as multipart/x-mixed-replace, for `<img src>`; "no signal" pictures while its source fails."""
    web = web_of(request)
    track = jpeg_track(w, h, q)
    await must_exist(web, src)
    taste = Taste(fps, is_eager(request.headers))
    return MjpegResponse(await web.feeds.view(src, track, taste, VIEW_S, Viewer))


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


async def must_exist(web: Web, name: str) -> None:
    """Ask the node whether there is such a stream.

    Raises:
        NotFound: there is none.
    """
    await web.node.request("stream", name=check_name(name))
