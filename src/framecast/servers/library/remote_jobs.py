"""Jobs for workers on other machines: what a worker asks for, on the desk of this machine (`local_desk`).

Nothing is kept here but the paths of inputs: a ticket names the attempt, and the database says whether the job is still its. What a worker brings is written
below `LIBRARY/remote/`, bounded in bytes and names, and checked as the output of a task here. Called on the event loop; works in threads.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from framecast.errors import Broken, Conflict, Invalid, NotFound
from framecast.model.library_layout import LibraryLayout, check_file_name
from framecast.model.text import shown
from framecast.model.video_job import Job, JobState
from framecast.processing.messages import LONGEST_LINE
from framecast.processing.run import Refused
from framecast.processing.tasks import TASKS
from framecast.servers.access.crew import Crew
from framecast.servers.catalogue import Catalogue
from framecast.servers.library.desk import INPUT, OUTPUT, Lost, Waits
from framecast.servers.library.local_desk import LEASE_S, LocalDesk
from framecast.servers.library.produced import MOST_FILES
from framecast.servers.library.tickets import Claimed, Tickets

_THREADS = 2
_MOST_ORDERS = 64
_LONGEST_NAME = 60
PART_BYTES = 1 << 20
MAX_DATA_BYTES = 4 << 20


@dataclass(frozen=True, slots=True)
class Given:
    """What the task of an attempt is given: the request as JSON, and the files here that it names."""

    request: str
    inputs: Sequence[Path]
    sizes: Sequence[int]


class RemoteJobs:
    """The jobs of the library of `catalogue`, for workers that ask by gRPC."""

    lease_s = LEASE_S

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._layout = LibraryLayout(catalogue.settings.folder)
        self._folder = self._layout.remotes
        self._crew = Crew("work", _THREADS)
        self._made: Tickets | None = None
        self._orders: OrderedDict[Claimed, Given] = OrderedDict()

    async def claim(self, worker: str, kinds: Sequence[str]) -> tuple[Job, str] | None:
        """Return a job of these kinds and its ticket, None if there is nothing to do."""
        known = [kind for kind in kinds if kind in TASKS and kind != "reach"]
        if len(known) < len(kinds):
            raise Invalid("kinds must be of check, publish, ladder, poster and subtitles")
        if not known:  # a worker that looks whether it may work here
            return None
        try:
            job = await (await self._desk(worker)).claim(known)
        except NotFound:  # nothing was ever stored
            return None
        if job is None:
            return None
        tickets = await self._tickets()
        return job, tickets.make(Claimed(job.id, job.attempt))

    async def order(self, ticket: str) -> Given:
        """Return what the task of an attempt is given.

        Raises:
            Conflict: reason `lost` or `waits`, as for every method below.
        """
        job, desk = await self._held(ticket)
        claimed = Claimed(job.id, job.attempt)
        if claimed in self._orders:
            return self._orders[claimed]
        folder = self._place(claimed) / "given"
        await self._crew.run(partial(_make, folder))
        order = await _told(desk.order(job, folder))
        given = await self._crew.run(partial(_given, order.request, order.inputs, folder / "output"))
        self._orders[claimed] = given
        while len(self._orders) > _MOST_ORDERS:
            self._orders.popitem(last=False)
        return given

    async def open_input(self, ticket: str, number: int) -> BinaryIO:
        """Return one input, opened: from then on it stays, also if its video is removed."""
        given = await self.order(ticket)
        if number >= len(given.inputs):
            raise NotFound(f"this job has {len(given.inputs)} inputs, from 0: there is no input {number}")
        path = given.inputs[number]
        return await self._crew.run(lambda: path.open("rb"))

    async def read(self, source: BinaryIO, offset: int) -> bytes:
        """Return the next part of an input."""
        return await self._crew.run(lambda: os.pread(source.fileno(), PART_BYTES, offset))

    async def keep(self, ticket: str, progress: float | None) -> bool:
        """Renew the lease; return False if the job was cancelled."""
        job, desk = await self._held(ticket)
        return bool(await _told(desk.beat(job, progress)))

    async def receive(self, ticket: str, result: str) -> Incoming:
        """Begin to take what the task of an attempt has made."""
        job, _ = await self._held(ticket)
        if len(result) > LONGEST_LINE:
            raise Invalid(f"the result may have {LONGEST_LINE} bytes, got {len(result)}")
        folder = self._place(Claimed(job.id, job.attempt)) / "made"
        await self._crew.run(partial(_make, folder))
        return Incoming(self._crew, folder, _result(job, result), TASKS[job.kind].limits.output_bytes)

    async def commit(self, ticket: str, incoming: Incoming) -> None:
        """Take the result, whole: it is checked, stored and published, and the job is done."""
        await incoming.end()
        job, desk = await self._held(ticket)
        await _told(desk.commit(job, incoming.result, incoming.folder))
        await self._forget(job)

    async def refuse(self, ticket: str, reason: str) -> None:
        """End the job: the file is not accepted."""
        job, desk = await self._held(ticket)
        await _told(desk.refuse(job, shown(reason, 1000)))
        await self._forget(job)

    async def fail(self, ticket: str, reason: str) -> None:
        """End the attempt; the job may be tried again."""
        job, desk = await self._held(ticket)
        await _told(desk.fail(job, reason, retry=True))
        await self._forget(job)

    async def give_back(self, ticket: str, reason: str, wait_s: float) -> None:
        """Let the job wait, without blame."""
        job, desk = await self._held(ticket)
        await _told(desk.give_back(job, reason, min(max(wait_s, 0.0), 3600.0) if wait_s == wait_s else 0.0))
        await self._forget(job)

    async def stopped(self, ticket: str) -> None:
        """Note that a cancelled job has stopped."""
        job, desk = await self._held(ticket)
        await _told(desk.stopped(job))
        await self._forget(job)

    def close(self) -> None:
        """Take no more work. Idempotent."""
        self._crew.close()

    async def _desk(self, worker: str) -> LocalDesk:
        catalogue = self._catalogue
        library = await self._crew.run(catalogue.open)
        objects = await self._crew.run(catalogue.objects)
        name = f"remote {shown(worker, _LONGEST_NAME) or 'worker'}"
        return LocalDesk(library, objects, catalogue.settings, name, self._crew, catalogue.announce)

    async def _held(self, ticket: str) -> tuple[Job, LocalDesk]:
        """Return the job of a ticket, if it is still that attempt's."""
        claimed = (await self._tickets()).read(ticket)
        desk = await self._desk("")
        try:
            job = await self._crew.run(lambda: self._catalogue.open().job(claimed.job))
        except NotFound as error:
            raise _lost() from error
        if job.attempt != claimed.attempt or job.state is not JobState.RUNNING:
            await self._forget(replace(job, attempt=claimed.attempt))
            raise _lost()
        return job, desk

    async def _tickets(self) -> Tickets:
        if self._made is None:
            self._made = await self._crew.run(self._begin)
        return self._made

    def _begin(self) -> Tickets:
        """What a process before this one has left belongs to nobody: its calls have ended with it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            return Tickets.kept(self._layout.work_key)
        except OSError as error:
            raise Broken(
                f"the key that signs tickets cannot be written to {self._layout.work_key}: {error.strerror}"
            ) from error

    def _place(self, claimed: Claimed) -> Path:
        return self._folder / f"{claimed.job}-{claimed.attempt}"

    async def _forget(self, job: Job) -> None:
        claimed = Claimed(job.id, job.attempt)
        self._orders.pop(claimed, None)
        await self._crew.run(partial(shutil.rmtree, self._place(claimed), ignore_errors=True))


class Incoming:
    """What a worker brings: files in `folder`, at most `most` bytes together."""

    def __init__(self, crew: Crew, folder: Path, result: Mapping[str, Any], most: int) -> None:
        self.folder = folder
        self.result = result
        self._crew = crew
        self._left = most
        self._names: set[str] = set()
        self._file: BinaryIO | None = None

    async def begin(self, name: str) -> None:
        """Begin a file."""
        check_file_name(name)
        if name in self._names or len(self._names) >= MOST_FILES:
            raise Invalid(f"each file comes once, and at most {MOST_FILES} of them: got {name} again or more")
        await self.end()
        self._names.add(name)
        self._file = await self._crew.run(lambda: (self.folder / name).open("xb"))

    async def write(self, data: bytes) -> None:
        """Add to the file that was begun last."""
        if not data:
            return
        if self._file is None:
            raise Invalid("data came before the name of a file: set 'file' in its first message")
        if len(data) > MAX_DATA_BYTES:
            raise Invalid(f"the data of one message may have {MAX_DATA_BYTES} bytes, got {len(data)}")
        self._left -= len(data)
        if self._left < 0:
            raise Invalid("the files are larger together than the result of this job may be")
        file = self._file
        await self._crew.run(lambda: file.write(data))

    async def end(self) -> None:
        """Close the file that was begun last. Idempotent."""
        file, self._file = self._file, None
        if file is not None:
            await self._crew.run(file.close)


def _result(job: Job, text: str) -> Mapping[str, Any]:
    try:
        given = json.loads(text)
        if not isinstance(given, dict):
            raise ValueError("not an object")
        return TASKS[job.kind].checked(given)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the result of the task is not valid: {shown(str(error), 200)}") from error


def _given(request: Mapping[str, Any], inputs: Sequence[Path], output: Path) -> Given:
    places = {str(path): {INPUT: number} for number, path in enumerate(inputs)}
    places[str(request.get("output", output))] = {OUTPUT: True}
    text = json.dumps(_replaced(request, places))
    return Given(text, inputs, [path.stat().st_size for path in inputs])


def _replaced(value: Any, places: Mapping[str, Any]) -> Any:  # noqa: ANN401  whatever JSON can say
    if isinstance(value, str):
        return places.get(value, value)
    if isinstance(value, Mapping):
        return {name: _replaced(one, places) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_replaced(one, places) for one in value]
    return value


def _make(folder: Path) -> None:
    """Make a folder, empty: the attempt may have had it before."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)


def _lost() -> Conflict:
    return Conflict(
        "this job is not this attempt's any more: it was cancelled, or its lease has ended", reason="lost"
    )


async def _told(work: Any) -> Any:  # noqa: ANN401  a coroutine of the desk
    """Turn what the desk says into what goes over the network."""
    try:
        return await work
    except Lost as error:
        raise _lost() from error
    except Waits as error:
        raise Conflict(str(error), reason="waits", wait_s=error.wait_s) from error
    except Refused as error:
        raise Conflict(str(error), reason="refused") from error
