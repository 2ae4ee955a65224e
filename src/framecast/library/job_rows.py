"""What happens to rows of jobs inside of a transaction: leases, ends, cancellations, new beginnings; and to the video of a job with it.

Jobs are locked before videos, everywhere, so that two transactions never wait for each other.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, insert, or_, select, update

from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Invalid, NotFound
from framecast.library.rows import change_row, job_of, known_form, lock_jobs
from framecast.model.text import shown
from framecast.model.video import VideoState
from framecast.model.video_job import Job, JobKind, JobState
from framecast.store.library_schema import jobs, videos

FIRST_RETRY_S, MOST_RETRY_S = 10.0, 900.0
LONGEST_REASON = 1000
ACTIVE = (str(JobState.WAITING), str(JobState.RUNNING))
# A video that has nothing to play fails with one of these.
_NEEDED = (JobKind.CHECK, JobKind.PUBLISH)
_STATE_OF = {JobKind.CHECK: VideoState.CHECKING, JobKind.PUBLISH: VideoState.PROCESSING}


def insert_job(
    connection: Connection,
    video: str,
    kind: JobKind | str,
    now: float,
    params: Mapping[str, Any] | None = None,
    priority: int = 0,
    run_at: float | None = None,
) -> Job:
    """Add a job in a transaction."""
    if kind not in tuple(JobKind):
        raise Invalid(f"the kind of a job must be one of {', '.join(JobKind)}, got {shown(str(kind), 40)!r}")
    id = new_id()
    connection.execute(
        insert(jobs).values(
            id=id,
            video_id=video,
            kind=str(kind),
            params=json.dumps(dict(params or {})),
            priority=priority,
            state=str(JobState.WAITING),
            run_at=now if run_at is None else run_at,
            created_at=now,
        )
    )
    return job_by_id(connection, id)


def committing(connection: Connection, job: str, attempt: int) -> Row[Any]:
    """Return the row of a job whose attempt may commit now; it is locked until the end of the transaction.

    Raises:
        Conflict: the attempt has lost the job, or it was cancelled.
    """
    row = leased(connection, job, attempt)
    if row.is_cancelled:
        raise Conflict("the job was cancelled: nothing of it is taken", reason="cancelled")
    return row


def done(connection: Connection, row: Row[Any], now: float) -> None:
    """Note that a job is done, in the transaction that writes its result."""
    values = {
        "state": str(JobState.DONE),
        "progress": 1.0,
        "reason": "",
        "lease_until": None,
        "finished_at": now,
    }
    connection.execute(update(jobs).where(jobs.c.id == row.id).values(**values))


def fail_for_good(connection: Connection, row: Row[Any], reason: str, now: float) -> None:
    """Let a job fail without another attempt, and its video if that has nothing to play."""
    end(connection, row, JobState.FAILED, shown(reason, LONGEST_REASON), now)


def cancel_all(connection: Connection, video: str, now: float, reason: str) -> int:
    """Cancel the active jobs of a video in a transaction. Return how many."""
    rows = lock_jobs(connection, video)
    for row in rows:
        cancel(connection, row, now, reason)
    return len(rows)


def renew(connection: Connection, video: str, now: float) -> int:
    """Let the newest job of a video that has failed or was cancelled begin again; of each kind one. Return how many."""
    ended = (str(JobState.FAILED), str(JobState.CANCELLED))
    query = select(jobs).where(jobs.c.video_id == video).order_by(jobs.c.created_at.desc(), jobs.c.id)
    newest: dict[str, Row[Any]] = {}
    for row in connection.execute(query.with_for_update()):
        newest.setdefault(row.kind, row)
    chosen = [
        row for row in newest.values() if row.state in ended or (row.is_cancelled and row.state in ACTIVE)
    ]
    for row in chosen:
        again(connection, row, now)
    return len(chosen)


def again(connection: Connection, row: Row[Any], now: float) -> None:
    """Let a job begin again, under a higher attempt.

    Raises:
        Conflict: it has not failed, or its video has lost its original.
    """
    if row.state in ACTIVE and not row.is_cancelled:
        raise Conflict(f"only a job that has failed or was cancelled begins again; this one is {row.state}")
    if row.state == JobState.DONE:
        raise Conflict("this job is done")
    video = connection.execute(
        select(videos.c.has_original, videos.c.generation).where(videos.c.id == row.video_id)
    ).one()
    if not video.has_original:
        raise Conflict("the file was refused and is gone: upload it again")
    # The attempt goes up here, too: one that still runs without knowing that it was cancelled must not commit.
    connection.execute(
        update(jobs)
        .where(jobs.c.id == row.id)
        .values(
            state=str(JobState.WAITING),
            attempt=jobs.c.attempt + 1,
            tries=0,
            run_at=now,
            lease_until=None,
            progress=None,
            is_cancelled=False,
            reason="",
            finished_at=None,
        )
    )
    if video.generation is None and JobKind(row.kind) in _STATE_OF:
        change_row(connection, row.video_id, now, state=str(_STATE_OF[JobKind(row.kind)]), reason="")


def wait(connection: Connection, row: Row[Any], reason: str, run_at: float, tries: int) -> None:
    """Let a job wait for its next attempt."""
    values = {"state": str(JobState.WAITING), "run_at": run_at, "reason": reason, "tries": tries}
    connection.execute(
        update(jobs).where(jobs.c.id == row.id).values(lease_until=None, progress=None, **values)
    )


def retry_s(tries: int) -> float:
    """Return how long a job waits after its so-manieth try."""
    return float(min(MOST_RETRY_S, FIRST_RETRY_S * 3.0 ** (min(tries, 20) - 1)))


def next_row(connection: Connection, kinds: list[str], now: float) -> Row[Any] | None:
    """Return the row of the job that comes next, and lock it; those that another claimer has locked are passed over."""
    waiting = and_(jobs.c.state == JobState.WAITING, jobs.c.run_at <= now)
    expired = and_(jobs.c.state == JobState.RUNNING, jobs.c.lease_until <= now)
    query = (
        select(jobs)
        .where(jobs.c.kind.in_(kinds), or_(waiting, expired))
        .order_by(jobs.c.priority.desc(), jobs.c.run_at, jobs.c.created_at, jobs.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(query).first()


def lease(connection: Connection, row: Row[Any], worker: str, lease_s: float, now: float) -> Job:
    """Give a job to a worker, under the next attempt."""
    connection.execute(
        update(jobs)
        .where(jobs.c.id == row.id)
        .values(
            state=str(JobState.RUNNING),
            attempt=row.attempt + 1,
            tries=row.tries + 1,
            worker=shown(worker, 200)[:200],
            lease_s=lease_s,
            lease_until=now + lease_s,
            progress=None,
            started_at=now,
        )
    )
    return job_by_id(connection, row.id)


def leased(connection: Connection, job: str, attempt: int) -> Row[Any]:
    """Return the row of a job that an attempt has; it is locked until the end of the transaction.

    Raises:
        Conflict: the attempt has lost the job.
    """
    row = connection.execute(select(jobs).where(jobs.c.id == known_form(job)).with_for_update()).first()
    if row is None or row.attempt != attempt or row.state != JobState.RUNNING:
        raise Conflict("this attempt has lost the job: stop, nothing of it will be taken", reason="lost")
    return row


def find_row(connection: Connection, job: str) -> Row[Any]:
    """Return the row of a job; it is locked until the end of the transaction.

    Raises:
        NotFound: there is no such job.
    """
    row = connection.execute(select(jobs).where(jobs.c.id == known_form(job)).with_for_update()).first()
    if row is None:
        raise NotFound(f"there is no job {shown(job, 40)!r}")
    return row


def job_by_id(connection: Connection, job: str) -> Job:
    """Return one job.

    Raises:
        NotFound: there is no such job.
    """
    row = connection.execute(select(jobs).where(jobs.c.id == known_form(job))).first()
    if row is None:
        raise NotFound(f"there is no job {shown(job, 40)!r}")
    return job_of(row)


def cancel(connection: Connection, row: Row[Any], now: float, reason: str) -> None:
    """Cancel a job that waits; a running one ends by its worker."""
    if row.state == JobState.WAITING:
        end(connection, row, JobState.CANCELLED, reason, now)
    else:
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(is_cancelled=True, reason=reason))


def end(connection: Connection, row: Row[Any], state: JobState, reason: str, now: float) -> None:
    """End a job without success; a video that has nothing to play fails with it."""
    values = {"state": str(state), "reason": reason, "lease_until": None, "finished_at": now}
    connection.execute(update(jobs).where(jobs.c.id == row.id).values(**values))
    if JobKind(row.kind) not in _NEEDED:
        return
    generation = connection.execute(
        select(videos.c.generation).where(videos.c.id == row.video_id)
    ).scalar_one()
    if generation is None:
        change_row(connection, row.video_id, now, state=str(VideoState.FAILED), reason=reason)
