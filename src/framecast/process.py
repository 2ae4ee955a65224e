"""What a process sets for itself and reports to its starter: its name, that it dies with its parent, that it is ready.

Linux only (prctl). A process makes these calls before it starts a thread.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_NAME = 15
# Fields 48 and 49 of /proc/self/stat (proc(5)), counted after the program's name, which may contain spaces.
_ARG_START, _ARG_END = 45, 46
_NAME_BYTES = 15  # the kernel keeps 16 with the closing zero

_libc = ctypes.CDLL(None, use_errno=True)


def rename(title: str) -> None:
    """Give this thread's process the name that `ps` and `top` show; it is cut after 15 bytes."""
    _libc.prctl(_PR_SET_NAME, title.encode()[:_NAME_BYTES], 0, 0, 0)


def shown_arguments() -> tuple[int, bytes]:
    """Return what `ps` shows as this process's arguments, each ended by a zero, and its address; (0, b"") if that is not known."""
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
        shown = Path("/proc/self/cmdline").read_bytes()
    except (OSError, ValueError, IndexError):
        return 0, b""
    return (start, shown) if start and len(shown) == end - start else (0, b"")


def show_arguments(text: bytes) -> None:
    """Replace what `ps` shows as the arguments, in this process's own memory; what is longer is cut. `sys.argv` stays as it is."""
    start, shown = shown_arguments()
    if start and text != shown:
        ctypes.memmove(start, text[: len(shown) - 1].ljust(len(shown), b"\0"), len(shown))


def die_with_parent(parent_pid: int) -> None:
    """Ask the kernel to kill this process when its parent dies; end at once if it is dead already."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def keep_only(fds: set[int]) -> None:
    """Close every descriptor above 2 that is not in `fds`; their owners must not use them again."""
    first = 3
    for fd in sorted(fd for fd in fds if fd >= first):
        os.closerange(first, fd)
        first = fd + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX") if first < 65536 else first)


def place(fds: Mapping[int, int]) -> None:
    """Give each descriptor the number that is its key, and close every other one above 2. Their owners must not use them again."""
    above = max(fds, default=0) + 1
    high = {number: fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, max(above, 3)) for number, fd in fds.items()}
    keep_only(set(high.values()))
    for number, fd in high.items():
        os.dup2(fd, number, inheritable=number < 3)
        os.close(fd)


def open_standard_files() -> None:
    """Open stdin, stdout and stderr on /dev/null if the starter of this program has closed them.

    Otherwise the next socket would get their numbers, and printed text would go into it. Called before anything is opened.
    """
    for fd, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
            os.set_inheritable(fd, True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(fd, "w" if fd else "r", encoding="utf-8", closefd=False))  # noqa: SIM115  it stays open


def has_terminal() -> bool:
    """Return True while this process belongs to a terminal: see tty(4)."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC))
    except OSError:
        return False
    return True


def notify(state: str) -> None:
    """Send systemd a state such as `READY=1` (sd_notify(3)); do nothing if it did not start this process or does not listen."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    if address.startswith("@"):  # the abstract namespace
        address = "\0" + address[1:]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
        sock.setblocking(False)  # a manager that does not read must not stop the node
        try:
            sock.sendto(state.encode(), address)
        except OSError:
            return


def serve_as_init(signals: tuple[signal.Signals, ...]) -> None:
    """If this is the first process of a container, continue in a child and be its init: pass signals on, reap orphans.

    The kernel makes the first process of a container the parent of every orphan, and drops signals that it does not handle
    yet. Returns in the child, and at once if this is not the first process; the parent never returns: it
    ends with the child's status. Called before a thread or a loop exists.
    """
    if os.getpid() != 1:
        return
    become_init(signals)


def become_init(signals: tuple[signal.Signals, ...]) -> None:
    """Do the same in any process."""
    watched = {*signals, signal.SIGCHLD}
    # Blocked before the fork, so that no signal is lost between the fork and the wait.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    parent, child = os.getpid(), os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        die_with_parent(parent)
        return
    while (status := _reap(child)) is None:
        number = signal.sigwait(watched)
        if number != signal.SIGCHLD:
            os.kill(child, number)  # not reaped yet, so this is still it
    os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))


def _reap(child: int) -> int | None:
    """Reap all processes that have ended; return the status of `child` if it is one of them."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if pid in (0, child):
            return status if pid else None
