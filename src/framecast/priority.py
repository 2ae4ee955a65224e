"""Which processes the kernel runs first while the processors are busy: live video before uploads and conversions. Linux only; any process, before its second thread.

A process that has to be prompt asks for a short slice. Since Linux 6.12 (EEVDF) it then interrupts a process with a longer slice as soon as it has something to do,
and gets no larger share of the processor. Without it, it may have to wait for the next tick, 4 ms with 250 ticks a second. Older kernels ignore the request.

Nothing here needs rights, and nothing fails: a kernel or a container that refuses it leaves the process as it was.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import time
from contextlib import suppress
from pathlib import Path

# The kernel's default is 1.4 ms on two processors and 2.8 ms on eight or more. Measured: 0.3 ms for the processes of a live stream halves the delay of their pictures beside four uploads.
PROMPT_NS = 300_000
# The kernel's numbers of the system calls sched_setattr and sched_getattr (asm/unistd.h).
_CALLS = {"x86_64": (314, 315), "aarch64": (274, 275)}
_ATTRIBUTES = struct.Struct(
    "=IIQiIQQQ"
)  # struct sched_attr, version 0: size, policy, flags, nice, priority, runtime, deadline, period
_SLICE = 5
_TRIES, _APART_S = 3, 0.12

_libc = ctypes.CDLL(None, use_errno=True)


def be_prompt() -> None:
    """Let this process, and what it starts from now on, run as soon as there is something to do."""
    _set_slice(PROMPT_NS)


def give_way(nice: int) -> None:
    """Let others go before this process, as a group if it leads a session; takes back `be_prompt`.

    `nice` is 0 (like others) to 19. A process that gives way more than that already stays as it is.
    """
    _set_slice(0)
    if not nice:
        return
    nice = max(nice, os.getpriority(os.PRIO_PROCESS, 0))
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, nice)
    _give_way_as_group(nice)


def slice_ns() -> int:
    """Return the slice of this thread in nanoseconds, 0 if the kernel does not say it."""
    buffer = ctypes.create_string_buffer(_ATTRIBUTES.size)
    calls = _CALLS.get(platform.machine())
    if calls is None or _libc.syscall(calls[1], 0, buffer, len(buffer), 0):
        return 0
    found: int = _ATTRIBUTES.unpack(buffer.raw)[_SLICE]
    return found


def _set_slice(duration_ns: int) -> None:
    calls = _CALLS.get(platform.machine())
    if calls is None or os.sched_getscheduler(0) != os.SCHED_OTHER:
        return
    nice = os.getpriority(os.PRIO_PROCESS, 0)
    attributes = _ATTRIBUTES.pack(_ATTRIBUTES.size, os.SCHED_OTHER, 0, nice, 0, duration_ns, 0, 0)
    _libc.syscall(calls[0], 0, attributes, 0)


def _give_way_as_group(nice: int) -> None:
    """A session is a group for the kernel (sched(7), autogroup), and niceness counts only within one.

    A user without privileges may change one group in 0.1 s.
    """
    for turn in range(_TRIES):
        try:
            Path("/proc/self/autogroup").write_text(str(nice))
        except BlockingIOError:
            if turn < _TRIES - 1:
                time.sleep(_APART_S)
        except OSError:
            return
        else:
            return
