"""The jobs of another node's library, by gRPC: what a worker asks of it. Calls block their thread, as those of `Peer`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from framecast.peer.address import PeerAddress
from framecast.peer.failure import translated
from framecast.peer.peer import Peer
from framecast.v1 import work_pb2, work_pb2_grpc

# A node whose disk is slow, or that copies a file from S3 first.
_LONG_S = 600.0
_ASK_S = 10.0
_PART_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RemoteOrder:
    """What the task of a job is given: the request as JSON, and the sizes of its inputs in bytes."""

    request: str
    sizes: Sequence[int]


class WorkPeer(Peer):
    """The node at `address`, for a worker. Every method raises as `Peer.streams`, and Conflict with the field `reason` as work.proto says."""

    def __init__(self, address: PeerAddress) -> None:
        super().__init__(address)
        self._work: Any = work_pb2_grpc.WorkStub(self._channel)  # type: ignore[no-untyped-call]

    def claim(self, worker: str, kinds: Sequence[str]) -> work_pb2.Job | None:
        """Return a job of these kinds, None if there is nothing to do."""
        request = work_pb2.ClaimJobRequest(worker=worker, kinds=kinds)
        answer = self._start(self._work.ClaimJob, request, _ASK_S)
        return answer.job if answer.HasField("job") else None

    def order(self, ticket: str) -> RemoteOrder:
        """Return what the task of a job is given."""
        answer = self._start(self._work.GetOrder, work_pb2.GetOrderRequest(ticket=ticket), _LONG_S)
        return RemoteOrder(str(answer.request), [one.size for one in answer.inputs])

    def fetch(self, ticket: str, number: int, path: Path) -> None:
        """Write an input to a new file."""
        request = work_pb2.ReadInputRequest(ticket=ticket, input=number)
        call = self._start(self._work.ReadInput, request, None)
        try:
            with path.open("xb") as file, translated(self.address):
                for part in call:
                    file.write(part.data)
        finally:
            call.cancel()

    def keep(self, ticket: str, progress: float | None) -> bool:
        """Keep the job; return False if it was cancelled."""
        request = work_pb2.KeepJobRequest(ticket=ticket, progress=progress)
        return not self._start(self._work.KeepJob, request, _ASK_S).is_cancelled

    def commit(self, ticket: str, result: str, files: Sequence[Path]) -> None:
        """Bring the result of a job and its files."""
        self._start(self._work.CommitJob, _parts(ticket, result, files), None)

    def end(self, ticket: str, outcome: str, reason: str = "", wait_s: float = 0.0) -> None:
        """End an attempt without a result: refused, failed, given-back or stopped."""
        request = work_pb2.EndJobRequest(ticket=ticket, outcome=outcome, reason=reason, wait_s=wait_s)
        self._start(self._work.EndJob, request, _ASK_S)


def _parts(ticket: str, result: str, files: Sequence[Path]) -> Iterator[work_pb2.CommitJobRequest]:
    yield work_pb2.CommitJobRequest(ticket=ticket, result=result)
    for path in files:
        yield work_pb2.CommitJobRequest(file=path.name)
        with path.open("rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_SEQUENTIAL)
            while data := file.read(_PART_BYTES):
                yield work_pb2.CommitJobRequest(data=data)
