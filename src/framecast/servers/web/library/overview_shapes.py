"""The JSON of the library as a whole: limits and storage, jobs, reports, playlists. Pure."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, Field

from framecast.model.video import Playlist, Video, Viewer, Visibility
from framecast.model.video_job import Job, JobKind, JobState, Report, Storage
from framecast.servers.web.library.shapes import (
    ID,
    MAX_DESCRIPTION,
    MAX_TITLE,
    Owner,
    VideoShape,
    video_shape,
)

MOST_ITEMS = 1000


class OwnerStorageShape(BaseModel):
    """What one owner has."""

    owner: str = Field(description="name of the account, '': the admins")
    bytes: int
    reserved: int
    videos: int


class StorageShape(BaseModel):
    """What the library has, in bytes."""

    videos: int
    originals: int
    generations: int = Field(description="what was made of the originals")
    bin_videos: int
    bin_bytes: int
    reserved: int = Field(description="by uploads that are not finished")
    removals: int = Field(description="how many folders of old files wait for their removal")
    free: int | None = Field(description="on the disk, null: the store has no limit")
    states: dict[str, int] = Field(description="videos by state")
    jobs: dict[str, int] = Field(description="jobs by state")
    owners: list[OwnerStorageShape] = Field(description="those who have most")


class LibraryShape(BaseModel):
    """What you may do with the library, and what you have in it. Bytes; null is no limit."""

    is_admin: bool
    may_upload: bool
    max_upload: int
    quota: int | None
    daily: int | None
    used: int
    reserved: int
    expiry_h: float = Field(description="an upload that makes no progress for this time is removed")
    bin_days: float = Field(description="a deleted video can be restored for this time")
    extensions: list[str] = Field(description="how names of files end that may be uploaded")
    storage: StorageShape | None = Field(description="for admins")


class JobShape(BaseModel):
    """Work on a video. Times are UTC seconds."""

    id: str
    video: str
    title: str
    kind: JobKind
    state: JobState
    priority: int
    attempt: int
    worker: str
    progress: float | None
    reason: str
    run_at: float
    created_at: float
    started_at: float | None
    finished_at: float | None


class ReportShape(BaseModel):
    """Somebody has reported a video."""

    id: str
    video: str
    title: str
    is_held: bool
    by: str = Field(description="name of the account, '': somebody without one")
    text: str
    at: float


class PlaylistShape(BaseModel):
    """Videos in an order."""

    id: str
    title: str
    description: str
    visibility: Visibility
    owner: Owner | None
    is_mine: bool
    may_edit: bool
    created_at: float
    changed_at: float
    count: int
    videos: list[VideoShape] | None = Field(default=None, description="those that you may see; not in lists")


VIDEO_IDS = Annotated[
    list[Annotated[str, Field(max_length=64, json_schema_extra=ID)]] | None,
    Field(default=None, max_length=MOST_ITEMS, description="ids of all its videos, in order"),
]


class PlaylistChanges(BaseModel):
    """What to change about a playlist; what is left out stays."""

    title: Annotated[str | None, Field(default=None, max_length=MAX_TITLE)]
    description: Annotated[str | None, Field(default=None, max_length=MAX_DESCRIPTION)]
    visibility: Visibility | None = None
    videos: VIDEO_IDS


class NewPlaylist(BaseModel):
    """A playlist to make."""

    title: Annotated[str, Field(max_length=MAX_TITLE)]
    description: Annotated[str, Field(default="", max_length=MAX_DESCRIPTION)]
    visibility: Visibility = Visibility.PRIVATE
    videos: VIDEO_IDS


def storage_shape(found: Storage, free: int | None) -> StorageShape:
    """Return what the admins see of the storage."""
    owners = [
        OwnerStorageShape(
            owner=one.name,
            bytes=one.usage.bytes,
            reserved=one.usage.reserved,
            videos=one.usage.videos,
        )
        for one in found.owners
    ]
    names = ("videos", "originals", "generations", "bin_videos", "bin_bytes", "reserved", "removals")
    plain: dict[str, Any] = {name: getattr(found, name) for name in names}
    return StorageShape(**plain, free=free, states=dict(found.states), jobs=dict(found.jobs), owners=owners)


def job_shape(found: Job, title: str) -> JobShape:
    """Return a job as the admins see it."""
    names = JobShape.model_fields.keys() - {"title"}
    return JobShape(**{name: getattr(found, name) for name in names}, title=title)


def report_shape(found: Report) -> ReportShape:
    """Return a report as the admins see it."""
    return ReportShape(**{name: getattr(found, name) for name in ReportShape.model_fields})


def playlist_shape(
    found: Playlist, viewer: Viewer, videos: list[Video] | None, base_path: str
) -> PlaylistShape:
    """Return a playlist as a viewer may see it."""
    may_edit = found.may_be_edited_by(viewer)
    owner = found.owner
    return PlaylistShape(
        id=found.id,
        title=found.title,
        description=found.description,
        visibility=found.visibility,
        owner=None if owner is None else Owner(name=owner.name, display_name=owner.display_name),
        is_mine=may_edit if owner is None else owner.id == viewer.account,
        may_edit=may_edit,
        created_at=found.created_at,
        changed_at=found.changed_at,
        count=found.count,
        videos=None if videos is None else [video_shape(one, viewer, base_path) for one in videos],
    )
