"""The table of jobs: one worker at a time has a job, for as long as its lease lasts, and only the newest attempt may commit.

A worker claims a job, sends heartbeats, and commits or fails under the number of its attempt. One that dies, hangs or loses the database lets its
lease expire; then the next worker gets the job under a higher number, and whatever the first one still sends is refused. So a job may be
worked on twice, and its result is committed once. Which end comes first, of a commit and of a cancellation, the row decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from framecast.accounts.account import Actor
from framecast.accounts.part import Audited
from framecast.errors import Conflict
from framecast.library.job_rows import (
    ACTIVE,
    LONGEST_REASON,
    again,
    cancel,
    committing,
    done,
    end,
    find_row,
    insert_job,
    job_by_id,
    lease,
    leased,
    next_row,
    retry_s,
    wait,
)
from framecast.library.rows import find_video, job_of
from framecast.model.text import shown
from framecast.model.video_job import Job, JobKind, JobState
from framecast.store.library_schema import jobs

LEASE_S = 60.0
MOST_TRIES = 5
PAGE, MOST_PAGE = 100, 1000
KEEP_S = 30 * 86400.0


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
            while (row := next_row(connection, chosen, self._now())) is not None:
                if row.is_cancelled:
                    end(connection, row, JobState.CANCELLED, row.reason or "cancelled", self._now())
                elif row.tries >= MOST_TRIES:
                    why = f"the worker has ended while it worked, {row.tries} times"
                    end(connection, row, JobState.FAILED, why, self._now())
                else:
                    return lease(connection, row, worker, lease_s, self._now())
        return None

    def heartbeat(self, job: str, attempt: int, progress: float | None = None) -> str:
        """Renew the lease; return `go on`, or `cancelled` if the worker should stop (and then call `cancelled`).

        Raises:
            Conflict: the attempt has lost the job: stop, nothing of it will be taken.
        """
        now = self._now()
        with self._store.write() as connection:
            row = leased(connection, job, attempt)
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
            row = leased(connection, job, attempt)
            why = shown(reason, LONGEST_REASON)
            if row.is_cancelled:
                end(connection, row, JobState.CANCELLED, row.reason or "cancelled", now)
            elif retry and row.tries < MOST_TRIES:
                wait(connection, row, why, now + retry_s(row.tries), row.tries)
            else:
                end(connection, row, JobState.FAILED, why, now)
            return job_by_id(connection, job)

    def give_back(self, job: str, attempt: int, reason: str, wait_s: float) -> Job:
        """Let a job wait that could not be done for want of something else, such as space: the attempt does not count as a try.

        Raises:
            Conflict: the attempt has lost the job.
        """
        now = self._now()
        with self._store.write() as connection:
            row = leased(connection, job, attempt)
            why = shown(reason, LONGEST_REASON)
            if row.is_cancelled:
                end(connection, row, JobState.CANCELLED, row.reason or "cancelled", now)
            else:
                wait(connection, row, why, now + max(wait_s, 0.0), row.tries - 1)
            return job_by_id(connection, job)

    def abandon(self, worker: str) -> int:
        """End the leases of a worker that is known to be gone, so that its jobs do not wait for their ends. Return how many."""
        held = (jobs.c.worker == worker) & (jobs.c.state == JobState.RUNNING)
        with self._store.write() as connection:
            return connection.execute(update(jobs).where(held).values(lease_until=self._now())).rowcount

    def cancelled(self, job: str, attempt: int) -> None:
        """Note that the worker has stopped a job that was cancelled.

        Raises:
            Conflict: the attempt has lost the job.
        """
        with self._store.write() as connection:
            row = leased(connection, job, attempt)
            end(connection, row, JobState.CANCELLED, row.reason or "cancelled", self._now())

    def cancel_job(self, job: str, *, by: Actor | None = None) -> Job:
        """Cancel a job: at once if it waits; a running one learns it by its next heartbeat, and commits nothing any more.

        Raises:
            NotFound: there is no such job. Conflict: it has ended already.
        """
        with self._store.write() as connection:
            row = find_row(connection, job)
            if row.state not in ACTIVE:
                raise Conflict(f"this job has ended already: it is {row.state}")
            cancel(connection, row, self._now(), "cancelled")
            self._note(connection, by, "video.job.cancel", f"{row.video_id} {row.kind}")
            return job_by_id(connection, job)

    def retry_job(self, job: str, *, by: Actor | None = None) -> Job:
        """Let a job that has failed or was cancelled begin again.

        Raises:
            NotFound: there is no such job. Conflict: it has not failed, or its video has lost its original.
        """
        with self._store.write() as connection:
            row = find_row(connection, job)
            again(connection, row, self._now())
            self._note(connection, by, "video.job.retry", f"{row.video_id} {row.kind}")
            return job_by_id(connection, job)

    def job(self, job: str) -> Job:
        """Return one job.

        Raises:
            NotFound: there is no such job.
        """
        with self._store.read() as connection:
            return job_by_id(connection, job)

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
        """Remove jobs that ended before that time. Return how many."""
        with self._store.write() as connection:
            return connection.execute(delete(jobs).where(jobs.c.finished_at < self._now() - keep_s)).rowcount
