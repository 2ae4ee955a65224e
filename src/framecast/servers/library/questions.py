"""What the node may ask about videos, as a table. Each is a function on the library, called in a thread; JSON in, JSON out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict

from framecast.bus.channel import Fields
from framecast.errors import Invalid, NotFound
from framecast.library import Library
from framecast.model.library_layout import file_key
from framecast.model.video import Video, Viewer
from framecast.servers.library.kinds import older_files
from framecast.store.objects import Objects


def _video(library: Library, objects: Objects, fields: Fields) -> Fields:
    """What the source `video:ID` reads: the file, and what is known about it. `account`: who asks; `is_admin`: an admin, or everybody of an open node."""
    account = fields.get("account")
    if not isinstance(account, str | None):
        raise Invalid(f"account must be the id of an account, got {account!r:.40}")
    is_admin = fields.get("is_admin") is True
    viewer = Viewer(account, is_admin, is_member=account is not None or is_admin)
    video = library.video(str(fields.get("video")), viewer)
    if video.media is None:
        raise NotFound("this video cannot be played yet", state=str(video.state))
    name = video.media.manifest.get("download")
    if name is None:
        raise NotFound("this video has no file to read")
    path = objects.local_path(file_key(video.id, older_files(video.media)[name], name))
    if path is None:
        raise Invalid(
            "videos in S3 cannot be read as a source: download the video and read the file", reason="s3"
        )
    return {
        "path": str(path),
        "data": _data(video, objects),
        "title": video.title,
        "generation": video.media.generation,
        "duration_s": video.duration_s,
        "width": video.width,
        "height": video.height,
        "fps": video.fps,
        "facts": library.facts(video.id),
    }


def _data(video: Video, objects: Objects) -> list[str]:
    """The files of its data tracks."""
    assert video.media is not None
    names = [one["records"] for one in video.media.manifest.get("data", ())]
    older = older_files(video.media)
    paths = [objects.local_path(file_key(video.id, older[name], name)) for name in names if name in older]
    return [str(path) for path in paths if path is not None]


def _storage(library: Library, objects: Objects, fields: Fields) -> Fields:
    """How much there is, and how much more there may be."""
    return {**asdict(library.storage()), "free_bytes": objects.free_bytes()}


def _look(library: Library, objects: Objects, fields: Fields) -> Fields:
    """Nothing: the server looks at its jobs at every question."""
    return {}


QUESTIONS: Mapping[str, Callable[[Library, Objects, Fields], Fields]] = {
    "video": _video,
    "storage": _storage,
    "look": _look,
}
