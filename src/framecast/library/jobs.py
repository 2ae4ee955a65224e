"""The table of jobs: one worker at a time has a job, for as long as its lease lasts, and only the newest attempt may commit.

A worker claims a job, sends heartbeats, and commits or fails under the number of its attempt. One that dies, hangs or loses the database lets its
lease expire; then the next worker gets the job under a higher number, and whatever the first one still sends is refused. So a job may be
worked on twice, and its result is committed once. Which end comes first, of a commit and of a cancellation, the row decides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, or_, select, update

from framecast.accounts.account import Actor
from framecast.accounts.part import Audited
from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Invalid, NotFound
from framecast.library.rows import change_row, find_video, job_of, lock_jobs
from framecast.model.text import shown
from framecast.model.video import VideoState
from framecast.model.video_job import Job, JobKind, JobState
from framecast.store.library_schema import jobs, videos

LEASE_S = 60.0
MOST_TRIES = 5
FIRST_RETRY_S, MOST_RETRY_S = 10.0, 900.0
PAGE, MOST_PAGE = 100, 1000
KEEP_S = 30 * 86400.0
LONGEST_REASON = 1000
_ACTIVE = (str(JobState.WAITING), str(JobState.RUNNING))
# A video that has nothing to play fails with one of these.
NEEDED = (JobKind.CHECK, JobKind.PUBLISH)
_STATE_OF = {JobKind.CHECK: VideoState.CHECKING, JobKind.PUBLISH: VideoState.PROCESSING}


class Jobs(Audited):
    """The jobs."""

    def add_job(
        self,
        video: str,
        kind: JobKind | str,
        params: Mapping[str, Any] | None = None,
        priority: int = 0,
        run_at: float | None = None,
    ) -> Job:
        """Add a job. A higher priority comes first; `run_at` is the earliest time, in UTC seconds.

        Raises:
            NotFound: there is no such video. Invalid: there is no such kind.
        """
        with self._store.write() as connection:
            find_video(connection, video)
            return insert_job(connection, video, kind, self._now(), params, priority, run_at)

    def claim(self, worker: str, kinds: Iterable[JobKind | str], lease_s: float = LEASE_S) -> Job | None:
        """Return the next job of these kinds under a lease, None if there is nothing to do.

        That is a job that waits, or one whose lease has expired. Two claimers never get the same one.
        """
        chosen = [str(JobKind(kind)) for kind in kinds]
        with self._store.write() as connection:
            while (row := _next(connection, chosen, self._now())) is not None:
                if row.is_cancelled:
                    _end(connection, row, JobState.CANCELLED, row.reason or "cancelled", self._now())
                elif row.tries >= MOST_TRIES:
                    why = f"the worker has ended while it worked, {row.tries} times"
                    _end(connection, row, JobState.FAILED, why, self._now())
                else:
                    return _lease(connection, row, worker, lease_s, self._now())
        return None

    def heartbeat(self, job: str, attempt: int, progress: float | None = None) -> str:
        """Renew the lease; return `go on`, or `cancelled` if the worker should stop (and then call `cancelled`).

        Raises:
            Conflict: the attempt has lost the job: stop, nothing of it will be taken.
        """
        now = self._now()
        with self._store.write() as connection:
            row = _locked(connection, job, attempt)
            values: dict[str, Any] = {"lease_until": now + row.lease_s}
            if progress is not None and progress == progress:
                values["progress"] = min(max(float(progress), 0.0), 1.0)
            connection.execute(update(jobs).where(jobs.c.id == job).values(**values))
            return "cancelled" if row.is_cancelled else "go on"

    def finish(self, job: str, attempt: int, result: Callable[[Connection], None] | None = None) -> None:
        """End a job with success; what `result` writes is there if and only if the job is done.

        Raises:
            Conflict: the attempt has lost the job, or it was cancelled.
        """
        with self._store.write() as connection:
            row = committing(connection, job, attempt)
            if result is not None:
                result(connection)
            done(connection, row, self._now())

    def fail(self, job: str, attempt: int, reason: str, *, retry: bool) -> Job:
        """End an attempt without success. With `retry` the job waits for its next attempt, longer each time, five in all.

        Raises:
            Conflict: the attempt has lost the job.
        """
        now = self._now()
        with self._store.write() as connection:
            row = _locked(connection, job, attempt)
            why = shown(reason, LONGEST_REASON)
            if row.is_cancelled:
                _end(connection, row, JobState.CANCELLED, row.reason or "cancelled", now)
            elif retry and row.tries < MOST_TRIES:
                values = {"state": str(JobState.WAITING), "run_at": now + retry_s(row.tries), "reason": why}
                connection.execute(
                    update(jobs).where(jobs.c.id == job).values(lease_until=None, progress=None, **values)
                )
            else:
                _end(connection, row, JobState.FAILED, why, now)
            return _job(connection, job)

    def cancelled(self, job: str, attempt: int) -> None:
        """Note that the worker has stopped a job that was cancelled.

        Raises:
            Conflict: the attempt has lost the job.
        """
        with self._store.write() as connection:
            row = _locked(connection, job, attempt)
            _end(connection, row, JobState.CANCELLED, row.reason or "cancelled", self._now())

    def cancel_job(self, job: str, *, by: Actor | None = None) -> Job:
        """Cancel a job: at once if it waits; a running one is told so by its next heartbeat, and commits nothing any more.

        Raises:
            NotFound: there is no such job. Conflict: it has ended already.
        """
        with self._store.write() as connection:
            row = _find(connection, job)
            if row.state not in _ACTIVE:
                raise Conflict(f"this job has ended already: it is {row.state}")
            _cancel(connection, row, self._now(), "cancelled")
            self._note(connection, by, "video.job.cancel", f"{row.video_id} {row.kind}")
            return _job(connection, job)

    def retry_job(self, job: str, *, by: Actor | None = None) -> Job:
        """Let a job that has failed or was cancelled begin again.

        Raises:
            NotFound: there is no such job. Conflict: it has not failed, or its video has lost its original.
        """
        with self._store.write() as connection:
            row = _find(connection, job)
            again(connection, row, self._now())
            self._note(connection, by, "video.job.retry", f"{row.video_id} {row.kind}")
            return _job(connection, job)

    def job(self, job: str) -> Job:
        """Return one job.

        Raises:
            NotFound: there is no such job.
        """
        with self._store.read() as connection:
            return _job(connection, job)

    def jobs(
        self, state: JobState | str | None = None, video: str | None = None, most: int = PAGE
    ) -> list[Job]:
        """Return jobs: first what runs and what waits, then what has ended, the newest first."""
        order = (
            jobs.c.finished_at.is_not(None),
            jobs.c.finished_at.desc(),
            jobs.c.state,
            jobs.c.priority.desc(),
        )
        query = select(jobs).order_by(*order, jobs.c.run_at, jobs.c.id).limit(max(1, min(most, MOST_PAGE)))
        if state is not None:
            query = query.where(jobs.c.state == str(JobState(state)))
        if video is not None:
            query = query.where(jobs.c.video_id == video)
        with self._store.read() as connection:
            return [job_of(row) for row in connection.execute(query)]

    def next_at(self, kinds: Iterable[JobKind | str]) -> float | None:
        """Return when the next of the waiting jobs and of the leases is due, in UTC seconds; None without any."""
        with self._store.read() as connection:
            chosen = jobs.c.kind.in_([str(JobKind(kind)) for kind in kinds])
            waiting = select(jobs.c.run_at).where(chosen, jobs.c.state == JobState.WAITING)
            leased = select(jobs.c.lease_until).where(chosen, jobs.c.state == JobState.RUNNING)
            found = [
                connection.execute(query.order_by(query.selected_columns[0]).limit(1)).scalar_one_or_none()
                for query in (waiting, leased)
            ]
        return min((one for one in found if one is not None), default=None)

    def forget_jobs(self, keep_s: float = KEEP_S) -> int:
        """Remove jobs that have ended so long ago. Return how many."""
        with self._store.write() as connection:
            return connection.execute(delete(jobs).where(jobs.c.finished_at < self._now() - keep_s)).rowcount


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
    return _job(connection, id)


def committing(connection: Connection, job: str, attempt: int) -> Row[Any]:
    """Return the row of a job whose attempt may commit now; it is locked until the end of the transaction.

    Raises:
        Conflict: the attempt has lost the job, or it was cancelled.
    """
    row = _locked(connection, job, attempt)
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
    _end(connection, row, JobState.FAILED, shown(reason, LONGEST_REASON), now)


def cancel_all(connection: Connection, video: str, now: float, reason: str) -> int:
    """Cancel the active jobs of a video in a transaction. Return how many."""
    rows = lock_jobs(connection, video)
    for row in rows:
        _cancel(connection, row, now, reason)
    return len(rows)


def renew(connection: Connection, video: str, now: float) -> int:
    """Let the newest job of a video that has failed or was cancelled begin again; of each kind one. Return how many."""
    ended = (str(JobState.FAILED), str(JobState.CANCELLED))
    query = select(jobs).where(jobs.c.video_id == video).order_by(jobs.c.created_at.desc(), jobs.c.id)
    newest: dict[str, Row[Any]] = {}
    for row in connection.execute(query.with_for_update()):
        newest.setdefault(row.kind, row)
    chosen = [
        row for row in newest.values() if row.state in ended or (row.is_cancelled and row.state in _ACTIVE)
    ]
    for row in chosen:
        again(connection, row, now)
    return len(chosen)


def again(connection: Connection, row: Row[Any], now: float) -> None:
    """Let a job begin again, under a higher attempt.

    Raises:
        Conflict: it has not failed, or its video has lost its original.
    """
    if row.state in _ACTIVE and not row.is_cancelled:
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


def retry_s(tries: int) -> float:
    """Return how long a job waits after its so-manieth try."""
    return float(min(MOST_RETRY_S, FIRST_RETRY_S * 3.0 ** (min(tries, 20) - 1)))


def _next(connection: Connection, kinds: list[str], now: float) -> Row[Any] | None:
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


def _lease(connection: Connection, row: Row[Any], worker: str, lease_s: float, now: float) -> Job:
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
    return _job(connection, row.id)


def _locked(connection: Connection, job: str, attempt: int) -> Row[Any]:
    row = connection.execute(select(jobs).where(jobs.c.id == job[:64]).with_for_update()).first()
    if row is None or row.attempt != attempt or row.state != JobState.RUNNING:
        raise Conflict("this attempt has lost the job: stop, nothing of it will be taken", reason="lost")
    return row


def _find(connection: Connection, job: str) -> Row[Any]:
    row = connection.execute(select(jobs).where(jobs.c.id == job[:64]).with_for_update()).first()
    if row is None:
        raise NotFound(f"there is no job {shown(job, 40)!r}")
    return row


def _job(connection: Connection, job: str) -> Job:
    row = connection.execute(select(jobs).where(jobs.c.id == job[:64])).first()
    if row is None:
        raise NotFound(f"there is no job {shown(job, 40)!r}")
    return job_of(row)


def _cancel(connection: Connection, row: Row[Any], now: float, reason: str) -> None:
    if row.state == JobState.WAITING:
        _end(connection, row, JobState.CANCELLED, reason, now)
    else:
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(is_cancelled=True, reason=reason))


def _end(connection: Connection, row: Row[Any], state: JobState, reason: str, now: float) -> None:
    """End a job without success; a video that has nothing to play fails with it."""
    values = {"state": str(state), "reason": reason, "lease_until": None, "finished_at": now}
    connection.execute(update(jobs).where(jobs.c.id == row.id).values(**values))
    if JobKind(row.kind) not in NEEDED:
        return
    generation = connection.execute(
        select(videos.c.generation).where(videos.c.id == row.video_id)
    ).scalar_one()
    if generation is None:
        change_row(connection, row.video_id, now, state=str(VideoState.FAILED), reason=reason)
