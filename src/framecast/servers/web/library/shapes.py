"""The JSON of the library: videos, their media, playlists, jobs, reports. Pure: values of `model.video` in, shapes of the API out."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from framecast.model.video import Video, VideoState, Viewer, Visibility

MAX_TITLE = 200
MAX_DESCRIPTION = 10_000
MAX_TAGS = 32
MAX_TAG = 64
MAX_SENTENCE = 2000
MOST = 200

ID: dict[str, Any] = {"pattern": "^[A-Za-z0-9_-]{1,64}$", "example": "AAAAAAAAAAAAAAAAAAAAAA"}
VideoId = Annotated[str, Path(max_length=64, description="of the video", json_schema_extra=ID)]
PlaylistId = Annotated[str, Path(max_length=64, description="of the playlist", json_schema_extra=ID)]
After = Annotated[str | None, Query(max_length=1024, description="`next` of the page before")]
Most = Annotated[int, Query(ge=1, le=MOST, description="how many at most")]


class Owner(BaseModel):
    """To whom a video belongs."""

    name: str
    display_name: str


class Storyboard(BaseModel):
    """Small pictures of a video in a grid: one every `every_s`."""

    sheets: list[str]
    tile_width: int
    tile_height: int
    columns: int
    rows: int
    every_s: float


class SubtitleTrack(BaseModel):
    """Subtitles as WebVTT."""

    name: str
    language: str
    label: str


class Rendition(BaseModel):
    """One quality of a video."""

    name: str
    width: int
    height: int
    bitrate: int
    codecs: str


class DataTrack(BaseModel):
    """A data track that is kept with a video: records with times, such as what a detector has found."""

    name: str = Field(description="of the stream that had it; for `/api/videos/{id}/data/{track}`")
    count: int = Field(description="how many records it has")
    records: str = Field(description="its files")
    index: str


class Media(BaseModel):
    """The files that can be played: names below `base`. They never change; a newer generation has another base."""

    model_config = ConfigDict(extra="allow")

    generation: str
    base: str = Field(description="path on this server, with a slash at its end")
    hls: str | None = Field(default=None, description="the main playlist")
    download: str | None = None
    poster: str | None = None
    storyboard: Storyboard | None = None
    waveform: str | None = None
    subtitles: list[SubtitleTrack] = Field(default_factory=list)
    renditions: list[Rendition] = Field(default_factory=list)
    data: list[DataTrack] = Field(default_factory=list, description="data tracks, such as detections")
    is_final: bool = Field(default=False, description="false: better renditions follow")


class VideoShape(BaseModel):
    """A stored video. Times are UTC seconds."""

    id: str
    title: str
    description: str
    tags: list[str]
    visibility: Visibility
    state: VideoState
    progress: float | None = Field(description="0 to 1 of what is being done, null: nothing is")
    reason: str | None = Field(description="why it has failed, or is held")
    owner: Owner | None = Field(description="null: it belongs to the admins")
    is_mine: bool
    may_edit: bool
    created_at: float
    published_at: float | None
    duration_s: float | None
    width: int | None
    height: int | None
    fps: float | None
    size: int = Field(description="of the original, in bytes")
    views: int
    stream: str = Field(description="what was recorded; '' for an upload")
    is_recording: bool = Field(description="it grows: its playlist is read again")
    is_held: bool = Field(description="an admin has taken it out of view")
    deleted_at: float | None = Field(description="when it was put into the bin")
    filename: str = Field(description="of the original, for those who may edit it; '' for others")
    media: Media | None = Field(description="null: it cannot be played yet")


class VideoPage(BaseModel):
    """Some videos of a list. `next` is for `after` of the next page, null on the last one."""

    videos: list[VideoShape]
    next: str | None


class VideoChanges(BaseModel):
    """What to change about a video; what is left out stays."""

    title: Annotated[str | None, Field(default=None, max_length=MAX_TITLE)]
    description: Annotated[str | None, Field(default=None, max_length=MAX_DESCRIPTION)]
    tags: Annotated[
        list[Annotated[str, Field(max_length=MAX_TAG)]] | None, Field(default=None, max_length=MAX_TAGS)
    ]
    visibility: Visibility | None = None


class Sentence(BaseModel):
    """A text of a person."""

    text: Annotated[str, Field(default="", max_length=MAX_SENTENCE)]


class PosterTime(BaseModel):
    """Which picture of the video stands for it."""

    at_s: Annotated[float, Field(ge=0, le=1e6, description="seconds from its beginning")]


def video_shape(video: Video, viewer: Viewer, base_path: str) -> VideoShape:
    """Return a video as a viewer may see it. `base_path` is the prefix of the server."""
    may_edit = video.may_be_edited_by(viewer)
    return VideoShape(
        **{name: getattr(video, name) for name in _AS_IT_IS},
        tags=list(video.tags),
        reason=(video.reason or video.held_reason or None) if may_edit else None,
        owner=_owner(video),
        is_mine=video.is_of(viewer),
        may_edit=may_edit,
        filename=video.filename if may_edit else "",
        media=media_shape(video, base_path),
    )


_AS_IT_IS = (
    *("id", "title", "description", "visibility", "state", "progress", "created_at", "published_at"),
    *(
        "duration_s",
        "width",
        "height",
        "fps",
        "size",
        "views",
        "is_held",
        "deleted_at",
        "stream",
        "is_recording",
    ),
)


def media_shape(video: Video, base_path: str) -> Media | None:
    """Return what can be played of a video, without the list of its files."""
    if video.media is None:
        return None
    shown = {name: value for name, value in video.media.manifest.items() if name != "files"}
    generation = video.media.generation
    return Media(**shown, generation=generation, base=media_base(video.id, generation, base_path))


def media_base(video: str, generation: str, base_path: str) -> str:
    """Return the path below which the files of a generation are."""
    return f"{base_path}/api/videos/{video}/media/{generation}/"


def _owner(video: Video) -> Owner | None:
    found = video.owner
    return None if found is None else Owner(name=found.name, display_name=found.display_name)
