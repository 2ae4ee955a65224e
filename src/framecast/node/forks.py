"""The node's end of the processes that fork others: requests processes, reports how they end, replaces one that dies or hangs.

Runs in the node's loop. If the forkserver dies, the kernel kills all its children: each owner is notified that its process
has exited, and asks again after its own backoff. If the parent dies, its children go on; the node then sees their end by their pidfd, and
starts the parent again for the next process. One that does not answer is killed.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from framecast.bus import Channel
from framecast.bus.channel import Fields
from framecast.log import get_logger
from framecast.model import StreamSpec
from framecast.model.backoff import Backoff
from framecast.node.connection import Connection
from framecast.node.exit_status import Cause, ExitStatus
from framecast.node.launching import FORKSERVER, Started, launch, launch_parent
from framecast.node.pulse import START_S, Pulse, weight_of
from framecast.node.spawned import Process, Spawned, end
from framecast.node.stored_videos import StoredVideos
from framecast.streams import Job, SourceJob, job_to_json

log = get_logger(__name__)


class Child:
    """One forked process. `on_exit` is called once, with how it ended."""

    def __init__(self, number: int, forker: Forker, on_exit: Callable[[ExitStatus], None]) -> None:
        self.pid = 0  # 0 until the process that forks has sent it
        self.number = number
        self.ended = asyncio.Event()
        self._forker = forker
        self._on_exit = on_exit
        self._pidfd = -1

    @property
    def exited(self) -> bool:
        """True once it has ended."""
        return self.ended.is_set()

    def kill(self, signal_number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal, unless it has ended."""
        if self.exited:
            return
        if self._pidfd >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal_number)
        else:
            self._forker.kill(self.number, signal_number)

    def hold(self) -> None:
        """Keep a handle on the process, for the time when the one that forked it is gone."""
        with suppress(OSError):  # it has ended: that is the next message
            self._pidfd = os.pidfd_open(self.pid)

    def watch(self) -> bool:
        """See its end without the process that forked it; return False if that is not possible."""
        if self._pidfd < 0:
            return False
        asyncio.get_running_loop().add_reader(self._pidfd, self.end, ExitStatus(Cause.NOT_SEEN))
        return True

    def leave(self) -> None:
        """Report its end to nobody: it was given up."""
        self._on_exit = lambda _how: None

    def end(self, how: ExitStatus) -> None:
        """The process has ended."""
        if self.exited:
            return
        self.ended.set()
        if self._pidfd >= 0:
            asyncio.get_running_loop().remove_reader(self._pidfd)
            os.close(self._pidfd)
        self._on_exit(how)


class Forker:
    """A process that forks others, and its children. `start` starts it and returns it with the node's end of a socket."""

    name = ""  # in the log

    def __init__(
        self, start: Callable[[], tuple[Process, socket.socket]], levels: Mapping[str, object]
    ) -> None:
        self.restarts = 0
        self.answers = False  # since its start
        self.log_fd = -1  # where its records go
        self._start_process = start
        self._levels = levels
        self._children: dict[int, Child] = {}
        self._number = 0
        self._connection: Connection | None = None
        self._pulse: Pulse | None = None
        self._pong = asyncio.Event()
        self._reaping: set[asyncio.Task[bool]] = set()
        self._process: Process | None = None
        self._started_at = 0.0
        self._closed = False

    @property
    def pid(self) -> int:
        """The process, 0 while there is none."""
        return self._process.pid if self._process else 0

    def info(self) -> Fields:
        """Return the process, how often it was started again, and whether it has answered since its start."""
        return {"pid": self.pid, "restarts": self.restarts, "answers": self.answers}

    def start(self) -> None:
        """Start the process; requests may follow at once, it reads them when its imports are done.

        Raises:
            OSError: it cannot be started.
        """
        self._process, ours = self._start_process()
        self._connection = Connection(Channel(ours))
        self._connection.on_message = self._hear
        self._connection.on_close = self._lost
        if self.log_fd >= 0:
            self._connection.send({"op": "log", "id": 0, "levels": self._levels}, [self.log_fd])
        self._started_at = asyncio.get_running_loop().time()
        self._pulse = Pulse(
            self._ping, self._silent, weigh=lambda: weight_of(self.pid, not self.answers), start_s=START_S
        )

    def request(self, fields: Fields, fds: Sequence[int], on_exit: Callable[[ExitStatus], None]) -> Child:
        """Have a process forked that does what `fields` say and has these descriptors. The caller keeps them."""
        self._number += 1
        child = Child(self._number, self, on_exit)
        if self._connection is None:
            asyncio.get_running_loop().call_soon(child.end, ExitStatus(Cause.NO_FORKSERVER))
            return child
        self._children[child.number] = child
        self._connection.send({"op": "fork", "id": child.number, **fields}, fds)
        return child

    def kill(self, number: int, signal_number: signal.Signals) -> None:
        """Send a signal to a child, by the process that reaps it."""
        if self._connection is not None:
            self._connection.send({"op": "kill", "id": number, "signal": int(signal_number)})

    async def close(self, timeout_s: float = 1.0) -> None:
        """End the process, and with it everything that is bound to it."""
        self._closed = True
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            await end(self._process, timeout_s)
        await asyncio.gather(*self._reaping)

    def give_up(self, children: Sequence[Child]) -> None:
        """Do what follows for the children of a process that has died."""
        for child in children:
            child.end(ExitStatus(Cause.FORKSERVER_DIED))

    def replace(self) -> None:
        """Do what follows after the process has died."""

    # --- its life

    async def _ping(self) -> None:
        self._pong.clear()
        if self._connection is not None:
            self._connection.send({"op": "ping", "id": 0})
        await self._pong.wait()

    def _silent(self) -> None:
        log.error("the %s does not answer and is replaced", self.name, pid=self.pid)
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
            self.on_forked(child)
            return
        del self._children[child.number]
        if fields["op"] == "exited":
            child.end(ExitStatus(status=fields["status"]))
        else:
            child.end(ExitStatus(Cause.NOT_STARTED, detail=str(fields["message"])))

    def on_forked(self, child: Child) -> None:
        """A child runs."""

    def _lost(self) -> None:
        self._connection = None
        self.answers = False
        if self._pulse is not None:
            self._pulse.stop()
        if self._process is not None and not self._closed:
            self._process.kill()  # its socket has ended, so it is of no use
            task = asyncio.create_task(end(self._process, 0), name="reap")
            self._reaping.add(task)
            task.add_done_callback(self._reaping.discard)
            self._process = None
        children, self._children = list(self._children.values()), {}
        self.give_up(children)
        if not self._closed:
            self.restarts += 1
            self.replace()


class Parent(Forker):
    """The process that the forkserver and the servers are forked from; its death ends none of them."""

    name = "parent"

    def __init__(self, levels: Mapping[str, object]) -> None:
        super().__init__(lambda: _spawned(launch_parent()), levels)
        self.expected: tuple[
            str, ...
        ] = ()  # modules of parts that will be forked: imported before the first fork

    def fork(
        self,
        module: str,
        fds: Sequence[int],
        on_exit: Callable[[ExitStatus], None],
        numbers: Sequence[int] = (),
    ) -> Child:
        """Start the part of the node in `module`. Its first descriptor is the node's socket, the others get `numbers`."""
        if self._connection is None and not self._closed:
            try:
                self.start()
            except OSError as error:
                log.error("the parent could not be started", why=error.strerror)
        fields = {"module": module, "numbers": list(numbers), "expected": list(self.expected)}
        return self.request(fields, fds, on_exit)

    def on_forked(self, child: Child) -> None:
        """Keep what is needed when this process is gone."""
        child.hold()

    def give_up(self, children: Sequence[Child]) -> None:
        """Wait for the end of those that run; the others have not begun."""
        super().give_up([child for child in children if not child.watch()])

    def replace(self) -> None:
        """Do nothing until a process is needed."""
        log.error("the parent died; what runs goes on, and it is started again for the next process")


class Forks(Forker):
    """The forkserver and all processes of sources and renditions: forked by `parent`, or started by exec if there is none."""

    name = "forkserver"

    def __init__(self, levels: Mapping[str, object], parent: Parent | None = None) -> None:
        super().__init__(
            partial(_forkserver, parent) if parent else lambda: _spawned(launch(FORKSERVER)), levels
        )
        self.media_dirs: tuple[str, ...] = ()  # where addresses that came over the network may name files
        self.withheld: tuple[str, ...] = ()  # real paths of folders and files that no job may read
        self.source_networks: tuple[str, ...] = ()  # where addresses of members may lead
        self.is_of_member: Callable[[StreamSpec], bool] = lambda _spec: False
        self.videos = StoredVideos()
        self._backoff = Backoff(5.0)
        self._retry: asyncio.TimerHandle | None = None

    def folders_of(self, spec: StreamSpec) -> tuple[str, ...] | None:
        """Return the only folders whose files the address of `spec` may name; None for an address of the node's owner."""
        return self.media_dirs if spec.source.is_foreign else None

    def networks_of(self, spec: StreamSpec) -> tuple[str, ...] | None:
        """Return the only networks that the address of `spec` may lead to; None for one of the node's owner or of an admin."""
        return self.source_networks if self.is_of_member(spec) else None

    def fork(self, job: Job, fd: int, on_exit: Callable[[ExitStatus], None]) -> Child:
        """Start a process that does `job` and has `fd` as its connection to the node. The caller keeps `fd`."""
        if isinstance(job, SourceJob):
            job = self.videos.applied(job)
        fields = {"job": job_to_json(job), "withheld": list(self.withheld), "draws": job.draws}
        return self.request(fields, [fd], on_exit)

    def has(self, pid: int) -> bool:
        """Return whether a process is one of the jobs, which parse what strangers send."""
        return any(child.pid == pid for child in self._children.values())

    async def close(self, timeout_s: float = 1.0) -> None:
        """End the forkserver and everything that it forked."""
        if self._retry is not None:
            self._retry.cancel()
        await super().close(timeout_s)

    def replace(self) -> None:
        """Start it again after a while."""
        log.error("the forkserver died and is started again; all sources reconnect")
        if asyncio.get_running_loop().time() - self._started_at > self._backoff.most_s:
            self._backoff.reset()
        self._start_later()

    def _start_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._retry = loop.call_later(self._backoff.next_s(), self._start_again)

    def _start_again(self) -> None:
        try:
            self.start()
        except OSError as error:
            log.error("the forkserver could not be started", why=error.strerror)
            self._start_later()


def _spawned(started: Started) -> tuple[Process, socket.socket]:
    process, sock = started
    return Spawned(process), sock


def _forkserver(parent: Parent) -> tuple[Process, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    with theirs:
        return parent.fork(FORKSERVER, [theirs.fileno()], lambda _how: None), ours
