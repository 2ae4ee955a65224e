"""The process that sources and renditions are forked from: heavy imports once, a child in milliseconds.

Started by exec with a socket to the node; secrets come only through that socket. It has a single thread, so that a fork copies no lock
that another thread holds. Python's own forkserver is not used, because its children import the user's `__main__` again.

When the node dies, the socket ends: the children have two seconds to close their sessions with cameras, then they are killed. When this
process dies, the kernel kills its children.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import select
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from framecast import log, native, process, worker
from framecast.bus import Channel, Message
from framecast.errors import Broken, FramecastError
from framecast.streams import job_from_json

GOODBYE_S = 2.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Child:
    number: int
    pid: int


class ForkServer:
    """Does what the node requests: forks, kills, and reports how children ended."""

    def __init__(self, channel: Channel, log_fd: int) -> None:
        self._channel = channel
        self._log_fd = log_fd
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
        for message in self._channel.receive():
            op, number = message.fields["op"], int(message.fields["id"])
            if op == "fork":
                self._fork(number, message)
            elif op == "ping":
                self._channel.send({"op": "pong", "id": number})
            elif op == "kill":
                self._kill(number, int(message.fields["signal"]))
        self._channel.flush()

    def _fork(self, number: int, message: Message) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            os.close(message.fds[0])
            self._channel.send({"op": "failed", "id": number, "message": f"fork: {error.strerror}"})
            return
        if pid == 0:
            self._child(message)
        os.close(message.fds[0])
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = _Child(number, pid)
        self._poll.register(pidfd, select.POLLIN)
        self._channel.send({"op": "forked", "id": number, "pid": pid})

    def _child(self, message: Message) -> None:
        """Never returns."""
        code = worker.FAILED
        try:
            job = job_from_json(message.fields["job"])
            process.die_with_parent(self._pid)
            process.rename(job.title)
            self._channel.close()
            process.keep_only({message.fds[0], self._log_fd})
            gc.enable()
            channel = Channel(socket.socket(fileno=message.fds[0]))
            code = worker.run(job, channel)
        except BaseException:
            logger.exception("a process failed")
        finally:
            with suppress(OSError, ValueError):
                sys.stderr.flush()
            os._exit(code)  # no atexit and no destructors of what belongs to the forkserver

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


def main() -> None:
    """Serve. Arguments: the number of the node's socket, that of the log's, and the log levels as JSON."""
    fd, log_fd, levels = int(sys.argv[1]), int(sys.argv[2]), json.loads(sys.argv[3])
    process.rename("fc-forkserver")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the node handles Ctrl-C, and ends its processes in order
    log.relay(log_fd, **levels)
    found = native.look()  # loaded once, before any fork
    if found.is_wrong:
        logger.warning(
            "%s is not used: %s. Python does the same; make native builds it again", native.NAME, found.why
        )
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise Broken(
            f"the forkserver must have one thread, but an import has started more: it has {threads}, so forks are not safe"
        )
    # Imported objects are never freed: the collector would only touch their pages and unshare them.
    gc.collect()
    gc.disable()
    gc.freeze()
    ForkServer(Channel(socket.socket(fileno=fd)), log_fd).run()


if __name__ == "__main__":
    main()
