"""A node of this program's own, for opening URLs, files and devices where no node runs.

It is a fresh process (exec, so the program's own modules, threads and locks are not in it), started at the first
need, shared by all that this process opens, and ended with it: it ends when its standard input does, which the kernel
closes however this process dies. Thread-safe.
"""

from __future__ import annotations

import atexit
import json
import os
import select
import site
import subprocess
import sys
import threading
from pathlib import Path

import framecast
from framecast.bus.forked import close_in_child
from framecast.errors import NodeUnavailable

_START_S = 30.0
_END_S = 10.0


class PrivateNode:
    """One private node process. Made by `private_node`; not made by hand."""

    def __init__(self) -> None:
        self._pid = os.getpid()
        self._process = subprocess.Popen(
            # -P: a module of the program's folder must not stand in for one of the standard library.
            [sys.executable, "-P", "-m", "framecast.node.private"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            start_new_session=True,  # Ctrl-C is for the program; it decides when its streams end
        )
        close_in_child(self)
        try:
            self.socket = self._hear_socket()
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """True while the process runs and belongs to this process."""
        return os.getpid() == self._pid and self._process.poll() is None

    def close(self) -> None:
        """End the node and wait for it. Idempotent."""
        if os.getpid() != self._pid:
            return
        self._close_pipes()
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def after_fork(self) -> None:
        """In a forked child: let go of the pipe, so that the node ends with the parent."""
        self._close_pipes()

    def _close_pipes(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                pipe.close()

    def _hear_socket(self) -> Path:
        assert self._process.stdout is not None
        poller = select.poll()
        poller.register(self._process.stdout, select.POLLIN)
        line = self._process.stdout.readline() if poller.poll(_START_S * 1000) else b""
        try:
            return Path(json.loads(line)["socket"])
        except (ValueError, KeyError, TypeError) as error:
            raise NodeUnavailable(
                "this program's own node did not start: its messages are on standard error, "
                "and 'framecast doctor' says what is missing"
            ) from error


_lock = threading.Lock()
_node: PrivateNode | None = None


def private_node() -> PrivateNode:
    """Return this process's own node, started now if it does not run.

    Raises:
        NodeUnavailable: it cannot be started.
    """
    global _node
    with _lock:
        if _node is None or not _node.alive:
            _node = PrivateNode()
        return _node


def environment() -> dict[str, str]:
    """Return that of this program, and where Framecast itself is found should it not be installed."""
    found = dict(os.environ)
    folder = str(Path(framecast.__file__).parent.parent)
    if folder not in site.getsitepackages():
        found["PYTHONPATH"] = os.pathsep.join(filter(None, (folder, found.get("PYTHONPATH"))))
    return found


def _end() -> None:
    if _node is not None:
        _node.close()


def _after_fork() -> None:
    global _lock
    _lock = threading.Lock()


atexit.register(_end)
os.register_at_fork(after_in_child=_after_fork)
