"""Streams that are recorded into the library, over HTTP: begun, listed, ended. A recording is a video from its first seconds on."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from framecast.errors import Denied, NotFound
from framecast.model.data_file import MAX_TRACKS
from framecast.model.rights import Right
from framecast.model.stream import is_about
from framecast.model.video import Visibility
from framecast.servers.access.finding import find_stream
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import address_of, principal_of
from framecast.servers.web.library.calls import call, catalogue_of, find_video, shown, viewer
from framecast.servers.web.library.shapes import MAX_TITLE, VideoId, VideoShape

router = APIRouter(tags=["library"])


class RecordingRequest(BaseModel):
    """What is to be recorded."""

    stream: str = Field(max_length=64, description="name of the stream")
    title: str = Field(default="", max_length=MAX_TITLE, description="of the video; empty: the stream's name")
    visibility: Visibility = Field(default=Visibility.PRIVATE, description="who finds the video")
    data: list[Annotated[str, Field(max_length=64)]] | None = Field(
        default=None,
        max_length=MAX_TRACKS - 1,
        description="streams whose data track is kept with the video, beside that of the stream itself; "
        "null: those that are about it by their names, such as front-door.objects about front-door",
    )


class Recordings(BaseModel):
    """Recordings that run."""

    videos: list[VideoShape]


@router.post("/api/recordings", status_code=201, summary="Record a stream into the library")
async def begin_recording(request: Request, body: RecordingRequest) -> VideoShape:
    """Begin to record a stream, with the pictures that are kept of it. It needs the right to record the stream.

    The answer is the video. It can be played while it is recorded; stop it by DELETE.
    """
    catalogue = catalogue_of(request)
    await _check(request, body.stream)
    data = await _about(request, body)
    node, principal = web_of(request).node, principal_of(request.scope)
    made = await node.request(
        "record",
        name=body.stream,
        title=body.title,
        visibility=str(body.visibility),
        data=data,
        by=principal.account,
        address=address_of(request.scope),
    )
    catalogue.announce(str(made["video"]))
    return shown(request, await find_video(request, str(made["video"])))


@router.get("/api/recordings", summary="Recordings that run")
async def get_recordings(request: Request) -> Recordings:
    """List the recordings that you find, the oldest first."""
    catalogue_of(request)
    who, sight = viewer(request), web_of(request).sight(request)
    try:
        found = await call(request, lambda library: library.recordings())
    except NotFound:  # nothing was ever stored
        return Recordings(videos=[])
    mine = [one for one in found if one.may_be_edited_by(who) or sight.may(Right.RECORD, one.stream)]
    return Recordings(videos=[shown(request, one) for one in mine])


@router.delete("/api/recordings/{id}", summary="End a recording")
async def end_recording(request: Request, id: VideoId) -> VideoShape:
    """End a recording; `id` is that of its video. The answer comes when the file is whole. For the owner of the video and the admins."""
    video = await find_video(request, id)
    if not video.may_be_edited_by(viewer(request)):
        raise Denied("only the owner of the video and the admins may end its recording", reason="owner")
    await web_of(request).node.request("end_recording", video=id)
    catalogue_of(request).announce(id)
    return shown(request, await find_video(request, id))


async def _about(request: Request, body: RecordingRequest) -> list[str]:
    """Return the streams whose data is recorded too: those that are named, and must be allowed, or those that are about the stream and may be recorded."""
    if body.data is not None:
        for name in body.data:
            await _check(request, name)
        return body.data
    web = web_of(request)
    sight = web.sight(request)
    known = sight.known_of(await web.node.streams())
    found = [one.name for one in known if is_about(one.name, body.stream) and one.has_data]
    return sorted(name for name in found if sight.may(Right.RECORD, name))[: MAX_TRACKS - 1]


async def _check(request: Request, stream: str) -> None:
    """Raise NotFound for a stream that does not exist or must not be known, Denied for one that must not be recorded."""
    web = web_of(request)
    sight = web.sight(request)
    # The node knows a stream before this server has heard of it.
    status = await find_stream(web.node, sight, stream)
    rights = sight.principal.rights
    if rights is not None and not rights.may(Right.RECORD, stream, status.groups, status.owner):
        raise Denied(
            f"your account or token may not record {stream}: it needs the right to record this stream"
        )
