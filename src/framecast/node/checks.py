"""Checks the addresses of sources, each in a forked process of its own: the node has no code of sources in it.

An address that makes its parser hang, crash or use up memory ends only that process. Runs in the node's event loop. The process limits
itself (`worker.check_source`); the node's own limit is for a process that is suspended.
"""

from __future__ import annotations

import asyncio
import signal
import socket

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.errors import FramecastError, Invalid, WouldBlock, error_to_json, raise_if_error
from framecast.model import StreamSpec
from framecast.node.connection import Connection
from framecast.node.exit_status import Cause, ExitStatus
from framecast.node.forks import Forks
from framecast.node.pulse import START_S
from framecast.streams import CHECK_CPU_S, CHECK_S, CheckJob

# How long a check waits for its process, because the forkserver may be busy or being replaced; `START_S` if it has just started.
BEGIN_S = 5.5
_AGAIN_S = 0.2
MAX_AT_ONCE = 16
# The limits that the process sets itself: of all its time, and of CPU time.
_TIMERS = (signal.SIGALRM, signal.SIGPROF)
_TIMED_OUT = ExitStatus(status=-signal.SIGALRM)


class Checks:
    """All checks of the node, `MAX_AT_ONCE` at a time."""

    def __init__(self, forks: Forks) -> None:
        self._forks = forks
        self._free = asyncio.Semaphore(MAX_AT_ONCE)

    async def check(self, spec: StreamSpec, is_new: bool = False) -> None:
        """Return if the address of a source is valid; the source is not contacted. The file of an address that `is_new` must exist.

        Raises:
            Invalid: what is wrong with it, or that the file does not exist.
            FramecastError: the process that checked it was killed.
            WouldBlock: no process could be started in time.
        """
        async with self._free:
            try:
                async with asyncio.timeout(BEGIN_S if self._forks.answers else START_S) as patience:
                    while True:
                        fields = await self._look(spec, is_new, patience)
                        if fields is not None:
                            break
                        patience.reschedule(asyncio.get_running_loop().time() + START_S)
                        await asyncio.sleep(_AGAIN_S)  # the forkserver is being replaced
            except TimeoutError:
                raise WouldBlock(f"{spec.name} could not be checked: the node is busy; try again") from None
        raise_if_error(fields)

    async def _look(self, spec: StreamSpec, is_new: bool, patience: asyncio.Timeout) -> Fields | None:
        """Return the answer of the process, None if there is no forkserver. `patience` limits the wait until it has begun."""
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError as error:
            raise WouldBlock(f"{spec.name} could not be checked: {error.strerror}; try again") from error
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Fields | None] = loop.create_future()
        connection = Connection(Channel(ours))

        def hear(fields: Fields) -> None:
            if "begun" in fields:
                patience.reschedule(None)
                loop.call_later(CHECK_S + 1, exited, _TIMED_OUT)
            elif not answer.done():
                answer.set_result(fields)

        def exited(how: ExitStatus) -> None:
            connection.drain_all()
            if not answer.done():
                answer.set_result(_without_an_answer(spec.name, how))

        connection.on_message = hear
        with theirs:
            job = CheckJob(spec, self._forks.folders_of(spec), is_new, self._forks.networks_of(spec))
            child = self._forks.fork(job, theirs.fileno(), exited)
        try:
            return await answer
        finally:
            child.kill()
            connection.close()


def _without_an_answer(name: str, how: ExitStatus) -> Fields | None:
    """The answer for a process that ended without one; None if it should be tried again."""
    if how.lost_forkserver:
        return None
    if how.was_killed_by(*_TIMERS):
        error: FramecastError = Invalid(
            f"the source of stream {name} could not be checked in time ({CHECK_CPU_S:g} s of CPU time, {CHECK_S:g} s in all): shorten the address"
        )
    elif how.cause is Cause.NOT_STARTED:
        error = FramecastError(
            f"the source of stream {name} could not be checked ({how}): close other programs, then try again"
        )
    else:
        error = FramecastError(
            f"the check of the source of stream {name} ended early ({how}): try again, or write the address differently"
        )
    return error_to_json(error)
