"""A stored video as a message of `framecast.v1`. Pure."""

from __future__ import annotations

from framecast.model.video import Video, Viewer
from framecast.servers.stored_files import TYPES
from framecast.v1 import videos_pb2


def video_to(video: Video, viewer: Viewer, *, has_files: bool = False) -> videos_pb2.Video:
    """Return a video as a viewer may see it; with `has_files` also the files of its newest generation."""
    may_edit = video.may_be_edited_by(viewer)
    return videos_pb2.Video(
        id=video.id,
        title=video.title,
        description=video.description,
        tags=video.tags,
        visibility=str(video.visibility),
        state=str(video.state),
        reason=(video.reason or video.held_reason) if may_edit else "",
        progress=video.progress,
        owner=video.owner.name if video.owner is not None else "",
        is_mine=video.is_of(viewer),
        may_edit=may_edit,
        created_at=video.created_at,
        published_at=video.published_at,
        duration_s=video.duration_s,
        width=video.width or 0,
        height=video.height or 0,
        fps=video.fps or 0.0,
        size=video.size,
        views=video.views,
        is_held=video.is_held,
        deleted_at=video.deleted_at,
        generation=video.media.generation if video.media is not None else "",
        files=files_of(video) if has_files else (),
        data=data_of(video),
    )


def data_of(video: Video) -> list[videos_pb2.VideoData]:
    """Return the data tracks that are kept with a video."""
    found = video.media.manifest.get("data", ()) if video.media is not None else ()
    return [videos_pb2.VideoData(name=one["name"], count=one["count"]) for one in found]


def files_of(video: Video) -> list[videos_pb2.VideoFile]:
    """Return the files of the newest generation, by name."""
    if video.media is None:
        return []
    found = video.media.manifest.get("files", {})
    return [
        videos_pb2.VideoFile(name=name, size=found[name]["size"], media_type=TYPES[ending])
        for name in sorted(found)
        if (ending := name.rpartition(".")[2]) in TYPES
    ]
