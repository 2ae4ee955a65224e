"""The kinds of jobs as a table: what the task of each is given, what follows it, and what of the generation before stays. Blocks; any thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framecast.errors import NotFound
from framecast.library import Library
from framecast.library.publishing import OWN_KEYS
from framecast.model.library_layout import file_key, original_key
from framecast.model.video import LOCAL, Media
from framecast.model.video_job import Job, JobKind
from framecast.servers.library.desk import Order
from framecast.store.objects import Objects

# These change a part of what is played, so there must be something.
_LATER = (JobKind.LADDER, JobKind.POSTER, JobKind.SUBTITLES)


@dataclass(frozen=True, slots=True)
class Place:
    """The objects of a library, and the work folder of an attempt."""

    library: Library
    objects: Objects
    folder: Path

    def fetched(self, key: str, name: str) -> Path:
        """Return the path of an object: its own, or that of a copy in the work folder."""
        found = self.objects.local_path(key)
        if found is not None:
            self.objects.size(key)  # raises NotFound
            return found
        path = self.folder / name
        self.objects.fetch(key, path)
        return path


def order(job: Job, place: Place) -> Order:
    """Return what the task of a job is given.

    Raises:
        NotFound: the video, its original or what is played of it has gone.
    """
    made = _ORDERS[job.kind](job, place)
    request = {"output": str(place.folder / "output"), **dict(job.params), **made.request}
    return Order(request, made.inputs)


def playing(job: Job, library: Library) -> Media | None:
    """Return what is played of the video of a job now.

    Raises:
        NotFound: there is nothing, and the job is to change it.
    """
    media = library.video(job.video, LOCAL).media
    if media is None and job.kind in _LATER:
        raise NotFound("there is nothing to play of this video yet")
    return media


def older_files(media: Media | None) -> dict[str, str]:
    """Return the generation that each file of what is played lies in."""
    if media is None:
        return {}
    files = media.manifest.get("files", {})
    return {name: one.get("from") or media.generation for name, one in files.items()}


def kept(job: Job, result: Mapping[str, Any], media: Media | None) -> dict[str, Any]:
    """Return the whole manifest of a new generation: what the task has made, and what stays of the one that is played.

    Files that are taken over lie where they lie now. A new poster or new subtitles change that part alone; a ladder keeps a poster, subtitles and data that were
    added meanwhile. Data tracks always stay.
    """
    older = older_files(media)
    files = {
        name: {**one, "from": older.get(name, one["from"])} if one.get("from") else dict(one)
        for name, one in result["files"].items()
    }
    if media is None:
        return {**result, "data": [], "files": files}
    before = media.manifest
    stays = {name: {"size": one["size"], "from": older[name]} for name, one in before["files"].items()}
    data = before.get("data", [])
    for name in (one[part] for one in data for part in ("records", "index")):
        files.setdefault(name, stays[name])
    if job.kind not in _LATER:
        return {**result, "data": data, "files": files}
    own = OWN_KEYS[job.kind]
    if own is not None:
        return {**before, **{key: result[key] for key in own if key in result}, "files": {**stays, **files}}
    names = {one["name"] for one in result.get("subtitles", ())}
    added = [one for one in before.get("subtitles", ()) if one["name"] not in names]
    poster = before.get("poster") or result.get("poster")
    for name in (poster, *(one["name"] for one in added)):
        if name in stays:
            files.setdefault(name, stays[name])
    subtitles = [*result.get("subtitles", ()), *added]
    return {**result, "poster": poster, "data": data, "subtitles": subtitles, "files": files}


def follow(job: Job, *, has_ladder: bool) -> Sequence[tuple[JobKind, Mapping[str, Any]]]:
    """Return the jobs that come after the one that is committed."""
    return [(JobKind.LADDER, {})] if job.kind == JobKind.PUBLISH and has_ladder else []


def _original(job: Job, place: Place) -> Order:
    path = place.fetched(original_key(job.video), "input")
    return Order({"input": str(path)}, [path])


def _publish(job: Job, place: Place) -> Order:
    made = _original(job, place)
    return Order({**made.request, "facts": place.library.facts(job.video)}, made.inputs)


def _change(job: Job, place: Place) -> Order:
    """A task that reads the original and what is played of it."""
    made, media = _publish(job, place), playing(job, place.library)
    assert media is not None
    main = media.manifest.get("download")
    request = {**made.request, "generation": media.generation, "manifest": dict(media.manifest)}
    if main is None:
        return Order(request, made.inputs)
    path = place.fetched(file_key(job.video, older_files(media)[main], main), "main.mp4")
    return Order({**request, "main": str(path)}, [*made.inputs, path])


def _subtitles(job: Job, place: Place) -> Order:
    """Texts that people have added: rows of the database, as files that the task can read."""
    media = playing(job, place.library)
    assert media is not None
    texts, inputs = [], []
    for number, one in enumerate(place.library.subtitles(job.video)):
        path = place.folder / f"text-{number}.vtt"
        path.write_text(one.body, encoding="utf-8")
        inputs.append(path)
        texts.append({"path": str(path), "language": one.language, "label": one.label})
    request = {"texts": texts, "generation": media.generation, "manifest": dict(media.manifest)}
    return Order(request, inputs)


_ORDERS: Mapping[JobKind, Callable[[Job, Place], Order]] = {
    JobKind.CHECK: _original,
    JobKind.PUBLISH: _publish,
    JobKind.LADDER: _change,
    JobKind.POSTER: _change,
    JobKind.SUBTITLES: _subtitles,
}
