"""`Desk`: the place that an attempt gets its job and its files from, and brings its result to. The local one is `local_desk`, another is over gRPC.

Every call names the job with the number of the attempt. An attempt that has lost its job gets `Lost`, and nothing of it is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from framecast.errors import FramecastError
from framecast.model.video_job import Job

# The marks of work.proto that stand for a path in the request of a task.
INPUT, OUTPUT = "framecast.input", "framecast.output"


class Lost(FramecastError):
    """The job is not this attempt's any more, or was cancelled: it ends without a word."""


class Waits(FramecastError):
    """Not the job's fault: it goes back without counting as a try, and waits for `wait_s`. The message says why, to people."""

    def __init__(self, reason: str, wait_s: float) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Order:
    """What the task of a job is given."""

    request: Mapping[str, Any]
    inputs: Sequence[Path]


class Desk(Protocol):
    """Every method raises Lost, Waits, or another FramecastError, after which the job may be tried again."""

    async def claim(self, wanted: Sequence[str]) -> Job | None:
        """Return a job of these kinds, None if there is nothing to do."""

    async def order(self, job: Job, folder: Path) -> Order:
        """Return what the task of a job is given. Inputs that are not on this disk are put into `folder`."""

    async def beat(self, job: Job, progress: float | None) -> bool:
        """Keep the job; return False if it was cancelled."""

    async def commit(self, job: Job, result: Mapping[str, Any], output: Path) -> None:
        """Take the result of the task and the files in its folder `output`."""

    async def refuse(self, job: Job, sentence: str) -> None:
        """End the job: the file is not accepted."""

    async def fail(self, job: Job, reason: str, *, retry: bool) -> None:
        """End the attempt without success."""

    async def give_back(self, job: Job, reason: str, wait_s: float) -> None:
        """Give the job back without success and without blame; it waits for `wait_s`."""

    async def stopped(self, job: Job) -> None:
        """Note that a job that was cancelled has stopped."""
