"""Videos of the library over HTTP: found, changed, put into the bin, watched. What one may not see is answered as what does not exist."""

from __future__ import annotations

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse

from framecast.errors import NotFound
from framecast.model.rights import Scope
from framecast.model.video import VideoOrder, VideoState
from framecast.servers.access.policy import may
from framecast.servers.access.principal import Principal, Requirement
from framecast.servers.catalogue import viewer_of
from framecast.servers.web.context import web_of
from framecast.servers.web.http.connection import connection_of
from framecast.servers.web.http.credentials import address_of
from framecast.servers.web.library.calls import (
    call,
    catalogue_of,
    change,
    find_video,
    shown,
    viewer,
)
from framecast.servers.web.library.shapes import (
    MOST,
    After,
    Most,
    Sentence,
    VideoChanges,
    VideoId,
    VideoPage,
    VideoShape,
)
from framecast.servers.web.library.video_feed import MEDIA_TYPE, events

router = APIRouter(tags=["library"])

_EVENTS = {200: {"content": {"text/event-stream": {}}, "description": "server-sent events"}}


@router.get("/api/videos", response_model=VideoPage, summary="Videos, page by page")
async def get_videos(
    request: Request,
    q: Annotated[str, Query(max_length=256, description="words of title, description or tags")] = "",
    tag: Annotated[str | None, Query(max_length=64, description="only videos with this tag")] = None,
    owner: Annotated[str | None, Query(max_length=256, description="me, or the name of an account")] = None,
    state: Annotated[
        str | None,
        Query(max_length=16, description=f"{', '.join(VideoState)}, deleted (the bin) or held"),
    ] = None,
    sort: Annotated[VideoOrder, Query(description="order of the list")] = VideoOrder.NEWEST,
    after: After = None,
    most: Most = 48,
) -> Response:
    """List the videos that you may find. Give `next` as `after` for the page behind this one, with the same sort."""
    who = viewer(request)
    catalogue_of(request)
    wanted = who.account if owner == "me" else owner
    try:
        found = await call(
            request,
            lambda library: library.videos(
                who, query=q, tag=tag, owner=wanted, state=state, sort=sort, after=after, most=min(most, MOST)
            ),
        )
    except NotFound:  # nothing was ever stored
        return _json(VideoPage(videos=[], next=None))
    changes = web_of(request).video_changes
    if changes is not None:
        changes.remember(found.videos)
    return _json(VideoPage(videos=[shown(request, one) for one in found.videos], next=found.next))


@router.get("/api/videos/events", response_class=Response, responses=_EVENTS, summary="Changes of videos")  # type: ignore[arg-type]
async def get_events(request: Request) -> Response:
    """Give a server-sent event `{"id"}` for each video that has changed and that you find, as long as you listen.

    An empty id means: read the list again.
    """
    catalogue_of(request)
    web = web_of(request)
    changes = web.video_changes
    assert changes is not None
    listener = changes.join(viewer(request))

    def may_stay(principal: Principal) -> bool:
        listener.viewer = viewer_of(principal)
        return may(principal, Requirement.READ)

    connection, _ = connection_of(request.scope)
    web.connections.judge_by(connection, may_stay)
    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    return StreamingResponse(events(changes, listener), media_type=MEDIA_TYPE, headers=headers)


@router.get("/api/videos/{id}", summary="One video")
async def get_video(request: Request, id: VideoId) -> VideoShape:
    """Give a video."""
    return shown(request, await find_video(request, id))


@router.patch("/api/videos/{id}", summary="Change what stands about a video")
async def change_video(request: Request, id: VideoId, body: VideoChanges) -> VideoShape:
    """Change title, description, tags or visibility. For its owner and the admins."""
    who, given = viewer(request), body.model_dump(exclude_none=True)
    changed = await change(request, id, lambda library, by: library.change_video(id, who, **given, by=by))
    return shown(request, changed)


@router.delete("/api/videos/{id}", summary="Delete a video")
async def delete_video(
    request: Request,
    id: VideoId,
    for_good: Annotated[bool, Query(description="of one that is in the bin: nobody can restore it")] = False,
) -> Response:
    """Put a video into the bin, from which it can be restored for some time; with `for_good` remove it from there. For its owner and the admins."""
    who = viewer(request)
    if for_good:
        await change(request, id, lambda library, by: library.purge_video(id, who, by=by))
    else:
        await change(request, id, lambda library, by: library.delete_video(id, who, by=by))
    return Response(status_code=204)


@router.post("/api/videos/{id}/restore", summary="Take a video out of the bin")
async def restore_video(request: Request, id: VideoId) -> VideoShape:
    """Take a video out of the bin. For its owner and the admins."""
    who = viewer(request)
    return shown(
        request, await change(request, id, lambda library, by: library.restore_video(id, who, by=by))
    )


@router.post("/api/videos/{id}/view", status_code=204, summary="Count a view")
async def count_view(request: Request, id: VideoId) -> None:
    """Count that you watch a video. Players send it after some seconds; one person counts once in a while."""
    video, seen_by = await find_video(request, id, Scope.WATCH), viewer(request, Scope.WATCH)
    who = seen_by.account or _stranger(request)
    await catalogue_of(request).call(lambda library: library.count_view(video.id, seen_by, who))


@router.post("/api/videos/{id}/report", status_code=204, summary="Report a video to the admins")
async def report_video(request: Request, id: VideoId, body: Sentence) -> None:
    """Tell the admins what is wrong with a video."""
    who, key = viewer(request), _stranger(request)
    await change(request, id, lambda library, by: library.report(id, who, body.text, viewer_key=key, by=by))


@router.post("/api/videos/{id}/hold", summary="Take a video out of view")
async def hold_video(request: Request, id: VideoId, body: Sentence | None = None) -> VideoShape:
    """Let nobody but its owner and the admins see a video, until it is released."""
    who, reason = viewer(request), body.text if body is not None else ""
    return shown(request, await change(request, id, lambda library, by: library.hold(id, who, reason, by=by)))


@router.post("/api/videos/{id}/release", summary="Put a video into view again")
async def release_video(request: Request, id: VideoId) -> VideoShape:
    """Let a held video be seen again; its reports are done."""
    who = viewer(request)
    return shown(request, await change(request, id, lambda library, by: library.release(id, who, by=by)))


def _json(page: VideoPage) -> Response:
    """Return a page as an answer: FastAPI would check and encode every video a second time."""
    return Response(page.model_dump_json(), media_type="application/json")


def _stranger(request: Request) -> str:
    """Return what tells somebody without an account from others; nothing of it can be read back."""
    seen = f"{address_of(request.scope)}\0{request.headers.get('user-agent', '')[:256]}"
    return sha256(seen.encode(errors="replace")).hexdigest()[:32]
