"""A descriptor that becomes readable again and again: a Linux timerfd, which Python has only from 3.13 on.

A reader whose node is gone has nothing else that could wake a program in select. One thread at a time.
"""

from __future__ import annotations

import ctypes
import os
import time

_libc = ctypes.CDLL(None, use_errno=True)


class _Spec(ctypes.Structure):
    """struct itimerspec: the interval, and when it fires first."""

    _fields_ = (
        ("interval_s", ctypes.c_long),
        ("interval_ns", ctypes.c_long),
        ("first_s", ctypes.c_long),
        ("first_ns", ctypes.c_long),
    )


class Alarm:
    """Readable every `every_s` seconds from now on, until it is drained each time.

    Raises:
        OSError: there is no descriptor left.
    """

    def __init__(self, every_s: float) -> None:
        # TFD_NONBLOCK and TFD_CLOEXEC are the flags of open(2): timerfd_create(2).
        self._fd = int(_libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC))
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        seconds, rest = int(every_s), int(every_s % 1 * 1e9)
        _libc.timerfd_settime(self._fd, 0, ctypes.byref(_Spec(seconds, rest, seconds, rest)), None)

    def fileno(self) -> int:
        """The descriptor, for select."""
        return self._fd

    def drain(self) -> None:
        """Make it unreadable until the next time."""
        try:
            os.read(self._fd, 8)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close the descriptor. Idempotent."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
