"""Live MP4 over plain HTTP: an MP4 without end, one key frame as MP4, HLS. go2rtc's shapes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from framecast.errors import FramecastError, Invalid, WouldBlock
from framecast.fanout.coding import Wanted
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import link_of
from framecast.servers.web.live.file_viewer import FileResponse, FileViewer
from framecast.servers.web.live.fragments import Fragments
from framecast.servers.web.live.live_mp4 import LiveMp4
from framecast.servers.web.live.mp4_viewer import Mp4Viewer
from framecast.servers.web.viewers.picture_routes import SNAPSHOT_S, Src, must_exist

T = TypeVar("T")

router = APIRouter(tags=["live"])

PLAYLIST_TYPE = "application/vnd.apple.mpegurl"
MAX_DURATION_S = 86400.0
_FILE_NAME = re.compile(r"[\w .()-]{1,100}", re.ASCII)
# What Apple's players have; also go2rtc's `mp4` without a value.
_APPLE = "avc1.640029,hvc1.1.6.L153.B0,mp4a.40.2"
_SHORT = {
    "h264": "avc1.640029",
    "h265": "hvc1.1.6.L153.B0",
    "hevc": "hvc1.1.6.L153.B0",
    "av1": "av01.0.08M.08",
    "vp9": "vp09.00.50.08",
    "aac": "mp4a.40.2",
    "opus": "opus",
}

Mp4 = Annotated[
    str | None, Query(description="H.264, H.265 and AAC only; 'all' also allows everything else that MP4 has")
]
Codecs = Annotated[
    str | None, Query(description="codecs that can be played, such as h264,h265; default: all that MP4 has")
]
Id = Annotated[str, Query(max_length=64, description="of the playlist")]
FileName = Annotated[str, Query(max_length=100, description="offer it as a download of this name")]
Segment = Annotated[int, Query(ge=0, le=1 << 53, description="number of the segment")]

_MP4: dict[int | str, dict[str, Any]] = {200: {"content": {"video/mp4": {}}, "description": "fragmented MP4"}}
_PLAYLIST: dict[int | str, dict[str, Any]] = {
    200: {"content": {PLAYLIST_TYPE: {}}, "description": "a playlist"}
}


@router.get("/api/stream.mp4", response_class=Response, responses=_MP4, summary="Live MP4")
async def stream_mp4(
    request: Request,
    src: Src,
    duration: Annotated[float, Query(ge=0, le=MAX_DURATION_S, description="seconds; 0 is without end")] = 0,
    mp4: Mp4 = None,
    video: Codecs = None,
    audio: Codecs = None,
    filename: FileName = "",
) -> Response:
    """Give a stream as one MP4 that begins with a key frame. Safari is sent on to HLS, which it plays instead."""
    web = web_of(request)
    if _is_safari(request.headers.get("user-agent", "")) and not duration:
        return RedirectResponse(f"stream.m3u8?{request.url.query}", 307)
    headers = {"Content-Disposition": _disposition(filename)} if filename else {}
    wanted = wanted_of(mp4, video, audio)
    live, viewer = await _join(
        request, src, wanted, lambda found: FileViewer(web.live_mp4s, found, web.upkeep, duration)
    )
    assert isinstance(viewer, FileViewer)
    assert live.muxer is not None
    return FileResponse(viewer, live.muxer.mime, headers)


@router.get("/api/frame.mp4", response_class=Response, responses=_MP4, summary="One key frame as MP4")
async def frame_mp4(
    request: Request,
    src: Src,
    mp4: Mp4 = None,
    video: Codecs = None,
    filename: FileName = "",
) -> Response:
    """Give the newest key frame, without decoding anything."""
    web = web_of(request)
    live, viewer = await _join(request, src, wanted_of(mp4, video, "none"), KeyFrameViewer)
    assert isinstance(viewer, KeyFrameViewer)
    try:
        fragments = await _in_time(viewer.fragments, src)
    finally:
        web.live_mp4s.leave(live, viewer)
    assert live.muxer is not None
    body = live.muxer.init_segment + fragments.items[0].whole(fragments.start_ns)
    headers = {"Cache-Control": "no-store"}
    if filename:
        headers["Content-Disposition"] = _disposition(filename)
    return Response(body, media_type=live.muxer.mime, headers=headers)


@router.get("/api/stream.m3u8", response_class=Response, responses=_PLAYLIST, summary="HLS")
async def stream_m3u8(
    request: Request, src: Src, mp4: Mp4 = "", video: Codecs = None, audio: Codecs = None
) -> Response:
    """Give the master playlist of a stream, for players without Media Source Extensions."""
    web = web_of(request)
    await must_exist(request, src)
    wanted = wanted_of(mp4 if video is None and audio is None else None, video, audio)
    packager = await _in_time(web.packagers.find(src, wanted), src)
    return _uncached(packager.master(link_of(request.query_params)), PLAYLIST_TYPE)


@router.get(
    "/api/hls/playlist.m3u8", response_class=Response, responses=_PLAYLIST, summary="HLS: segments and parts"
)
async def hls_playlist(
    request: Request,
    id: Id,
    msn: Annotated[
        int | None, Query(alias="_HLS_msn", ge=0, le=1 << 53, description="wait for this segment")
    ] = None,
    part: Annotated[
        int | None, Query(alias="_HLS_part", ge=0, le=10000, description="wait for this part of it")
    ] = None,
) -> Response:
    """Give the newest segments and parts; with `_HLS_msn` wait until that segment, or part of it, is there."""
    packager, token = web_of(request).packagers.get(id), link_of(request.query_params)
    return _uncached(await packager.playlist(msn, part, token), PLAYLIST_TYPE)


@router.get("/api/hls/init.mp4", response_class=Response, responses=_MP4, summary="HLS: init segment")
async def hls_init(
    request: Request,
    id: Id,
    v: Annotated[int, Query(ge=0, le=1 << 53, description="which of the init segments")] = 1,
) -> Response:
    """Give what stands before the segments."""
    return _uncached(web_of(request).packagers.get(id).init(v), "video/mp4")


@router.get("/api/hls/segment.m4s", response_class=Response, responses=_MP4, summary="HLS: segment")
async def hls_segment(request: Request, id: Id, n: Segment) -> Response:
    """Give a segment."""
    return _uncached(web_of(request).packagers.get(id).segment(n), "video/mp4")


@router.get("/api/hls/part.m4s", response_class=Response, responses=_MP4, summary="HLS: part of a segment")
async def hls_part(
    request: Request,
    id: Id,
    n: Segment,
    p: Annotated[int, Query(ge=0, le=10000, description="number of the part")],
) -> Response:
    """Give a part of a segment; wait for it where it is the next."""
    return _uncached(await web_of(request).packagers.get(id).part(n, p), "video/mp4")


class KeyFrameViewer:
    """Waits for one key frame."""

    def __init__(self, live: LiveMp4) -> None:
        self.fragments: asyncio.Future[Fragments] = asyncio.get_running_loop().create_future()
        for fragments in islice(live.log.kept(), 1):
            self.show(fragments)

    def begin(self) -> None:
        """Nothing was sent yet."""

    def show(self, fragments: Fragments) -> None:
        """Take it."""
        if fragments.opens and not self.fragments.done():
            self.fragments.set_result(fragments)

    def fail(self, error: FramecastError) -> None:
        """There will be none."""
        if not self.fragments.done():
            self.fragments.set_exception(error)


def wanted_of(mp4: str | None, video: str | None, audio: str | None) -> Wanted:
    """Return what a query says that can be played.

    Raises:
        Invalid: it names a codec that is not known.
    """
    if video is None and audio in (None, "none") and (mp4 is None or mp4 == "all"):
        if audio is None:
            return Wanted({}, anything=True)
        return Wanted.parse(
            ",".join({string: None for name, string in _SHORT.items() if name not in ("aac", "opus")})
        )
    if video is None and audio is None:
        return Wanted.parse(_APPLE)
    names = [
        name
        for text in (video, audio)
        if text
        for name in text.lower().split(",")
        if name not in ("none", "")
    ]
    unknown = [name for name in names if name not in _SHORT]
    if unknown or not names:
        raise Invalid(f"codec {(unknown or ['none'])[0]!r:.40} is not known: use {', '.join(_SHORT)}")
    return Wanted.parse(",".join(_SHORT[name] for name in names))


async def _join(
    request: Request, src: str, wanted: Wanted, make: Callable[[LiveMp4], Mp4Viewer]
) -> tuple[LiveMp4, Mp4Viewer]:
    await must_exist(request, src)
    return await _in_time(web_of(request).live_mp4s.find(src, wanted, make), src)


async def _in_time(wait: Awaitable[T], src: str) -> T:
    try:
        async with asyncio.timeout(SNAPSHOT_S):
            return await wait
    except TimeoutError as error:
        raise WouldBlock(f"nothing came from {src} within {SNAPSHOT_S:g} s") from error


def _uncached(body: str | bytes, media_type: str) -> Response:
    return Response(body, media_type=media_type, headers={"Cache-Control": "no-store"})


def _disposition(filename: str) -> str:
    if not _FILE_NAME.fullmatch(filename):
        raise Invalid("a file name may contain only letters, digits, spaces and ._()-")
    return f'attachment; filename="{filename}"'


def _is_safari(agent: str) -> bool:
    return " Safari/" in agent and " Chrome/" not in agent and " Chromium/" not in agent
