"""One writing process and its life: the source of a stream, or one of its renditions.

Does what `streams.Life` says: forks the process, asks it to stop, kills it if it does not, and tries again when that is due. Runs in the
node's loop.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable

from framecast.bus import Channel
from framecast.log import get_logger
from framecast.model import State
from framecast.model.last_picture import LastPicture
from framecast.node.connection import Connection
from framecast.node.exit_status import Cause, ExitStatus
from framecast.node.forks import Child, Forks
from framecast.node.pulse import Pulse
from framecast.node.writer import Writer, first_epoch
from framecast.streams import GRACE_S, Action, Job, Life, Phase, Timing

# A process that was asked to stop ends itself after GRACE_S; if it cannot, it is killed after this time.
KILL_S = GRACE_S + 1.0

log = get_logger(__name__)


class Producer:
    """`job` returns the job of each new process, given its first epoch number; `on_change` is called at every change."""

    def __init__(
        self,
        name: str,
        job: Callable[[int], Job],
        timing: Timing,
        forks: Forks,
        on_change: Callable[[], None],
    ) -> None:
        self.name = name
        self.writer: Writer | None = None
        self.life = Life(timing)
        self.on_picture: Callable[[LastPicture], None] = lambda _: None  # the last one of a process that ends
        self._job = job
        self._forks = forks
        self._on_change = on_change
        self._child: Child | None = None
        self._pulse: Pulse | None = None
        self._epoch = first_epoch()
        self._due: asyncio.TimerHandle | None = None
        self._kill: asyncio.TimerHandle | None = None
        self._ended = asyncio.Event()
        self._ended.set()

    @property
    def state(self) -> tuple[State, str, str]:
        """State, reason and detail, as people see them."""
        return self.life.state, self.life.reason, self.life.detail

    @property
    def resting(self) -> bool:
        """True while there is no process and none is wanted."""
        return self.life.phase is Phase.RESTING

    @property
    def finished(self) -> bool:
        """True if it has ended cleanly; only `restart` starts it again."""
        return self.life.phase is Phase.FINISHED

    @property
    def pid(self) -> int:
        """Its process, 0 while there is none."""
        return self._child.pid if self._child else 0

    def want(self, wanted: bool) -> None:
        """Set whether anybody reads it."""
        if wanted != self.life.wanted:
            self._do(self.life.want(wanted))

    def restart(self) -> None:
        """End its process and start another one now."""
        self._do(self.life.restart())

    def adjust(self, timing: Timing) -> None:
        """Use other times from now on."""
        self.life.adjust(timing)

    async def close(self) -> None:
        """End its process; returns when it has ended."""
        self._do(self.life.want(False))
        if self._child is not None:
            self._stop()
        self._cancel(self._due)
        self._on_change = lambda: None
        await self._ended.wait()
        self._cancel(self._due)

    def _do(self, action: Action | None) -> None:
        if action is Action.START:
            self._start()
        elif action is Action.STOP:
            self._stop()
        self._cancel(self._due)
        if self.life.deadline is not None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(self.life.deadline, self._tick)
        self._on_change()

    def _tick(self) -> None:
        self._do(self.life.tick())

    def _start(self) -> None:
        self._ended.clear()
        try:
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        except OSError as error:  # no descriptors are left: tried again like any other failure
            asyncio.get_running_loop().call_soon(
                self._exited, ExitStatus(Cause.NOT_STARTED, detail=str(error.strerror))
            )
            return
        self.writer = Writer(Connection(Channel(ours)), self._reported, self._changed, self._on_end)
        self.writer.on_picture = self.on_picture
        self._pulse = Pulse(self.writer.answer, self._silent)
        with theirs:
            self._child = self._forks.fork(self._job(self._epoch), theirs.fileno(), self._exited)

    def _stop(self) -> None:
        if self.writer is not None:
            self.writer.stop()
        self._kill_later()

    def _kill_later(self) -> None:
        if self._child is not None and self._kill is None:
            loop = asyncio.get_running_loop()
            self._kill = loop.call_later(KILL_S, self._child.kill, signal.SIGKILL)

    def _reported(self, state: State, reason: str, detail: str) -> None:
        self.life.report(state, reason, detail)
        self._on_change()

    def _changed(self) -> None:
        self._on_change()

    def _silent(self) -> None:
        """Kill the process: it does not answer, is of no use, and may keep a device busy."""
        log.error("a process does not answer and is killed", stream=self.name, pid=self.pid)
        if self._child is not None:
            self._child.kill(signal.SIGKILL)

    def _on_end(self) -> None:
        """Its socket has ended: so has the process, or it is of no use any more."""
        if self.writer is not None:
            self._epoch = max(self._epoch, self.writer.newest_epoch + 1)
        self._kill_later()
        self._on_change()

    def _exited(self, how: ExitStatus) -> None:
        if self._pulse is not None:
            self._pulse.stop()
        if self.writer is not None:
            self.writer.connection.drain_all()  # its last messages
        self.writer = self._child = None
        self._cancel(self._kill)
        self._kill = None
        words = str(how)
        if words and self.life.phase is not Phase.STOPPING and not self.life.failed:
            log.warning("a process died", stream=self.name, how=words)
        action = self.life.exited(words)
        self._ended.set()
        self._do(action)

    @staticmethod
    def _cancel(timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()
