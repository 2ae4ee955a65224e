"""The desk of a worker on another machine: jobs and files come from a node by gRPC, and results go back there. No database, no objects.

Called on the event loop; works in threads.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from framecast.errors import Broken, Conflict
from framecast.model.video_job import Job, JobKind, JobState
from framecast.peer.work import WorkPeer
from framecast.processing.run import Refused
from framecast.servers.library.attempt import FULL, FULL_WAIT_S
from framecast.servers.library.desk import INPUT, OUTPUT, Lost, Order, Waits

T = TypeVar("T")

# What a task writes is about as large as what it reads; this stays free besides.
_FREE_BYTES = 256 << 20


class RemoteDesk:
    """The jobs of the node that `peer` is connected to, for the worker `worker`."""

    def __init__(self, peer: WorkPeer, worker: str) -> None:
        self._peer = peer
        self._worker = worker
        self._tickets: dict[tuple[str, int], str] = {}

    async def claim(self, wanted: Sequence[str]) -> Job | None:
        """Return a job of these kinds, None if there is nothing to do."""
        found = await _do(partial(self._peer.claim, self._worker, [str(kind) for kind in wanted]))
        if found is None:
            return None
        job = _job(found, self._worker)
        self._tickets[job.id, job.attempt] = found.ticket
        return job

    async def order(self, job: Job, folder: Path) -> Order:
        """Fetch the inputs, and return the request with their paths here."""
        return await _do(partial(self._order, self._ticket(job), folder))

    async def beat(self, job: Job, progress: float | None) -> bool:
        """Keep the job."""
        return await _do(partial(self._peer.keep, self._ticket(job), progress))

    async def commit(self, job: Job, result: Mapping[str, Any], output: Path) -> None:
        """Bring the result and the files."""
        await _do(partial(self._commit, self._ticket(job), result, output))
        self._forget(job)

    async def refuse(self, job: Job, sentence: str) -> None:
        """End the job: the file is not accepted."""
        await self._end(job, "refused", sentence)

    async def fail(self, job: Job, reason: str, *, retry: bool) -> None:
        """End the attempt; the node lets the job be tried again."""
        await self._end(job, "failed" if retry else "refused", reason)

    async def give_back(self, job: Job, reason: str, wait_s: float) -> None:
        """Let the job wait, without blame."""
        await self._end(job, "given-back", reason, wait_s)

    async def stopped(self, job: Job) -> None:
        """Note that a cancelled job has stopped."""
        await self._end(job, "stopped")

    async def _end(self, job: Job, outcome: str, reason: str = "", wait_s: float = 0.0) -> None:
        ticket = self._ticket(job)
        self._forget(job)
        await _do(partial(self._peer.end, ticket, outcome, reason, wait_s))

    def _ticket(self, job: Job) -> str:
        try:
            return self._tickets[job.id, job.attempt]
        except KeyError:
            raise Lost("this attempt has ended already") from None

    def _forget(self, job: Job) -> None:
        self._tickets.pop((job.id, job.attempt), None)

    # --- on a thread

    def _order(self, ticket: str, folder: Path) -> Order:
        given = self._peer.order(ticket)
        if shutil.disk_usage(folder).free < 2 * sum(given.sizes) + _FREE_BYTES:
            raise Waits(FULL, FULL_WAIT_S)
        inputs = [folder / f"input-{number}" for number in range(len(given.sizes))]
        for number, path in enumerate(inputs):
            self._peer.fetch(ticket, number, path)
            if path.stat().st_size != given.sizes[number]:
                raise Broken(
                    f"input {number} did not come whole: {path.stat().st_size} of {given.sizes[number]} bytes"
                )
        request = json.loads(given.request)
        return Order(_placed(request, [str(path) for path in inputs], str(folder / "output")), inputs)

    def _commit(self, ticket: str, result: Mapping[str, Any], output: Path) -> None:
        files = sorted(output.iterdir())
        self._peer.commit(ticket, json.dumps(result), files)


async def _do(work: Callable[[], T]) -> T:
    """Run a call in a thread, and turn what the node says of the job into what an attempt expects."""
    try:
        return await asyncio.to_thread(work)
    except Conflict as error:
        match error.fields.get("reason"):
            case "lost":
                raise Lost(str(error)) from error
            case "waits":
                wait_s = error.fields.get("wait_s")
                raise Waits(str(error), wait_s if isinstance(wait_s, float) else 0.0) from error
            case "refused":
                raise Refused(str(error)) from error
        raise


def _placed(value: Any, inputs: Sequence[str], output: str) -> Any:  # noqa: ANN401  whatever JSON can say
    if isinstance(value, dict):
        if value.keys() == {INPUT}:
            return inputs[value[INPUT]]
        if value.keys() == {OUTPUT}:
            return output
        return {name: _placed(one, inputs, output) for name, one in value.items()}
    if isinstance(value, list):
        return [_placed(one, inputs, output) for one in value]
    return value


def _job(found: Any, worker: str) -> Job:  # noqa: ANN401  generated code
    return Job(
        id=found.id,
        video=found.video,
        kind=JobKind(found.kind),
        params={},
        priority=0,
        state=JobState.RUNNING,
        attempt=found.attempt,
        tries=0,
        worker=worker,
        run_at=0.0,
        lease_until=None,
        progress=None,
        is_cancelled=False,
        reason="",
        created_at=0.0,
        started_at=None,
        finished_at=None,
    )
