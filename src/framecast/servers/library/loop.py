"""The loop over the jobs: takes the next one while a place is free, and lets each be worked on beside the others.

There are `places` for jobs of every kind, and one more for those that a person waits for, so a long conversion keeps no new video from being watched.
The table is looked at once a second, and at each hint. Runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path

from framecast.errors import FramecastError
from framecast.model.library_layout import LibraryLayout
from framecast.model.video_job import SOON, Job, JobKind
from framecast.processing.run import run_task
from framecast.processing.tasks import TASKS
from framecast.servers.library.attempt import Attempt, RunTask
from framecast.servers.library.desk import Desk

LOOK_S = 1.0

log = logging.getLogger("framecast.library")


class JobLoop:
    """`places` 0: this machine works on nothing. `on_end` gets each job that was worked on, and how many seconds that took."""

    def __init__(
        self,
        desk: Desk,
        layout: LibraryLayout,
        places: int,
        *,
        run: RunTask = run_task,
        known: Collection[str] = TASKS,
        on_end: Callable[[Job, float], None] = lambda job, seconds: None,
        look_s: float = LOOK_S,
    ) -> None:
        """Jobs of kinds that are not `known` wait for a worker that has a task for them."""
        self._desk = desk
        self._layout = layout
        self._places = places
        self._run = run
        self._soon = [kind for kind in SOON if kind in known]
        self._late = [JobKind.LADDER] if JobKind.LADDER in known else []
        self._on_end = on_end
        self._look_s = look_s
        self._hint = asyncio.Event()
        self._running: dict[asyncio.Task[None], Job] = {}
        self._is_away = False

    @property
    def running(self) -> list[Job]:
        """The jobs that are being worked on."""
        return list(self._running.values())

    def hint(self) -> None:
        """Look at the table now."""
        self._hint.set()

    async def work(self) -> None:
        """Work until it is cancelled; then every job is given back."""
        try:
            while self._places:
                while kinds := self._kinds():
                    job = await self._claim(kinds)
                    if job is None:
                        break
                    self._begin(job)
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_s):
                        await self._hint.wait()
                self._hint.clear()
        finally:
            for task in self._running:
                task.cancel()
            if self._running:
                await asyncio.wait(tuple(self._running))

    def _kinds(self) -> Sequence[Sequence[JobKind]]:
        """The kinds of jobs that a place is free for, in the order in which they are looked for."""
        if len(self._running) < self._places:
            return self._soon, self._late
        has_soon = any(job.kind in SOON for job in self._running.values())
        return (self._soon,) if not has_soon and len(self._running) == self._places else ()

    async def _claim(self, kinds: Sequence[Sequence[JobKind]]) -> Job | None:
        try:
            job = None
            for wanted in filter(None, kinds):
                job = job or await self._desk.claim(wanted)
        except FramecastError as error:
            if not self._is_away:
                log.error("the jobs cannot be read: %s", error)
            self._is_away = True
            return None
        self._is_away = False
        return job

    def _begin(self, job: Job) -> None:
        folder = self._layout.work(job.id, job.attempt)
        task = asyncio.get_running_loop().create_task(self._attempt(job, folder), name=f"{job.kind} {job.id}")
        self._running[task] = job
        task.add_done_callback(self._ended)

    async def _attempt(self, job: Job, folder: Path) -> None:
        begun = asyncio.get_running_loop().time()
        try:
            await Attempt(self._desk, job, folder, self._run).work()
        finally:
            self._on_end(job, asyncio.get_running_loop().time() - begun)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        self._hint.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an attempt ended by an error", exc_info=error)
