"""The service `framecast.v1.Work`: jobs on stored videos for workers on other machines. The engine is `servers/library/remote_jobs`. Event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib import import_module
from typing import TYPE_CHECKING

from framecast.errors import Invalid, NotFound
from framecast.servers.catalogue import Catalogue
from framecast.servers.rpc.status import Context
from framecast.servers.settings import NO_LIBRARY
from framecast.v1 import work_pb2

if TYPE_CHECKING:
    from framecast.servers.library.remote_jobs import RemoteJobs


class Work:
    """One method for each of the service; see `handlers`. `catalogue` is None on a node without a library."""

    def __init__(self, catalogue: Catalogue | None) -> None:
        self._catalogue = catalogue
        self._jobs: RemoteJobs | None = None

    async def claim_job(
        self, request: work_pb2.ClaimJobRequest, _context: Context
    ) -> work_pb2.ClaimJobResponse:
        """Return a job, if there is one."""
        engine = self._engine()
        found = await engine.claim(request.worker, request.kinds)
        if found is None:
            return work_pb2.ClaimJobResponse()
        job, ticket = found
        made = work_pb2.Job(
            ticket=ticket, id=job.id, video=job.video, kind=str(job.kind), attempt=job.attempt
        )
        return work_pb2.ClaimJobResponse(job=made, lease_s=engine.lease_s)

    async def get_order(
        self, request: work_pb2.GetOrderRequest, _context: Context
    ) -> work_pb2.GetOrderResponse:
        """Return what the task of a job is given."""
        given = await self._engine().order(request.ticket)
        inputs = [work_pb2.Input(size=size) for size in given.sizes]
        return work_pb2.GetOrderResponse(request=given.request, inputs=inputs)

    async def read_input(self, request: work_pb2.ReadInputRequest, context: Context) -> None:
        """Write the bytes of an input as fast as the worker takes them."""
        engine = self._engine()
        source = await engine.open_input(request.ticket, request.input)
        with source:
            at = request.offset
            while data := await engine.read(source, at):
                at += len(data)
                await context.write(work_pb2.ReadInputResponse(data=data).SerializeToString())

    async def keep_job(self, request: work_pb2.KeepJobRequest, _context: Context) -> work_pb2.KeepJobResponse:
        """Renew the lease."""
        progress = request.progress if request.HasField("progress") else None
        goes_on = await self._engine().keep(request.ticket, progress)
        return work_pb2.KeepJobResponse(is_cancelled=not goes_on)

    async def commit_job(self, requests: AsyncIterator[work_pb2.CommitJobRequest], context: Context) -> None:
        """Take a result."""
        engine = self._engine()
        first = await anext(requests, None)
        if first is None or not first.ticket:
            raise Invalid("the first message must have the ticket of the job and the result")
        incoming = await engine.receive(first.ticket, first.result)
        try:
            request: work_pb2.CommitJobRequest | None = first
            while request is not None:
                if request.file:
                    await incoming.begin(request.file)
                await incoming.write(request.data)
                request = await anext(requests, None)
        finally:
            await incoming.end()
        await engine.commit(first.ticket, incoming)
        await context.write(work_pb2.CommitJobResponse().SerializeToString())

    async def end_job(self, request: work_pb2.EndJobRequest, _context: Context) -> work_pb2.EndJobResponse:
        """End an attempt without a result."""
        engine = self._engine()
        match request.outcome:
            case "refused":
                await engine.refuse(request.ticket, request.reason)
            case "failed":
                await engine.fail(request.ticket, request.reason)
            case "given-back":
                await engine.give_back(request.ticket, request.reason, request.wait_s)
            case "stopped":
                await engine.stopped(request.ticket)
            case other:
                raise Invalid(f"outcome must be refused, failed, given-back or stopped, got {other!r:.40}")
        return work_pb2.EndJobResponse()

    def close(self) -> None:
        """Take no more work. Idempotent."""
        if self._jobs is not None:
            self._jobs.close()

    def _engine(self) -> RemoteJobs:
        if self._catalogue is None:
            raise NotFound(NO_LIBRARY)
        if self._jobs is None:
            # Here, because a node whose library was never used does without the libraries of this module.
            made: RemoteJobs = import_module("framecast.servers.library.remote_jobs").RemoteJobs(
                self._catalogue
            )
            self._jobs = made
        return self._jobs
