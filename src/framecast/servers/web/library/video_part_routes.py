"""What is made of a video, over HTTP: its poster, its subtitles, and the work on it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request

from framecast.errors import Conflict, Denied
from framecast.model.video import Viewer
from framecast.model.video_job import JobState
from framecast.model.webvtt import LARGEST, plain_webvtt
from framecast.servers.web.library.calls import change, find_video, shown, viewer
from framecast.servers.web.library.shapes import PosterTime, VideoId, VideoShape

if TYPE_CHECKING:
    from framecast.accounts.account import Actor
    from framecast.library import Library

router = APIRouter(tags=["library"])

_ACTIVE = (JobState.WAITING, JobState.RUNNING)
_ENDED = (JobState.FAILED, JobState.CANCELLED)
_SUBTITLES: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            kind: {"schema": {"type": "string", "maxLength": LARGEST}}
            for kind in ("text/vtt", "application/x-subrip")
        },
    }
}

Language = Annotated[str, Query(max_length=35, description="such as de, en-GB or zh-Hant")]
Label = Annotated[str, Query(max_length=60, description="what people call it; '': the language")]


@router.put("/api/videos/{id}/poster", summary="Choose the picture of a video")
async def set_poster(request: Request, id: VideoId, body: PosterTime) -> VideoShape:
    """Let the picture of a time stand for the video; it is made in a moment. For its owner and the admins."""
    who = viewer(request)
    await change(request, id, lambda library, by: library.set_poster(id, who, body.at_s, by=by))
    return shown(request, await find_video(request, id))


@router.put("/api/videos/{id}/subtitles", openapi_extra=_SUBTITLES, summary="Add subtitles")
async def add_subtitles(request: Request, id: VideoId, language: Language, label: Label = "") -> VideoShape:
    """Add subtitles, or replace those of the same language: the body is WebVTT or SubRip in UTF-8. For the owner and the admins."""
    who = viewer(request)
    text = plain_webvtt(await request.body())
    await change(
        request, id, lambda library, by: library.add_subtitles(id, who, language, label, text, by=by)
    )
    return shown(request, await find_video(request, id))


@router.delete("/api/videos/{id}/subtitles", summary="Remove subtitles")
async def remove_subtitles(request: Request, id: VideoId, language: Language) -> VideoShape:
    """Remove subtitles that somebody has added. For the owner and the admins."""
    who = viewer(request)
    await change(request, id, lambda library, by: library.remove_subtitles(id, who, language, by=by))
    return shown(request, await find_video(request, id))


@router.post("/api/videos/{id}/cancel", summary="Stop the work on a video")
async def cancel_work(request: Request, id: VideoId) -> VideoShape:
    """Cancel what is being made of a video. What can be played stays. For its owner and the admins."""
    who = viewer(request)
    await change(request, id, lambda library, by: _cancel(library, id, who, by))
    return shown(request, await find_video(request, id))


@router.post("/api/videos/{id}/retry", summary="Try again")
async def retry_work(request: Request, id: VideoId) -> VideoShape:
    """Let what has failed or was cancelled begin again. For its owner and the admins."""
    who = viewer(request)
    await change(request, id, lambda library, by: _retry(library, id, who, by))
    return shown(request, await find_video(request, id))


def _cancel(library: Library, id: str, who: Viewer, by: Actor) -> None:
    _check_edit(library, id, who)
    for job in library.jobs(video=id):
        if job.state in _ACTIVE:
            with suppress(Conflict):  # it has ended meanwhile
                library.cancel_job(job.id, by=by)


def _retry(library: Library, id: str, who: Viewer, by: Actor) -> None:
    """Retry the newest job of each kind that has ended without success."""
    _check_edit(library, id, who)
    newest = {}
    for job in sorted(library.jobs(video=id), key=lambda job: job.created_at):
        newest[job.kind] = job
    ended = [job for job in newest.values() if job.state in _ENDED]
    if not ended:
        raise Conflict("nothing of this video has failed or was cancelled")
    for job in ended:
        library.retry_job(job.id, by=by)


def _check_edit(library: Library, id: str, who: Viewer) -> None:
    if not library.video(id, who).may_be_edited_by(who):
        raise Denied("only its owner and the admins may change this video", reason="owner")
