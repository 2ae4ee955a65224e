"""From a checked file to what is played: each commit of a job is one transaction that names its attempt.

A generation has a row before its first object is stored, and its objects never change. `publish` moves the pointer of the video to it; until
then nobody sees it, and an attempt that dies leaves a row that `old_generations` finds.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, exists, insert, select, update

from framecast.accounts.part import Audited
from framecast.errors import Conflict, Invalid
from framecast.library.job_rows import committing, done, fail_for_good, insert_job
from framecast.library.removals import remove_objects, sources_of
from framecast.library.rows import change_row, find_video
from framecast.model import number
from framecast.model.text import shown
from framecast.model.video import Video, VideoState
from framecast.model.video_job import JobKind
from framecast.store.library_schema import generations, videos

FILE_NAME = re.compile(r"[a-z0-9._-]{1,64}")
GENERATION = re.compile(r"g[0-9a-f]{12}")
MOST_FILES = 2000
LONGEST_MANIFEST = 1 << 20
_LARGEST_FILE = 1 << 44
_LONGEST_S = 30 * 86400.0
# A later generation changes its part of what is played and keeps the rest. `publish` makes everything.
OWN_KEYS: dict[JobKind, tuple[str, ...] | None] = {
    JobKind.PUBLISH: None,
    JobKind.LADDER: None,
    JobKind.POSTER: ("poster",),
    JobKind.SUBTITLES: ("subtitles",),
}


class Publishing(Audited):
    """The commits of jobs."""

    def checked(
        self, job: str, attempt: int, facts: Mapping[str, Any], params: Mapping[str, Any] | None = None
    ) -> Video:
        """Note what a file is (the facts of the task `check`); the video is processed next, by a job `publish`.

        Raises:
            Conflict: the attempt has lost the job, or it was cancelled. Invalid: these are no facts.
        """
        now, known = self._now(), _facts(facts)
        with self._store.write() as connection:
            row = committing(connection, job, attempt)
            # What was recorded can be played already.
            is_played = find_video(connection, row.video_id).media is not None
            state = str(VideoState.READY if is_played else VideoState.PROCESSING)
            change_row(connection, row.video_id, now, **known, state=state, reason="")
            done(connection, row, now)
            insert_job(connection, row.video_id, JobKind.PUBLISH, now, params, row.priority)
            return find_video(connection, row.video_id)

    def refused(self, job: str, attempt: int, sentence: str) -> Video:
        """Note that a file is refused, and why: the video fails, and its file goes.

        Raises:
            Conflict: the attempt has lost the job, or it was cancelled.
        """
        now = self._now()
        with self._store.write() as connection:
            row = committing(connection, job, attempt)
            fail_for_good(connection, row, sentence, now)
            if row.kind == JobKind.CHECK and find_video(connection, row.video_id).media is None:
                change_row(connection, row.video_id, now, has_original=False, size=0, sha256=None)
                remove_objects(connection, [f"videos/{row.video_id}/original"], now)
            return find_video(connection, row.video_id)

    def facts(self, video: str) -> dict[str, Any]:
        """Return what the check has found out about a video's file; {} before.

        Raises:
            NotFound: there is no such video.
        """
        with self._store.read() as connection:
            find_video(connection, video)
            found = connection.execute(select(videos.c.facts).where(videos.c.id == video)).scalar_one()
            return dict(json.loads(found)) if found else {}

    def begin_generation(self, job: str, attempt: int) -> str:
        """Return the name of a new generation for an attempt. Store its objects after this, and call `publish` last.

        Raises:
            Conflict: the attempt has lost the job, or it was cancelled.
        """
        name = f"g{secrets.token_hex(6)}"
        with self._store.write() as connection:
            row = committing(connection, job, attempt)
            _insert(connection, row.video_id, name, job, attempt, self._now())
        return name

    def publish(
        self,
        job: str,
        attempt: int,
        generation: str,
        manifest: Mapping[str, Any],
        follow: Sequence[tuple[JobKind | str, Mapping[str, Any]]] = (),
        *,
        base: str | None = None,
    ) -> Video:
        """Let a generation be what is played, end the job, and add the jobs that `follow` (kind, params). All or nothing.

        `base` is the generation that the manifest was made from, if it was: another job may have published in between.

        A generation of the kinds `poster` and `subtitles` replaces its part of the manifest and keeps the rest of what is played.

        Raises:
            Conflict: the attempt has lost the job, or it was cancelled; with the reason `base`: another generation is played by now;
                with the reason `gone`: the generation takes files from one that has gone.
            Invalid: the manifest or the name of the generation has another form.
        """
        if not GENERATION.fullmatch(generation):
            raise Invalid(f"a generation must be g and 12 hexadecimal digits, got {shown(generation, 40)!r}")
        check_manifest(manifest)
        now = self._now()
        with self._store.write() as connection:
            row = committing(connection, job, attempt)
            connection.execute(select(videos.c.id).where(videos.c.id == row.video_id).with_for_update())
            video = find_video(connection, row.video_id)
            if base is not None and (video.media is None or video.media.generation != base):
                raise Conflict("another job has published meanwhile: make the manifest again", reason="base")
            whole = _merged(JobKind(row.kind), video, manifest)
            _check_sources(connection, video.id, generation, whole)
            _supersede(connection, video, now)
            if not _exists(connection, video.id, generation):
                _insert(connection, video.id, generation, job, attempt, now)
            _commit(connection, video.id, generation, whole, now)
            published = now if video.published_at is None else video.published_at
            values = {"generation": generation, "published_at": published, "reason": ""}
            change_row(connection, video.id, now, **values, state=str(VideoState.READY))
            done(connection, row, now)
            for kind, params in follow:
                insert_job(connection, video.id, kind, now, params, row.priority)
            return find_video(connection, video.id)


def check_manifest(manifest: Mapping[str, Any]) -> None:
    """Check the form of a manifest as far as the library goes by it: the files.

    Raises:
        Invalid: it has another form.
    """
    files = manifest.get("files")
    if not isinstance(files, Mapping) or len(files) > MOST_FILES:
        raise Invalid(f"the manifest must have `files`, a mapping of at most {MOST_FILES} names")
    for name, one in files.items():
        if not isinstance(name, str) or not FILE_NAME.fullmatch(name) or name in (".", ".."):
            raise Invalid(f"a name of a file must match {FILE_NAME.pattern}, got {shown(str(name), 80)!r}")
        if not isinstance(one, Mapping):
            raise Invalid(f"the file {name} must be a mapping with `size` and `from`")
        source = one.get("from")
        if source is not None and not (isinstance(source, str) and GENERATION.fullmatch(source)):
            raise Invalid(f"`from` of the file {name} must be a generation or null")
        try:
            number.whole(one.get("size"), 0, _LARGEST_FILE)
        except ValueError as error:
            raise Invalid(f"`size` of the file {name}: {error}") from None
    if len(json.dumps(manifest)) > LONGEST_MANIFEST:
        raise Invalid(f"the manifest must have at most {LONGEST_MANIFEST} bytes")


def _merged(kind: JobKind, video: Video, manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole manifest of a generation that changes a part of what is played."""
    keys = OWN_KEYS.get(kind)
    if keys is None or video.media is None:
        return dict(manifest)
    before = video.media.manifest
    files = {
        name: {**one, "from": one.get("from") or video.media.generation}
        for name, one in before.get("files", {}).items()
    }
    own = {key: manifest[key] for key in keys if key in manifest}
    return {**before, **own, "files": {**files, **manifest["files"]}}


def _check_sources(connection: Connection, video: str, generation: str, manifest: dict[str, Any]) -> None:
    for source in sources_of(manifest) - {generation}:
        if not _exists(connection, video, source):
            raise Conflict(
                f"the generation takes files from {source}, which has gone: make it again", reason="gone"
            )


def _supersede(connection: Connection, video: Video, now: float) -> None:
    if video.media is not None:
        key = (generations.c.video_id == video.id) & (generations.c.generation == video.media.generation)
        connection.execute(update(generations).where(key).values(superseded_at=now))


def _commit(
    connection: Connection, video: str, generation: str, manifest: dict[str, Any], now: float
) -> None:
    own = sum(one["size"] for one in manifest["files"].values() if not one.get("from"))
    key = (generations.c.video_id == video) & (generations.c.generation == generation)
    values = {"manifest": json.dumps(manifest), "size": own, "published_at": now, "superseded_at": None}
    connection.execute(update(generations).where(key).values(**values))


def _insert(connection: Connection, video: str, generation: str, job: str, attempt: int, now: float) -> None:
    values = {
        "video_id": video,
        "generation": generation,
        "job_id": job,
        "attempt": attempt,
        "created_at": now,
    }
    connection.execute(insert(generations).values(**values))


def _exists(connection: Connection, video: str, generation: str) -> bool:
    key = (generations.c.video_id == video) & (generations.c.generation == generation)
    return bool(connection.execute(select(exists().where(key))).scalar_one())


def _facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of what a check has found out."""
    text = json.dumps(dict(facts))
    if len(text) > LONGEST_MANIFEST:
        raise Invalid(f"the facts of a file must have at most {LONGEST_MANIFEST} bytes of JSON")
    picture = facts.get("video")
    picture = picture if isinstance(picture, Mapping) else {}
    try:
        return {
            "facts": text,
            "duration_s": _real(facts.get("duration_s"), _LONGEST_S),
            "width": _whole(picture.get("width")),
            "height": _whole(picture.get("height")),
            "fps": _real(picture.get("fps"), 1000.0),
        }
    except ValueError as error:
        raise Invalid(f"the facts of a file have a number that is not allowed: {error}") from None


def _real(value: object, most: float) -> float | None:
    return None if value is None else number.real(value, 0.0, most)


def _whole(value: object) -> int | None:
    return None if value is None else number.whole(value, 0, 1 << 20)
