"""The library as a whole over HTTP: what one may upload, what it takes, jobs and reports for admins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request

from framecast.errors import NotFound
from framecast.model.video import LOCAL
from framecast.model.video_job import JobState, Usage
from framecast.servers.access.policy import may
from framecast.servers.access.principal import Requirement
from framecast.servers.web.context import web_of
from framecast.servers.web.http.credentials import principal_of
from framecast.servers.web.library.calls import call, catalogue_of, viewer
from framecast.servers.web.library.overview_shapes import (
    JobShape,
    LibraryShape,
    ReportShape,
    StorageShape,
    job_shape,
    report_shape,
    storage_shape,
)

if TYPE_CHECKING:
    from framecast.library import Library

router = APIRouter(tags=["library"])

_HOUR_S, _DAY_S = 3600, 86400
# What file dialogs offer: the usual endings of the containers that are accepted. What a file is, its bytes decide.
EXTENSIONS = (
    *("mp4", "m4v", "mov", "3gp", "mkv", "webm", "avi", "ts", "m2ts", "mts"),
    *("ogv", "ogg", "m4a", "mka", "oga", "opus"),
)
Video = Annotated[str | None, Query(max_length=64, description="only of this video")]
Most = Annotated[int, Query(ge=1, le=1000, description="how many at most")]


@router.get("/api/library", summary="What you may upload, and what you have")
async def get_library(request: Request) -> LibraryShape:
    """Give the limits of the library and what you have used of them; admins also see what it takes in all."""
    who, catalogue = viewer(request), catalogue_of(request)
    limits = catalogue.settings
    usage, storage = Usage(0, 0, 0), None
    try:
        usage = await call(request, lambda library: library.usage(who.account))
        if who.sees_all:
            storage = await _storage(request)
    except NotFound:  # nothing was ever stored
        pass
    return LibraryShape(
        is_admin=who.sees_all,
        may_upload=may(principal_of(request.scope), Requirement.ADD),
        max_upload=limits.max_upload_bytes,
        quota=limits.quota_bytes,
        daily=limits.daily_bytes,
        used=usage.bytes,
        reserved=usage.reserved,
        expiry_h=limits.upload_expiry_s / _HOUR_S,
        bin_days=limits.bin_s / _DAY_S,
        extensions=list(EXTENSIONS),
        storage=storage,
    )


@router.get("/api/jobs", summary="Work on videos")
async def get_jobs(
    request: Request,
    state: Annotated[JobState | None, Query(description="only in this state")] = None,
    video: Video = None,
    most: Most = 100,
) -> dict[str, list[JobShape]]:
    """List jobs: first what runs and what waits, then what has ended, the newest first."""

    def read(library: Library) -> list[JobShape]:
        found = library.jobs(state=state, video=video, most=most)
        titles = {one: _title(library, one) for one in {job.video for job in found}}
        return [job_shape(one, titles[one.video]) for one in found]

    catalogue_of(request)
    try:
        return {"jobs": await call(request, read)}
    except NotFound:  # nothing was ever stored
        return {"jobs": []}


@router.get("/api/reports", summary="Reported videos")
async def get_reports(request: Request, most: Most = 100) -> dict[str, list[ReportShape]]:
    """List what people have reported, the newest first. To release a video ends its reports."""
    catalogue_of(request)
    try:
        found = await call(request, lambda library: library.reports(most))
    except NotFound:  # nothing was ever stored
        found = []
    return {"reports": [report_shape(one) for one in found]}


async def _storage(request: Request) -> StorageShape:
    found = await call(request, lambda library: library.storage())
    objects = catalogue_of(request).objects
    free = await web_of(request).readers.run(lambda: objects().free_bytes())
    return storage_shape(found, free)


def _title(library: Library, video: str) -> str:
    try:
        return library.video(video, LOCAL).title
    except NotFound:
        return ""
