"""What the process of a task gives up once it has imported what it needs: the network, other programs and processes, and all files but its own.

Called once, in that process, before its second thread and the first byte of the file. If the kernel has Landlock and seccomp and one of them fails, so does the task:
a file of a stranger is not parsed with less than this machine can do.
"""

from __future__ import annotations

import os
import resource
import signal
import time
from contextlib import suppress
from math import ceil
from pathlib import Path

from framecast.errors import Broken
from framecast.priority import give_way
from framecast.processing.messages import Order
from framecast.processing.tasks import Limits
from framecast.sandbox import landlock, seccomp
from framecast.sandbox.level import Level, level
from framecast.sandbox.rlimits import lower, lower_all

# Libraries are mapped from their files, which `RLIMIT_DATA` does not count: FFmpeg's take 20 MiB, those of a task that encodes 45 MiB.
_MAPPED = 48 << 20
_FILES = 64
# Computing time of a start with its imports on a machine of 2020, and how much slower another one may be.
_USUAL_START_S, _SLOWEST = 0.2, 8.0
_THREADS = Path("/proc/self/task")


def confine(order: Order) -> Level:
    """Give everything up that is not in the order, and return what the kernel enforces.

    Raises:
        Broken: the kernel can do more than it has done here.
    """
    if len(os.listdir(_THREADS)) > 1:
        raise Broken("the task has started a thread while it was imported: that thread would not be confined")
    _limit(order.limits)
    give_way(order.limits.nice)
    _be_first_to_end()
    able = level()
    rules = [(path, landlock.READ) for path in order.inputs]
    if order.output is not None:
        rules.append((order.output, landlock.FILL))
    found = Level(landlock.restrict(rules, network=False), seccomp.seal())
    if found != able:
        raise Broken(f"the sandbox could not be closed: {found}")
    return found


def _limit(limits: Limits) -> None:
    lower_all(
        {
            resource.RLIMIT_DATA: limits.memory_bytes - _MAPPED,
            resource.RLIMIT_FSIZE: limits.file_bytes,
            resource.RLIMIT_NOFILE: _FILES,
            resource.RLIMIT_MEMLOCK: 0,
            resource.RLIMIT_MSGQUEUE: 0,
        }
    )
    cpu_s = limits.cpu_s * slowness()
    # The kernel's limit counts whole seconds, and holds if the process changes the timer.
    lower(resource.RLIMIT_CPU, ceil(cpu_s) + 1)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # ends the process
    signal.setitimer(signal.ITIMER_PROF, cpu_s)


def slowness() -> float:
    """Return how much slower this machine is than a usual one, by what the start of this process has cost; at least 1."""
    return min(max(time.process_time() / _USUAL_START_S, 1.0), _SLOWEST)


def _be_first_to_end() -> None:
    """Be the first to go if the machine runs out of memory."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
