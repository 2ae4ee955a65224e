"""Rows of the library as values, and what its parts share: how a video is found, locked and put into the lists that it belongs to."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, case, func, select, text, update

from framecast.errors import NotFound
from framecast.model.video import Media, Owner, Video, VideoState, Viewer, Visibility
from framecast.model.video_job import Job, JobKind, JobState
from framecast.store.library_schema import generations, jobs, uploads, videos
from framecast.store.schema import accounts

LISTED = (str(Visibility.PUBLIC), str(Visibility.MEMBERS))
_ACTIVE = (JobState.WAITING, JobState.RUNNING)
# A video is playable once these are done: until then their progress is that of the video.
_NEEDED = (JobKind.CHECK, JobKind.PUBLISH)
# In a manifest, as `json.dumps` writes it: a ladder follows.
_NOT_FINAL = '"is_final": false'

AUDIENCE = case(
    (videos.c.state != VideoState.READY, ""),
    (videos.c.is_held, ""),
    (videos.c.deleted_at.is_not(None), ""),
    (videos.c.visibility.in_(LISTED), videos.c.visibility),
    else_="",
)


def new_video_id() -> str:
    """Return a new id: 128 random bits. It opens an unlisted video. It never begins with a mark, so no command takes it for a flag."""
    while True:
        found = secrets.token_urlsafe(16)
        if found[0].isalnum():
            return found


def video_query() -> Select[Any]:
    """Return the query of videos with their owners and what is played of them."""
    return (
        select(
            videos,
            accounts.c.name.label("owner_name"),
            accounts.c.display_name.label("owner_label"),
            generations.c.manifest,
        )
        .select_from(videos)
        .outerjoin(accounts, accounts.c.id == videos.c.owner)
        .outerjoin(
            generations,
            (generations.c.video_id == videos.c.id) & (generations.c.generation == videos.c.generation),
        )
    )


def find_video(connection: Connection, id: str, viewer: Viewer | None = None) -> Video:
    """Return one video, `viewer` None: without a look at rights.

    Raises:
        NotFound: there is no such video, or the viewer may not see it.
    """
    row = connection.execute(video_query().where(videos.c.id == known_form(id))).first()
    if row is not None:
        (found,) = with_progress(connection, [row])
        if viewer is None or found.may_be_seen_by(viewer):
            return found
    raise NotFound("there is no such video, or it is not shared with you")


def lock_jobs(connection: Connection, video: str) -> list[Row[Any]]:
    """Return the active jobs of a video. They stay so until the end of the transaction: jobs are locked before videos, everywhere."""
    query = (
        select(jobs)
        .where(jobs.c.video_id == known_form(video), jobs.c.state.in_(_ACTIVE))
        .order_by(jobs.c.id)
    )
    return list(connection.execute(query.with_for_update()))


def change_row(connection: Connection, video: str, now: float, **values: object) -> None:
    """Change a row of a video and put it into the lists that it belongs to then."""
    connection.execute(update(videos).where(videos.c.id == video).values(changed_at=now, **values))
    connection.execute(update(videos).where(videos.c.id == video).values(audience=AUDIENCE))


def lock(connection: Connection, what: str) -> None:
    """Let one transaction at a time pass here, until its end. SQLite writes one at a time anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))"), {"what": what})


def with_progress(connection: Connection, rows: Sequence[Row[Any]]) -> list[Video]:
    """Return the videos in rows, with the progress of those that are being made."""
    unfinished = [row.id for row in rows if row.state not in (VideoState.READY, VideoState.FAILED)]
    progress: dict[str, float | None] = {}
    if unfinished:
        running = select(jobs.c.video_id, func.max(jobs.c.progress)).where(
            jobs.c.video_id.in_(unfinished), jobs.c.state.in_(_ACTIVE), jobs.c.kind.in_(_NEEDED)
        )
        progress |= {row[0]: row[1] for row in connection.execute(running.group_by(jobs.c.video_id))}
        sent = select(uploads.c.video_id, uploads.c.offset, uploads.c.size).where(
            uploads.c.video_id.in_(unfinished), uploads.c.finished_at.is_(None)
        )
        progress |= {row[0]: row[1] / max(row[2], 1) for row in connection.execute(sent)}
    # Of a video that can be played, it is how far its better renditions are.
    growing = [row.id for row in rows if row.state == VideoState.READY and _NOT_FINAL in (row.manifest or "")]
    if growing:
        ladder = select(jobs.c.video_id, jobs.c.progress).where(
            jobs.c.video_id.in_(growing), jobs.c.state.in_(_ACTIVE), jobs.c.kind == JobKind.LADDER
        )
        progress |= {row[0]: row[1] for row in connection.execute(ladder)}
    return [video_of(row, progress.get(row.id)) for row in rows]


def video_of(row: Row[Any], progress: float | None = None) -> Video:
    """Return the video in a row of `video_query`."""
    owner = None if row.owner is None else Owner(row.owner, row.owner_name, row.owner_label)
    media = None if row.generation is None else Media(row.generation, json.loads(row.manifest or "{}"))
    return Video(
        id=row.id,
        owner=owner,
        title=row.title,
        description=row.description,
        tags=tuple(json.loads(row.tags)),
        visibility=Visibility(row.visibility),
        state=VideoState(row.state),
        reason=row.reason,
        filename=row.filename,
        size=row.size,
        created_at=row.created_at,
        published_at=row.published_at,
        changed_at=row.changed_at,
        duration_s=row.duration_s,
        width=row.width,
        height=row.height,
        fps=row.fps,
        stream=row.stream,
        is_recording=row.is_recording,
        views=row.views,
        is_held=row.is_held,
        held_reason=row.held_reason,
        deleted_at=row.deleted_at,
        media=media,
        progress=progress,
    )


def job_of(row: Row[Any]) -> Job:
    """Return the job in a row of its table."""
    return Job(
        id=row.id,
        video=row.video_id,
        kind=JobKind(row.kind),
        params=json.loads(row.params),
        priority=row.priority,
        state=JobState(row.state),
        attempt=row.attempt,
        tries=row.tries,
        worker=row.worker,
        run_at=row.run_at,
        lease_until=row.lease_until,
        progress=row.progress,
        is_cancelled=row.is_cancelled,
        reason=row.reason,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def known_form(id: str) -> str:
    """Return an id that somebody has sent if a row may have it, "" otherwise: some databases refuse what is no text at all."""
    is_id = 0 < len(id) <= 32 and id.isascii() and id.replace("-", "").replace("_", "").isalnum()
    return id if is_id else ""
