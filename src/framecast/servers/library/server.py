"""The library server: the loop over the jobs, the upkeep, the figures, and the answers to the node.

It has no port: `fd` of its settings is a socket pair with the node, which gets an event for each video that has changed. One process at a time works in the folder of a
library: it holds the lock of the file `lock` there, so what it finds in `work/` at its start belongs to nobody. Database, disk and network are used in threads only.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TextIO, TypeVar

from framecast import cgroup
from framecast.bus import to_node
from framecast.bus.channel import Fields
from framecast.bus.runtime import node_socket
from framecast.control.metrics import report
from framecast.errors import FramecastError, Invalid
from framecast.library import Library, open_library
from framecast.model.library_layout import LibraryLayout
from framecast.priority import give_way
from framecast.servers.access.crew import Crew
from framecast.servers.answering import Answering
from framecast.servers.launch import Lifeline
from framecast.servers.library.figures import JobFigures
from framecast.servers.library.local_desk import LocalDesk
from framecast.servers.library.loop import JobLoop
from framecast.servers.library.questions import QUESTIONS
from framecast.servers.library.recording_orders import ORDERS
from framecast.servers.library.recordings import Recordings
from framecast.servers.library.upkeep import EVERY_S, Upkeep
from framecast.servers.settings import LibrarySettings, Settings
from framecast.servers.stored_objects import open_objects
from framecast.store.objects import Objects

T = TypeVar("T")

LOCK_S = 1.0
FIGURES_S = 5.0
_THREADS = 4
_RETRY_S = 1.0

log = logging.getLogger("framecast.library")


def serve(settings: Settings, lifeline: Lifeline) -> None:
    """Serve until the lifeline ends.

    Raises:
        FramecastError: the folder cannot be used.
    """
    give_way(0)
    asyncio.run(_serve(settings, lifeline))


async def _serve(settings: Settings, lifeline: Lifeline) -> None:
    library = settings.library
    assert library is not None  # a library that is turned off has no process
    server = _Server(settings.fd, library, settings.runtime_dir)
    working = asyncio.create_task(server.work(), name="library")
    ending = asyncio.create_task(lifeline.end(), name="lifeline")
    try:
        await asyncio.wait((working, ending), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, ending):
            task.cancel()
        await asyncio.wait((working, ending))
        server.close()
    if not working.cancelled():
        working.result()


class _Server:
    def __init__(self, fd: int, settings: LibrarySettings, runtime_dir: Path) -> None:
        self._settings = settings
        self._layout = LibraryLayout(settings.folder)
        self._threads = Crew("library", _THREADS)
        self._library: Library | None = None
        self._objects: Objects = open_objects(settings)
        self._loop: JobLoop | None = None
        self._figures = JobFigures()
        self._open = asyncio.Event()
        self._recordings = Recordings(
            self._call, to_node(node_socket(runtime_dir)), settings, self._objects, self._changed
        )
        self._node = Answering.on(fd, self._answer, log.name)

    async def work(self) -> None:
        """Work until it is cancelled."""
        lock = await self._lock()
        try:
            library = await self._opened()
            await self._work(library)
        finally:
            lock.close()

    async def _work(self, library: Library) -> None:
        worker = f"node {socket.gethostname()} {self._settings.folder}"
        desk = LocalDesk(library, self._objects, self._settings, worker, self._threads, self._changed)
        loop = self._loop = JobLoop(desk, self._layout, _places(self._settings), on_end=self._figures.count)
        upkeep = Upkeep(library, self._objects, self._settings, self._working)
        await asyncio.to_thread(upkeep.remove_work)
        with suppress(FramecastError):  # the leases end by themselves
            if await self._threads.run(partial(library.abandon, worker)):
                log.warning("the process before this one was ended while it worked: its jobs begin again")
        await self._recordings.recover()
        self._open.set()
        tasks = [
            asyncio.create_task(one)
            for one in (loop.work(), _repeat(upkeep.sweep, EVERY_S), self._report_figures(library))
        ]
        try:
            # Not `gather`: it would cancel them too, and what is cancelled twice cannot give its jobs back.
            await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(self._recordings.close(), *tasks, return_exceptions=True)
        for task in tasks:
            if not task.cancelled():
                task.result()

    def close(self) -> None:
        """End the connection to the node, and take no more work."""
        self._node.close()
        self._threads.close()

    def _working(self) -> set[str]:
        jobs = [] if self._loop is None else self._loop.running
        return {self._layout.work(job.id, job.attempt).name for job in jobs}

    def _changed(self, video: str) -> None:
        self._node.send({"event": "video", "key": video})

    async def _answer(self, name: str, fields: Fields) -> Fields:
        question, order = QUESTIONS.get(name), ORDERS.get(name)
        if order is not None:
            await self._open.wait()
            return await order(self._recordings, fields)
        if question is None:
            raise Invalid(f"{name!r:.40} is not a question: use {', '.join([*QUESTIONS, *ORDERS])}")
        if self._loop is not None:
            self._loop.hint()
        await self._open.wait()
        assert self._library is not None
        return await self._threads.run(partial(question, self._library, self._objects, fields))

    async def _call(self, work: Callable[[Library], T]) -> T:
        assert self._library is not None
        return await self._threads.run(partial(work, self._library))

    async def _lock(self) -> TextIO:
        """Wait until no other process works in the folder, and return the lock."""
        path, is_reported = self._settings.folder / "lock", False
        while True:
            lock = await asyncio.to_thread(_locked, path)
            if lock is not None:
                return lock
            if not is_reported:
                log.warning("another process works in %s: this one waits for its end", self._settings.folder)
            is_reported = True
            await asyncio.sleep(LOCK_S)

    async def _opened(self) -> Library:
        """Wait until the database can be opened."""
        is_reported = False
        while True:
            try:
                self._library = await self._threads.run(partial(open_library, self._settings.database))
            except FramecastError as error:
                if not is_reported:
                    log.error("the library cannot be opened: %s", error)
                is_reported = True
                await asyncio.sleep(_RETRY_S)
            else:
                return self._library

    async def _report_figures(self, library: Library) -> None:
        while True:
            with suppress(FramecastError):
                storage = await self._threads.run(library.storage)
                self._node.send({"event": "figures", "figures": report(self._figures.samples(storage))})
            await asyncio.sleep(FIGURES_S)


async def _repeat(work: Callable[[], None], every_s: float) -> None:
    while True:
        await asyncio.to_thread(work)
        await asyncio.sleep(every_s)


def _locked(path: Path) -> TextIO | None:
    """Return the lock of a library's folder, which is made if needed; None while another process holds it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def _places(settings: LibrarySettings) -> int:
    """Return how many jobs are worked on at once: by default half of the processors that this process may use."""
    if settings.workers is not None:
        return settings.workers
    processors = len(os.sched_getaffinity(0))
    quota = cgroup.processors()
    return max(1, int(min(processors, quota or processors) // 2))
