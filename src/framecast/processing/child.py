"""The process of a task as its starter sees it: started with an empty environment, watched, and ended with everything it may have started.

`Child.run` starts it and returns its result; it works in the thread that calls it, which must live as long as the process does (the kernel ends the process with that thread).
`kill` may be called by any thread.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any

from framecast.errors import Broken
from framecast.model.text import shown
from framecast.processing import footprint
from framecast.processing.messages import LONGEST_LINE, Order, message_of
from framecast.processing.outcome import Refused
from framecast.processing.tasks import Limits
from framecast.sandbox import bubblewrap

# The whole environment: nothing of the server's, and no threads of libraries before the process is confined.
_ENVIRONMENT = {
    "PATH": "/usr/bin:/bin",
    "LC_ALL": "C.UTF-8",
    "MALLOC_ARENA_MAX": "2",
    **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
}
_COMMAND = ("-I", "-m", "framecast.processing")
_LOOK_EVERY_S = 0.05
_KEPT_STDERR = 4096
# A task tells its progress twice a second.
_MOST_AT_ONCE, _MOST_A_SECOND = 100, 20
_MiB = 1 << 20

Progress = Callable[[float], None]


class Child:
    """One task in one process."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._bubblewrap: str | None = None
        self._lock = threading.Lock()  # a number is not signalled once it is reaped
        self._process: subprocess.Popen[bytes] | None = None
        self._is_cancelled = False
        self._broken_limit: Exception | None = None
        self._printed = _Output()
        self._outcome: tuple[str, Any] = ("", None)

    def run(self, on_progress: Progress) -> dict[str, Any]:
        """Start the process, wait for its end, and return what it says, unchecked.

        Raises:
            Refused: the file is not accepted, or needs more than it may use.
            Broken: the process has died or said something else; it may work next time.
        """
        self._bubblewrap = bubblewrap.find()
        if (
            self._bubblewrap is not None
        ):  # in namespaces of its own it has another parent, and ends with that one
            self._order = replace(self._order, parent=0)
        process = self._start()
        try:
            self._send(process)
            self._follow(process, on_progress)
        finally:
            self.kill()
            status = self._reap(process)
        return self._concluded(status)

    def kill(self) -> None:
        """End the process and everything in its session. Idempotent."""
        with self._lock:
            self._is_cancelled = True
            process = self._process
            if process is not None and process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _start(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._is_cancelled:
                raise Broken("the task was cancelled before it began")
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd="/",
                env=_ENVIRONMENT,
                start_new_session=True,
            )
            return self._process

    def _command(self) -> list[str]:
        command = [sys.executable, *_COMMAND]
        if self._bubblewrap is None:
            return command
        return bubblewrap.wrapped(self._bubblewrap, command, self._order.inputs, self._order.output)

    def _send(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        with suppress(BrokenPipeError):
            process.stdin.write(self._order.line())
            process.stdin.flush()

    def _follow(self, process: subprocess.Popen[bytes], on_progress: Progress) -> None:
        """Take what the process says until it closes stdout and stderr, or breaks a limit."""
        until = monotonic() + self._order.limits.wall_s
        with selectors.DefaultSelector() as selector:
            for pipe in (process.stdout, process.stderr):
                assert pipe
                os.set_blocking(pipe.fileno(), False)
                selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select(_LOOK_EVERY_S):
                    data = os.read(key.fd, 1 << 16)
                    if not data:
                        selector.unregister(key.fileobj)
                    elif key.fileobj is process.stderr:
                        self._printed.complaint = (self._printed.complaint + data)[-_KEPT_STDERR:]
                    else:
                        self._take(data, on_progress)
                self._broken_limit = self._broken_limit or self._look(process.pid, until)
                if self._broken_limit is not None or self._is_cancelled:
                    return

    def _take(self, data: bytes, on_progress: Progress) -> None:
        for line in self._printed.lines(data):
            try:
                name, value = message_of(line)
            except ValueError as error:
                raise Broken(f"the process of the task has said what it may not: {error}") from None
            if name == "progress":
                on_progress(value)
            elif not self._outcome[0]:
                self._outcome = name, value

    def _look(self, pid: int, until: float) -> Exception | None:
        """Return what the process has broken of the limits that the kernel does not keep."""
        limits = self._order.limits
        if footprint.resident_bytes(pid) > limits.memory_bytes:
            return _too_much_memory(limits)
        if (
            self._order.output is not None
            and footprint.folder_bytes(self._order.output) > limits.output_bytes
        ):
            most = limits.output_bytes // _MiB
            return Refused(
                f"what is made of this file needs more than the {most} MB that it may take: upload a shorter one"
            )
        if monotonic() > until:
            return Broken(f"the task did not end within {limits.wall_s:g} s: the machine may be too busy")
        return None

    def _reap(self, process: subprocess.Popen[bytes]) -> int:
        for pipe in (process.stdin, process.stdout, process.stderr):
            assert pipe
            with suppress(BrokenPipeError):
                pipe.close()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        with self._lock:
            status = process.wait()
        return status if self._bubblewrap is None else bubblewrap.status_of(status)

    def _concluded(self, status: int) -> dict[str, Any]:
        if self._broken_limit is not None:
            raise self._broken_limit
        if status in (-signal.SIGPROF, -signal.SIGXCPU):
            raise Refused(
                f"this file needs more than the {self._order.limits.cpu_s:g} s of computing time that it may use: convert it to MP4 with H.264 and AAC, and upload that"
            )
        name, value = self._outcome
        if name == "refused":
            raise Refused(shown(value))
        if name == "result":
            return dict(value)
        complaint = shown(self._printed.complaint.decode(errors="replace").strip()[-300:])
        how = f"ended with {status}" if status >= 0 else f"was ended by {signal.Signals(-status).name}"
        raise Broken(f"the process of the task {how}{f': {complaint}' if complaint else ''}", status=status)


class _Output:
    """What a process has printed and is not taken yet."""

    def __init__(self) -> None:
        self.complaint = b""
        self._rest = b""
        self._begun = monotonic()
        self._count = 0

    def lines(self, data: bytes) -> list[bytes]:
        """Return the lines that are whole now."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        self._count += len(whole)
        most = _MOST_AT_ONCE + _MOST_A_SECOND * (monotonic() - self._begun)
        if self._count > most or max(map(len, (*whole, self._rest))) > LONGEST_LINE:
            raise Broken("the process of the task has said more than it may")
        return whole


def _too_much_memory(limits: Limits) -> Refused:
    return Refused(
        f"this file needs more than the {limits.memory_bytes // _MiB} MB of memory that it may use: convert it to a smaller picture size, and upload that"
    )
