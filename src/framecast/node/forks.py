"""The node's end of the forkserver: requests processes, reports how they end, replaces a forkserver that dies.

Runs in the node's loop. If the forkserver dies, the kernel kills all its children: each owner is notified that its process
has exited, and asks again after its own backoff. A forkserver that does not answer is killed.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.log import get_logger
from framecast.model import StreamSpec
from framecast.model.backoff import Backoff
from framecast.node.connection import Connection
from framecast.node.exit_status import Cause, ExitStatus
from framecast.node.pulse import START_S, Pulse, weight_of
from framecast.streams import Job, job_to_json

# Numeric libraries start a pool of threads when they are imported; a process with threads cannot be forked safely.
_SINGLE_THREADED = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

# A killed process ends at once, unless it waits for a disk or device.
KILLED_S = 1.0

log = get_logger(__name__)


class Child:
    """One process. `on_exit` is called once, with how it ended."""

    def __init__(self, number: int, forks: Forks, on_exit: Callable[[ExitStatus], None]) -> None:
        self.pid = 0  # 0 until the forkserver has sent it
        self.number = number
        self._forks = forks
        self._on_exit = on_exit
        self.exited = False

    def kill(self, signal_number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal, unless it has ended."""
        if not self.exited:
            self._forks.kill(self.number, signal_number)

    def end(self, how: ExitStatus) -> None:
        """The process has ended."""
        if not self.exited:
            self.exited = True
            self._on_exit(how)


class Forks:
    """All forked processes of the node."""

    def __init__(self, log_fd: int, levels: Mapping[str, object]) -> None:
        self.restarts = 0
        self.media_dirs: tuple[str, ...] = ()  # where addresses that came over the network may name files
        self._log_fd = log_fd
        self._levels = levels
        self._children: dict[int, Child] = {}
        self._number = 0
        self._connection: Connection | None = None
        self._pulse: Pulse | None = None
        self._pong = asyncio.Event()
        self.answers = False  # since its start
        self._reaping: set[asyncio.Task[None]] = set()
        self._process: subprocess.Popen[bytes] | None = None
        self._backoff = Backoff(5.0)
        self._retry: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def pid(self) -> int:
        """The forkserver's process, 0 while there is none."""
        return self._process.pid if self._process else 0

    def folders_of(self, spec: StreamSpec) -> tuple[str, ...] | None:
        """Return the only folders whose files the address of `spec` may name; None for an address of the node's owner."""
        return self.media_dirs if spec.source.is_foreign else None

    def start(self) -> None:
        """Start the forkserver; requests may follow at once, it reads them when its imports are done."""
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        numbers = [str(theirs.fileno()), str(self._log_fd), json.dumps(self._levels)]
        with theirs:
            # -P: the folder in which somebody starts a node is no place to import from.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "framecast.node.forkserver", *numbers],
                stdin=subprocess.DEVNULL,
                env=os.environ | _SINGLE_THREADED,
                pass_fds=(theirs.fileno(), self._log_fd),
                start_new_session=True,  # signals of the terminal reach the node alone
            )
        self._connection = Connection(Channel(ours))
        self._connection.on_message = self._hear
        self._connection.on_close = self._lost
        self._started_at = loop.time()
        pid = self._process.pid
        self._pulse = Pulse(
            self._ping, self._silent, weigh=lambda: weight_of(pid, not self.answers), start_s=START_S
        )

    def fork(self, job: Job, fd: int, on_exit: Callable[[ExitStatus], None]) -> Child:
        """Start a process that does `job` and has `fd` as its connection to the node. The caller keeps `fd`."""
        self._number += 1
        child = Child(self._number, self, on_exit)
        if self._connection is None:
            asyncio.get_running_loop().call_soon(child.end, ExitStatus(Cause.NO_FORKSERVER))
            return child
        self._children[child.number] = child
        self._connection.send({"op": "fork", "id": child.number, "job": job_to_json(job)}, [fd])
        return child

    def kill(self, number: int, signal_number: signal.Signals) -> None:
        """Send a signal to a child, by the process that reaps it."""
        if self._connection is not None:
            self._connection.send({"op": "kill", "id": number, "signal": int(signal_number)})

    async def close(self, timeout_s: float = 1.0) -> None:
        """End the forkserver and everything that it forked."""
        self._closed = True
        if self._retry is not None:
            self._retry.cancel()
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            await _reap(self._process, timeout_s)
        await asyncio.gather(*self._reaping)

    async def _ping(self) -> None:
        self._pong.clear()
        if self._connection is not None:
            self._connection.send({"op": "ping", "id": 0})
        await self._pong.wait()

    def _silent(self) -> None:
        log.error("the forkserver does not answer and is replaced", pid=self.pid)
        if self._process is not None:
            self._process.kill()
        if (
            self._connection is not None
        ):  # the kernel may be unable to end it while a disk or device does not answer
            self._connection.close()

    def _hear(self, fields: Fields) -> None:
        if fields["op"] == "pong":
            self.answers = True
            self._pong.set()
            return
        child = self._children.get(fields["id"])
        if child is None:
            return
        if fields["op"] == "forked":
            child.pid = fields["pid"]
            return
        del self._children[child.number]
        if fields["op"] == "exited":
            child.end(ExitStatus(status=fields["status"]))
        else:
            child.end(ExitStatus(Cause.NOT_STARTED, detail=str(fields["message"])))

    def _lost(self) -> None:
        self._connection = None
        self.answers = False
        if self._pulse is not None:
            self._pulse.stop()
        children, self._children = self._children, {}
        for child in children.values():
            child.end(ExitStatus(Cause.FORKSERVER_DIED))
        if self._closed:
            return
        log.error("the forkserver died and is started again; all sources reconnect")
        self.restarts += 1
        loop = asyncio.get_running_loop()
        if loop.time() - self._started_at > self._backoff.most_s:
            self._backoff.reset()
        self._start_later()

    def _start_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._retry = loop.call_later(self._backoff.next_s(), self._start_again)

    def _start_again(self) -> None:
        if self._process is not None:
            self._process.kill()  # its socket has ended, so it is of no use
            task = asyncio.create_task(_reap(self._process, 0), name="reap")
            self._reaping.add(task)
            task.add_done_callback(self._reaping.discard)
            self._process = None
        try:
            self.start()
        except OSError as error:
            log.error("the forkserver could not be started", why=error.strerror)
            self._start_later()


async def _reap(process: subprocess.Popen[bytes], timeout_s: float) -> None:
    """Wait for a process that was asked to end, without blocking the loop; kill it after `timeout_s`.

    A process that the kernel cannot end at once, because it waits for a disk or device, is left behind.
    """
    if process.poll() is not None:
        return
    pidfd = os.pidfd_open(process.pid)
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(pidfd, ended.set)
    try:
        for patience_s in (timeout_s, KILLED_S):
            with suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await ended.wait()
            if process.poll() is not None:
                return
            process.kill()
        log.error("a process could not be killed and is left behind", pid=process.pid)
    finally:
        loop.remove_reader(pidfd)
        os.close(pidfd)
