"""A process that others are forked from: heavy imports once, a child in milliseconds.

A node has two, each started with a socket to the node: this module, which does the jobs of sources and renditions, and
`parent`, which this one and the servers are forked from. Secrets come only through sockets. It has a single thread, so that a fork copies no lock
that another thread holds. Python's own forkserver is not used, because its children import the user's `__main__` again.

When the node dies, the socket ends: children that are bound to this process have two seconds to close their sessions with cameras, then they are
killed. When this process dies, the kernel kills those. Other children neither notice its death nor the end of the socket.
"""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from time import monotonic
from typing import Protocol

from framecast import log, native, process
from framecast.bus import Channel, Message
from framecast.bus.channel import Fields
from framecast.errors import Broken, FramecastError
from framecast.streams import job_from_json

GOODBYE_S = 2.0
_WORKER = "framecast.worker"
_FAILED = 1  # exit status

logger = logging.getLogger(__name__)


class Program(Protocol):
    """What the children do. `bound`: they die with the process that forked them."""

    bound: bool

    def prepare(self, fields: Fields) -> None:
        """Import what the child needs, before the fork."""

    def run(self, message: Message) -> int:
        """Do it, in the child, and return the exit status. The child owns the descriptors of the message."""


class Jobs:
    """The jobs of `worker`: each has one descriptor, its connection to the node.

    What does them (FFmpeg, NumPy, all sources) is imported for the first one: a node without streams has no need of it.
    """

    bound = True

    def load(self) -> None:
        """Import what all jobs need, and look up once what they look up."""
        if _WORKER in sys.modules:
            return
        import_module(_WORKER)
        import_module("framecast.sources.permitted").program_folders()
        found = native.look()  # loaded once, before any fork
        if found.is_wrong:
            logger.warning(
                "%s is not used: %s. Python does the same; make native builds it again",
                native.NAME,
                found.why,
            )

    def prepare(self, fields: Fields) -> None:
        """Import what this job needs."""
        self.load()
        if fields["draws"]:
            import_module("framecast.media.opencv").load()

    def run(self, message: Message) -> int:
        """Do the job."""
        job = job_from_json(message.fields["job"])
        process.rename(job.title)
        process.keep_only({*message.fds, *log.relays()})
        withheld = tuple(message.fields.get("withheld", ()))
        channel = Channel(socket.socket(fileno=message.fds[0]))
        code: int = import_module(_WORKER).run(job, channel, withheld)
        return code


@dataclass(frozen=True, slots=True)
class _Child:
    number: int
    pid: int


class ForkServer:
    """Does what the node requests: forks, kills, and reports how children ended."""

    def __init__(self, channel: Channel, program: Program) -> None:
        self._channel = channel
        self._program = program
        self._pid = os.getpid()
        self._children: dict[int, _Child] = {}  # by pidfd
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)

    def run(self) -> None:
        """Serve until the node is gone."""
        try:
            while True:
                for fd, _ in self._poll.poll():
                    if fd in self._children:
                        self._reap(fd)
                    else:
                        self._hear()
                want_write = select.POLLOUT if self._channel.wants_write else 0
                self._poll.modify(self._channel, select.POLLIN | want_write)
        except FramecastError:
            self._end()

    def _hear(self) -> None:
        messages = self._channel.receive()
        # First what all of them need: pages that are written after a fork are shared no longer.
        failed = {
            id(one): why for one in messages if one.fields["op"] == "fork" and (why := self._prepare(one))
        }
        settle()
        for message in messages:
            op, number = message.fields["op"], int(message.fields["id"])
            if id(message) in failed:
                self._channel.send({"op": "failed", "id": number, "message": failed[id(message)]})
            elif op == "fork":
                self._fork(number, message)
            elif op == "ping":
                self._channel.send({"op": "pong", "id": number})
            elif op == "kill":
                self._kill(number, int(message.fields["signal"]))
            elif op == "log":
                log.relay(message.fds[0], **message.fields["levels"])
            for fd in message.fds:
                os.close(fd)
        self._channel.flush()

    def _prepare(self, message: Message) -> str:
        """Import what a child needs; return why that is not possible, '' if it is."""
        try:
            self._program.prepare(message.fields)
        except (ImportError, OSError) as error:
            logger.exception("a process cannot be started")
            return f"import: {error}"
        return ""

    def _fork(self, number: int, message: Message) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            self._channel.send({"op": "failed", "id": number, "message": f"fork: {error.strerror}"})
            return
        if pid == 0:
            self._child(message)
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = _Child(number, pid)
        self._poll.register(pidfd, select.POLLIN)
        self._channel.send({"op": "forked", "id": number, "pid": pid})

    def _child(self, message: Message) -> None:
        """Never returns."""
        code = _FAILED
        try:
            if self._program.bound:
                process.die_with_parent(self._pid)
            self._channel.close()
            gc.enable()
            code = self._program.run(message)
        except BaseException:
            logger.exception("a process failed")
        finally:
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(code)  # no atexit and no destructors of what belongs to the process that forked this one

    def _kill(self, number: int, signal_number: int) -> None:
        for pidfd, child in self._children.items():
            if child.number == number:
                # By pidfd: the number of a process that has ended may belong to another one by now.
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(pidfd, signal_number)

    def _reap(self, pidfd: int) -> None:
        child = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        os.close(pidfd)
        _, status = os.waitpid(child.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        self._channel.send({"op": "exited", "id": child.number, "pid": child.pid, "status": code})

    def _end(self) -> None:
        """The node is gone."""
        if not self._program.bound:
            return
        for pidfd in self._children:
            signal.pidfd_send_signal(pidfd, signal.SIGTERM)
        poll = select.poll()
        for pidfd in self._children:
            poll.register(pidfd, select.POLLIN)
        left, deadline = set(self._children), monotonic() + GOODBYE_S
        while left and monotonic() < deadline:
            for pidfd, _ in poll.poll(max(0.0, deadline - monotonic()) * 1000):
                poll.unregister(pidfd)
                left.discard(pidfd)
        for pidfd in left:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)


_settled = 0  # how many modules were there when memory was frozen


def settle() -> None:
    """Make this process ready to be forked: one thread, and no garbage collection of what the children share.

    Raises:
        Broken: an import has started a thread.
    """
    global _settled
    if len(sys.modules) == _settled:
        return
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise Broken(
            f"a process that is forked must have one thread, but an import has started more: it has {threads}"
        )
    # Imported objects are never freed: the collector would only touch their pages and unshare them.
    gc.disable()
    gc.collect()
    gc.freeze()
    _settled = len(sys.modules)


def serve(fd: int, title: str, program: Program) -> None:
    """Fork what the node at the other end of the socket `fd` requests, until it is gone. `title` is what `ps` shows."""
    process.rename(title)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the node handles Ctrl-C, and ends its processes in order
    settle()
    ForkServer(Channel(socket.socket(fileno=fd)), program).run()


def main() -> None:
    """Serve a private node, which has no servers, and a stream at once. Argument: the number of the node's socket."""
    jobs = Jobs()
    jobs.load()
    serve(int(sys.argv[1]), "fc-forkserver", jobs)


if __name__ == "__main__":
    main()
