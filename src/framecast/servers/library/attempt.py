"""One attempt of a job: a work folder, the task in a confined process of its own, a heartbeat beside it, and the commit.

The heartbeat keeps the job and says whether it was cancelled; then the task's process is killed. A commit that has begun is not interrupted: whether it
counts is decided by the database. When this ends, the work folder is gone, except when this process is killed: then `upkeep` removes it. Runs on the event loop.
"""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from framecast.errors import FramecastError
from framecast.model.video_job import Job
from framecast.processing.run import Refused, run_task
from framecast.servers.library.desk import Desk, Lost, Waits

BEAT_S = 5.0
# A change of the progress is passed on so often at most.
PROGRESS_S = 1.0
# The wait of a job without space.
FULL_WAIT_S = 60.0
FULL = "the disk is full: it goes on by itself when there is space"
_LITTLE = 64 << 20  # with less than this free, a task that failed has probably failed for that

log = logging.getLogger("framecast.library")


class RunTask(Protocol):
    """`processing.run.run_task`."""

    def __call__(
        self,
        kind: str,
        request: Mapping[str, Any],
        *,
        inputs: Sequence[Path],
        output: Path | None,
        on_progress: Callable[[float], None],
    ) -> Awaitable[dict[str, Any]]:
        """Run one task."""


class Attempt:
    """An attempt in the work folder `folder`, which does not exist yet."""

    def __init__(self, desk: Desk, job: Job, folder: Path, run: RunTask = run_task) -> None:
        self._desk = desk
        self._job = job
        self._folder = folder
        self._run = run
        self._progress: float | None = None
        self._is_new = asyncio.Event()  # there is a progress that nobody has heard of
        self._commits = False

    async def work(self) -> None:
        """Do it to its end, whichever that is. Cancelled, it gives the job back and raises CancelledError."""
        try:
            await self._outcome()
        except asyncio.CancelledError:
            await self._end(self._desk.give_back(self._job, "the server was ended", 0.0))
            raise
        except Lost:
            log.info("an attempt has lost its job: %s %s", self._job.kind, self._job.id)
            await self._end(self._desk.stopped(self._job))
        except Refused as error:
            await self._end(self._desk.refuse(self._job, str(error)))
        except Waits as error:
            log.warning("the job %s of video %s waits: %s", self._job.kind, self._job.video, error)
            await self._end(self._desk.give_back(self._job, str(error), error.wait_s))
        except (FramecastError, OSError) as error:
            await self._failed(str(error))
        except Exception:
            log.exception("the job %s of video %s failed", self._job.kind, self._job.video)
            await self._failed("the library server failed at it: its log says why")
        finally:
            # Given to a thread at once: the end of the server cancels tasks that have not begun, but no call that waits for a thread.
            loop = asyncio.get_running_loop()
            await asyncio.shield(loop.run_in_executor(None, _remove, self._folder))

    async def _outcome(self) -> None:
        doing = asyncio.ensure_future(self._do())
        beating = asyncio.ensure_future(self._beat())
        try:
            await asyncio.wait((doing, beating), return_when=asyncio.FIRST_COMPLETED)
            if not doing.done() and not self._commits:
                doing.cancel()
            if not doing.done():
                await asyncio.wait((doing,))
        finally:
            for task in (doing, beating):
                task.cancel()
            await asyncio.wait((doing, beating))
        if doing.cancelled():
            beating.result()
            await self._end(self._desk.stopped(self._job))
        else:
            doing.result()

    async def _do(self) -> None:
        output = self._folder / "output"
        await asyncio.to_thread(_make, output)
        order = await self._desk.order(self._job, self._folder)
        try:
            result = await self._run(
                str(self._job.kind), order.request, inputs=order.inputs, output=output, on_progress=self._note
            )
        except FramecastError as error:
            if not isinstance(error, Refused) and await asyncio.to_thread(_is_full, output):
                raise Waits(FULL, FULL_WAIT_S) from error
            raise
        self._commits = True
        # In a task of its own: the end of this server must not leave a commit that is half awaited.
        await asyncio.shield(asyncio.ensure_future(self._desk.commit(self._job, result, output)))

    async def _beat(self) -> None:
        """Return when the job was cancelled, raise Lost when it was lost."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._is_new.wait()
            self._is_new.clear()
            try:
                if not await self._desk.beat(self._job, self._progress):
                    return
            except Lost:
                raise
            except FramecastError as error:  # the lease is longer than some beats
                log.warning("a heartbeat failed: %s", error)
            await asyncio.sleep(PROGRESS_S)

    def _note(self, progress: float) -> None:
        self._progress = progress
        self._is_new.set()

    async def _failed(self, reason: str) -> None:
        log.warning("the job %s of video %s failed: %s", self._job.kind, self._job.video, reason)
        await self._end(self._desk.fail(self._job, reason, retry=True))

    async def _end(self, end: Awaitable[None]) -> None:
        """Say how it ended. If that fails, the end of the lease says it."""
        try:
            await end
        except FramecastError as error:
            if not isinstance(error, Lost):
                log.warning("the end of a job was not noted: %s", error)


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LITTLE
    except OSError:
        return True


def _make(output: Path) -> None:
    output.parent.mkdir(mode=0o700, parents=True)
    output.mkdir(mode=0o700)


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
