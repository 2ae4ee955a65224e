"""What a child process sets about itself: its name, and that it dies with its parent.

Linux only (prctl). Called by the child before it starts a thread.
"""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PR_SET_NAME = 15
_NAME_BYTES = 15  # the kernel keeps 16 with the closing zero

_libc = ctypes.CDLL(None, use_errno=True)


def rename(title: str) -> None:
    """Give this thread's process the name that `ps` and `top` show; it is cut after 15 bytes."""
    _libc.prctl(_PR_SET_NAME, title.encode()[:_NAME_BYTES], 0, 0, 0)


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent dies; end at once if that has happened already."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent_pid:
        os._exit(1)


def keep_only(fds: set[int]) -> None:
    """Close every descriptor above 2 that is not in `fds`; whatever owned them must not touch them again."""
    first = 3
    for fd in sorted(fd for fd in fds if fd >= first):
        os.closerange(first, fd)
        first = fd + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX") if first < 65536 else first)
