"""Starts servers as forks of one process that has imported them: importing is most of what their start takes.

`Forked` looks like `subprocess.Popen`. This file is also the program of that process: MODULE and the number of its socket.
"""

from __future__ import annotations

import atexit
import fcntl
import importlib
import json
import os
import resource
import runpy
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

_HIGH = 600  # above the numbers of every descriptor that goes to a server
_parents: dict[str, socket.socket] = {}


class Forked:
    """A running server `module` that has inherited `numbers`, the descriptors of its sockets. It may open `files`, None: as many as we may."""

    def __init__(self, module: str, numbers: Sequence[int], files: int | None = None) -> None:
        stdin, ours_in = os.pipe()
        ours_err, stderr = os.pipe()
        self._status, status = os.pipe()
        self.stdin, self.stderr = os.fdopen(ours_in, "wb"), os.fdopen(ours_err, "rb")
        told = json.dumps(
            {
                "numbers": list(numbers),
                "environ": dict(os.environ),
                "folder": os.getcwd(),
                "files": files,
            }
        )
        socket.send_fds(_parent(module), [told.encode()], [stdin, stderr, status, *numbers])
        for fd in (stdin, stderr, status):
            os.close(fd)
        self.returncode: int | None = None
        self.pid = int(self._line())

    def poll(self) -> int | None:
        """Return its exit status, None while it runs."""
        if self.returncode is None and select.select([self._status], [], [], 0)[0]:
            self._end()
        return self.returncode

    def wait(self, timeout: float) -> int:
        """Return its exit status once it has ended."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("a server", timeout)
            self._end()
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _end(self) -> None:
        self.returncode = int(self._line())
        os.close(self._status)

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n"):
            byte = os.read(self._status, 1)
            assert byte, "the server did not start"
            line += byte
        return line


def _parent(module: str) -> socket.socket:
    """Return the connection to the process that has imported a server; it ends with ours."""
    if module not in _parents:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        process = subprocess.Popen(
            [sys.executable, __file__, module, str(theirs.fileno())], pass_fds=[theirs.fileno()]
        )
        theirs.close()
        _parents[module] = ours
        atexit.register(process.wait)
        atexit.register(ours.close)  # before that
    return _parents[module]


def _main(module: str, fd: int) -> None:
    for name in ("framecast.servers.launch", f"{module}.server"):
        importlib.import_module(name)
    control = socket.socket(fileno=fd)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks for the keepers
    while True:
        text, fds, _, _ = socket.recv_fds(control, 1 << 20, 16)
        if not text:
            return
        if not os.fork():
            control.detach()  # its number may become another descriptor's
            _keep(module, json.loads(text), fds)
            return
        for one in fds:
            os.close(one)


def _keep(module: str, told: dict[str, Any], fds: Sequence[int]) -> None:
    """Start the server as a child, and tell its number and its end; returns in the server, once that has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid:
        _watch(pid, fds[2])
    high = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _HIGH) for fd in fds]
    os.closerange(3, _HIGH)
    for fd, number in zip([*high[:2], *high[3:]], [0, 2, *told["numbers"]], strict=True):
        os.dup2(fd, number)
        os.close(fd)
    os.close(high[2])
    if told["files"] is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (told["files"], told["files"]))
    os.environ.clear()
    os.environ.update(told["environ"])
    os.chdir(told["folder"])
    sys.argv[:] = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _watch(pid: int, status: int) -> NoReturn:
    os.closerange(0, status)
    os.closerange(status + 1, _HIGH)
    os.write(status, b"%d\n" % pid)
    _, code = os.waitpid(pid, 0)
    try:
        os.write(status, b"%d\n" % os.waitstatus_to_exitcode(code))
    finally:
        os._exit(0)


if __name__ == "__main__":
    _main(sys.argv[1], int(sys.argv[2]))
