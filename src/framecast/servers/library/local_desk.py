"""The desk on this machine: the database, the store of objects, and threads that wait for both.

The order of a commit: a row for the generation, its objects, all synced, and last the one transaction that moves the pointer and ends the job. A process that is killed
in between leaves a generation that nobody sees and that `upkeep` removes. Called on the event loop; works in threads.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from framecast.errors import Broken, Conflict, Denied, NoSpace, NotFound, WouldBlock
from framecast.library import Library
from framecast.model.library_layout import file_key
from framecast.model.video import Media
from framecast.model.video_job import Job
from framecast.processing.run import Refused
from framecast.servers.access.crew import Crew
from framecast.servers.library import kinds
from framecast.servers.library.attempt import FULL, FULL_WAIT_S
from framecast.servers.library.desk import Lost, Order, Waits
from framecast.servers.library.produced import check_form, check_output
from framecast.servers.settings import LibrarySettings
from framecast.store.objects import Objects

LEASE_S = 30.0
# A store of objects that does not answer: the job is not to blame.
AWAY_WAIT_S = 30.0
# Reasons of a Conflict after which an attempt ends without a word.
_OVER = ("lost", "cancelled")
_MOST_MEANWHILE = 10

T = TypeVar("T")


class LocalDesk:
    """`worker` names this process in the table of jobs; `changed` gets the id of each video that is not as it was before."""

    def __init__(
        self,
        library: Library,
        objects: Objects,
        settings: LibrarySettings,
        worker: str,
        threads: Crew,
        changed: Callable[[str], None],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._library = library
        self._objects = objects
        self._settings = settings
        self._worker = worker
        self._threads = threads
        self._changed = changed
        self._now = now

    async def claim(self, wanted: Sequence[str]) -> Job | None:
        """Return the next job; the table is only written to if there is one."""
        job = await self._threads.run(partial(self._claim, wanted))
        if job is not None:
            self._changed(job.video)
        return job

    async def order(self, job: Job, folder: Path) -> Order:
        """Return the request of the task, with the paths of its files."""
        return await self._do(partial(self._order, job, folder))

    async def beat(self, job: Job, progress: float | None) -> bool:
        """Renew the lease."""
        answer = await self._do(partial(self._library.heartbeat, job.id, job.attempt, progress))
        if progress is not None:
            self._changed(job.video)
        return answer != "cancelled"

    async def commit(self, job: Job, result: Mapping[str, Any], output: Path) -> None:
        """Note facts, or store and publish a generation."""
        await self._do(partial(self._commit, job, result, output))
        self._changed(job.video)

    async def refuse(self, job: Job, sentence: str) -> None:
        """Let the video fail; a file that the check has refused goes."""
        await self._do(partial(self._library.refused, job.id, job.attempt, sentence))
        self._changed(job.video)

    async def fail(self, job: Job, reason: str, *, retry: bool) -> None:
        """Let the job wait for its next try, or fail."""
        await self._do(partial(self._library.fail, job.id, job.attempt, reason, retry=retry))
        self._changed(job.video)

    async def give_back(self, job: Job, reason: str, wait_s: float) -> None:
        """Let the job wait; it does not count as a try."""
        await self._do(partial(self._library.give_back, job.id, job.attempt, reason, wait_s))
        self._changed(job.video)

    async def stopped(self, job: Job) -> None:
        """End a job that was cancelled."""
        await self._do(partial(self._library.cancelled, job.id, job.attempt))
        self._changed(job.video)

    async def _do(self, work: Callable[[], T]) -> T:
        return await self._threads.run(partial(_told, work))

    # --- on a thread

    def _claim(self, wanted: Sequence[str]) -> Job | None:
        due = self._library.next_at(wanted)
        if due is None or due > self._now():
            return None
        return self._library.claim(self._worker, wanted, LEASE_S)

    def _order(self, job: Job, folder: Path) -> Order:
        free = shutil.disk_usage(folder).free
        if free < self._settings.min_free_bytes:
            raise Waits(FULL, FULL_WAIT_S)
        with self._stored():
            return kinds.order(job, kinds.Place(self._library, self._objects, folder))

    def _commit(self, job: Job, result: Mapping[str, Any], output: Path) -> None:
        if job.kind == "check":
            self._library.checked(job.id, job.attempt, result)
            return
        media = kinds.playing(job, self._library)
        manifest = kinds.kept(job, check_form(result), media)
        checked = check_output(output, manifest, kinds.older_files(media))
        generation = self._library.begin_generation(job.id, job.attempt)
        with self._stored():
            for name in checked.own:
                self._objects.take_file(file_key(job.video, generation, name), output / name)
        self._publish(job, generation, result, media)

    def _publish(self, job: Job, generation: str, result: Mapping[str, Any], media: Media | None) -> None:
        """Move the pointer. Another job that has published meanwhile, such as a new poster, keeps its part."""
        follow = kinds.follow(job, has_ladder=self._settings.has_ladder)
        for _ in range(_MOST_MEANWHILE):
            manifest = kinds.kept(job, result, media)
            base = media.generation if media is not None else None
            try:
                self._library.publish(job.id, job.attempt, generation, manifest, follow, base=base)
            except Conflict as error:
                if error.fields.get("reason") != "base":
                    raise
                media = kinds.playing(job, self._library)
            else:
                return
        raise Broken("other jobs of this video have published all the time")

    @contextmanager
    def _stored(self) -> Iterator[None]:
        """A store that is full or away is no failure of the job; an object that is missing is one."""
        try:
            yield
        except (Waits, Refused, NotFound):
            raise
        except NoSpace as error:
            raise Waits(FULL, FULL_WAIT_S) from error
        except (Broken, Denied, WouldBlock) as error:
            raise Waits(f"the store of videos cannot be used: {error}", AWAY_WAIT_S) from error


def _told(work: Callable[[], T]) -> T:
    """Turn the refusal of an old attempt into `Lost`."""
    try:
        return work()
    except Conflict as error:
        if error.fields.get("reason") in _OVER:
            raise Lost(str(error)) from error
        raise
