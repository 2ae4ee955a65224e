"""Subtitles that people have added, and the choice of a poster: what is wanted stands in the table, and a job publishes it."""

from __future__ import annotations

import re

from sqlalchemy import Connection, delete, func, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.part import Audited
from framecast.errors import Conflict, Invalid, NotFound
from framecast.library.job_rows import insert_job
from framecast.library.rows import change_row, known_form, lock_jobs
from framecast.library.texts import kept_text
from framecast.library.videos import editable
from framecast.model import number
from framecast.model.text import shown
from framecast.model.video import Subtitles, Video, Viewer
from framecast.model.video_job import Job, JobKind, JobState
from framecast.store.library_schema import jobs, subtitles

MOST_SUBTITLES = 30
LARGEST = 1 << 20
LONGEST_LABEL = 60
# Short jobs of somebody who waits for them go before the long ones.
PRIORITY = 50
# The shape of a language tag (RFC 5646, section 2.1), as far as anybody uses it.
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")


class SubtitleTexts(Audited):
    """Subtitles and posters."""

    def add_subtitles(
        self, id: str, viewer: Viewer, language: str, label: str, body: str, *, by: Actor | None = None
    ) -> Job:
        """Add subtitles (WebVTT, checked already), or replace those of the same language. Return the job that publishes them.

        Raises:
            NotFound, Denied: as `change_video`. Invalid: the language or the label is not allowed. Conflict: the video is not ready, or has 30 already.
        """
        chosen = _language(language)
        name = kept_text("the label", label, LONGEST_LABEL) or chosen
        if len(body.encode(errors="replace")) > LARGEST:
            raise Invalid(f"subtitles may have at most {LARGEST} bytes")
        with self._store.write() as connection:
            video = _ready(connection, id, viewer)
            key = (subtitles.c.video_id == id) & (subtitles.c.language == chosen)
            connection.execute(delete(subtitles).where(key))
            if (
                connection.execute(select(func.count()).where(subtitles.c.video_id == id)).scalar_one()
                >= MOST_SUBTITLES
            ):
                raise Conflict(f"a video has at most {MOST_SUBTITLES} subtitles: remove some first")
            row = {"video_id": id, "language": chosen, "label": name, "body": body, "created_at": self._now()}
            connection.execute(insert(subtitles).values(**row))
            self._note(connection, by, "video.subtitles.add", f"{id} {video.title}", chosen)
            return _job(connection, id, JobKind.SUBTITLES, self._now(), {})

    def remove_subtitles(self, id: str, viewer: Viewer, language: str, *, by: Actor | None = None) -> Job:
        """Remove subtitles that somebody has added. Return the job that publishes the rest.

        Raises:
            NotFound, Denied: as `change_video`, or there are none in this language. Conflict: the video is not ready.
        """
        chosen = _language(language)
        with self._store.write() as connection:
            video = _ready(connection, id, viewer)
            key = (subtitles.c.video_id == id) & (subtitles.c.language == chosen)
            if not connection.execute(delete(subtitles).where(key)).rowcount:
                raise NotFound(f"nobody has added subtitles in {chosen} to this video")
            self._note(connection, by, "video.subtitles.remove", f"{id} {video.title}", chosen)
            return _job(connection, id, JobKind.SUBTITLES, self._now(), {})

    def subtitles(self, id: str) -> list[Subtitles]:
        """Return the subtitles that people have added to a video, with their texts: for the job that publishes them."""
        query = select(subtitles).where(subtitles.c.video_id == known_form(id)).order_by(subtitles.c.language)
        with self._store.read() as connection:
            return [Subtitles(row.language, row.label, row.body) for row in connection.execute(query)]

    def set_poster(self, id: str, viewer: Viewer, at_s: float, *, by: Actor | None = None) -> Job:
        """Choose the picture that a video is shown by: that of a time in it. Return the job that makes it.

        Raises:
            NotFound, Denied: as `change_video`. Invalid: the video has no such time. Conflict: it is not ready.
        """
        with self._store.write() as connection:
            video = _ready(connection, id, viewer)
            try:
                at = number.real(at_s, 0.0, video.duration_s or 0.0)
            except ValueError as error:
                raise Invalid(f"at_s: {error}") from None
            change_row(connection, id, self._now(), poster_at_s=at)
            self._note(connection, by, "video.poster", f"{id} {video.title}", f"{at:g} s")
            return _job(connection, id, JobKind.POSTER, self._now(), {"at_s": at})


def _ready(connection: Connection, id: str, viewer: Viewer) -> Video:
    lock_jobs(connection, id)
    video = editable(connection, id, viewer)
    if video.media is None:
        raise Conflict("this video is not ready yet: try again when it is")
    return video


def _job(connection: Connection, video: str, kind: JobKind, now: float, params: dict[str, float]) -> Job:
    """Add a job; one of its kind that still waits would do the same, so it is replaced."""
    waiting = (jobs.c.video_id == video) & (jobs.c.kind == kind) & (jobs.c.state == JobState.WAITING)
    ended = {"state": str(JobState.CANCELLED), "reason": "a newer one replaces it", "finished_at": now}
    connection.execute(update(jobs).where(waiting).values(**ended))
    return insert_job(connection, video, kind, now, params, PRIORITY)


def _language(given: str) -> str:
    if len(given) > 35 or not _LANGUAGE.fullmatch(given):
        raise Invalid(f"the language must be a tag such as de, en-GB or zh-Hant, got {shown(given, 40)!r}")
    first, *rest = given.split("-")
    return "-".join([first.lower(), *rest])
