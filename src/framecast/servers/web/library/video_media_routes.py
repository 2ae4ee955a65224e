"""The files of videos over HTTP: what players load, by ranges, and downloads. Immutable; what one may not see is not there."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from framecast.errors import Denied
from framecast.model.library_layout import original_key
from framecast.model.rights import Scope
from framecast.model.video import Video
from framecast.servers.stored_files import PLAYLIST, TYPES, StoredName, find_file, no_file
from framecast.servers.web.context import web_of
from framecast.servers.web.http.answers import say
from framecast.servers.web.http.byte_range import is_known, wanted_range
from framecast.servers.web.http.credentials import PARAMETER, link_of
from framecast.servers.web.library.calls import catalogue_of, find_video, viewer
from framecast.servers.web.library.shapes import VideoId
from framecast.servers.web.library.stored_file import StoredFile
from framecast.servers.web.library.stored_names import SANDBOX, attachment, caching, with_token
from framecast.servers.web.library.subtitle_playlists import (
    is_main,
    playlist_of,
    subtitles_of,
    with_subtitles,
)

router = APIRouter(tags=["library"])

_MOST_PLAYLIST = 4 << 20
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}, "description": "the file"},
    206: {"content": {"application/octet-stream": {}}, "description": "the range that was asked for"},
    304: {"description": "the client has it"},
    416: {"description": "the file has no byte of this range"},
}

Generation = Annotated[
    str,
    Path(max_length=32, description="as in `media.base`", json_schema_extra={"pattern": "^g[0-9a-f]{12}$"}),
]
Name = Annotated[
    str,
    Path(
        max_length=64,
        description="of the file",
        json_schema_extra={"pattern": "^[a-z0-9_-][a-z0-9._-]{0,63}$"},
    ),
]


@router.head("/api/videos/{id}/media/{generation}/{name}", include_in_schema=False)
@router.get(
    "/api/videos/{id}/media/{generation}/{name}",
    response_class=Response,
    responses=_FILE,
    summary="A file of a video",
)
async def get_media(request: Request, id: VideoId, generation: Generation, name: Name) -> Response:
    """Give a file that `media` of the video names: playlists, MP4 files (by ranges), pictures, subtitles. It never changes, unless it is being recorded."""
    video = await find_video(request, id, Scope.WATCH)
    token, subtitles = link_of(request.query_params), subtitles_of(video, generation)
    if text := playlist_of(name, subtitles, video.duration_s or 1.0):
        return _playlist(request, video, generation, name, text)
    found = find_file(video, generation, name)
    adds = subtitles if is_main(video, name) else ()
    if name.endswith(f".{PLAYLIST}") and (token or adds):
        readers, objects = web_of(request).readers, catalogue_of(request).objects
        body = await readers.run(lambda: objects().read(found.key, 0, _MOST_PLAYLIST))
        text = with_subtitles(body.decode(errors="replace"), adds)
        return _playlist(request, video, generation, name, text)
    return await _file(request, found, {"Cache-Control": caching(video, by_token=bool(token))})


@router.head("/api/videos/{id}/download", include_in_schema=False)
@router.get(
    "/api/videos/{id}/download", response_class=Response, responses=_FILE, summary="A video as a file"
)
async def get_download(request: Request, id: VideoId) -> Response:
    """Give a copy of the video as MP4, without what cameras and phones write about places and persons."""
    video = await find_video(request, id, Scope.WATCH)
    name = video.media.manifest.get("download") if video.media is not None else None
    if video.media is None or not isinstance(name, str):
        raise no_file("download")
    found = find_file(video, video.media.generation, name)
    return await _file(request, found, _as_download(f"{video.title}.mp4"))


@router.head("/api/videos/{id}/original", include_in_schema=False)
@router.get(
    "/api/videos/{id}/original", response_class=Response, responses=_FILE, summary="What was uploaded"
)
async def get_original(request: Request, id: VideoId) -> Response:
    """Give the very bytes that were uploaded, as a download. For the owner and the admins."""
    video = await find_video(request, id)
    if not video.may_be_edited_by(viewer(request)):
        raise Denied("only its owner and the admins may have the original: others get the copy of 'download'")
    found = StoredName(original_key(video.id), "application/octet-stream", f'"{video.id}-original"', None)
    return await _file(request, found, _as_download(video.filename or video.title))


async def _file(request: Request, found: StoredName, headers: dict[str, str]) -> Response:
    """Answer with a file, a range of it, or that the client has it already."""
    readers, objects = web_of(request).readers, catalogue_of(request).objects
    always = {"ETag": found.etag, "Content-Security-Policy": SANDBOX, **headers}
    if found.is_growing:
        del always["ETag"]
        always["Cache-Control"] = "no-store"
    elif is_known(request.headers, found.etag):
        return Response(status_code=304, headers=always)
    size = found.size
    if size is None:
        size = await readers.run(lambda: objects().size(found.key))
    part = wanted_range(request.headers, found.etag, size)
    if part is None:
        return say(
            416,
            "Invalid",
            f"the range must lie within the {size} bytes of the file",
            {"Content-Range": f"bytes */{size}"},
        )
    store = await readers.run(objects)
    return StoredFile(store, found.key, part, readers, media_type=found.media_type, headers=always)


def _playlist(request: Request, video: Video, generation: str, name: str, text: str) -> Response:
    """Answer with a playlist that is made for this request: its addresses have the token of the request, if there is one."""
    headers = {"Cache-Control": "private, no-store", "Content-Security-Policy": SANDBOX}
    token = link_of(request.query_params)
    if token:
        text = with_token(text, f"{PARAMETER}={token}")
    else:
        tag = f'"{generation}-{name}-made"'
        headers |= {"Cache-Control": caching(video, by_token=False), "ETag": tag}
        if is_known(request.headers, tag):
            return Response(status_code=304, headers=headers)
    return Response(text, media_type=TYPES[PLAYLIST], headers=headers)


def _as_download(name: str) -> dict[str, str]:
    return {"Content-Disposition": attachment(name), "Cache-Control": "private, no-cache"}
