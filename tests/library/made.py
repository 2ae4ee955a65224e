"""Videos in the states that a test needs, made in the way of the servers: upload, check, publish."""

from __future__ import annotations

from typing import Any

from framecast.library import Library
from framecast.model.video import LOCAL, Video, Visibility
from framecast.model.video_job import Job, JobKind, UploadLimits

FACTS: dict[str, Any] = {
    "container": "mp4",
    "duration_s": 60.0,
    "video": {"codec": "h264", "width": 640, "height": 360, "fps": 25.0, "rotation": 0},
    "audio": None,
    "can_remux": True,
}
UNLIMITED = UploadLimits()


def manifest(*names: str, **sources: str) -> dict[str, Any]:
    """Return a manifest with files of 100 bytes; `sources` are names without their ending, of another generation."""
    files: dict[str, Any] = {
        name: {"size": 100, "from": None} for name in (names or ("main.mp4", "main.m3u8"))
    }
    files |= {f"{name}.mp4": {"size": 100, "from": source} for name, source in sources.items()}
    return {
        "hls": "index.m3u8",
        "download": "main.mp4",
        "poster": "poster.jpg",
        "subtitles": [],
        "files": files,
    }


def claimed(library: Library, kind: JobKind = JobKind.CHECK, worker: str = "worker") -> Job:
    job = library.claim(worker, [kind])
    assert job is not None
    return job


def uploaded(
    library: Library,
    title: str = "A video",
    *,
    owner: str | None = None,
    size: int = 1000,
    sha256: str = "",
    visibility: str = "private",
    limits: UploadLimits = UNLIMITED,
) -> Video:
    """A video whose file is there and waits for its check."""
    metadata = {"title": title, "visibility": visibility}
    upload = library.begin_upload(owner, size, "a.mp4", metadata, limits)
    library.note_offset(upload.id, size)
    return library.finish_upload(upload.id, sha256 or upload.id)


def ready(
    library: Library,
    title: str = "A video",
    *,
    owner: str | None = None,
    visibility: Visibility = Visibility.PUBLIC,
    size: int = 1000,
) -> Video:
    """A video that can be played."""
    video = uploaded(library, title, owner=owner, visibility=visibility, size=size)
    check = claimed(library)
    assert check.video == video.id
    library.checked(check.id, check.attempt, FACTS)
    job = claimed(library, JobKind.PUBLISH)
    library.publish(job.id, job.attempt, library.begin_generation(job.id, job.attempt), manifest())
    return library.video(video.id, LOCAL)
