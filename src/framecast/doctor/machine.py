"""Processors, memory, shared memory, limits: what the kernel and the container give. Linux only."""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
from collections.abc import Iterator

from framecast import cgroup
from framecast.bus.memory import free_bytes
from framecast.bus.pool import Segment
from framecast.doctor.finding import Finding, Level
from framecast.errors import NotEnoughMemory
from framecast.sources.rtsp.datagrams import SOCKET_BYTES, capacity_bytes

MIB = 1 << 20
# Eight 1080p pictures with three readers, and the processes around them.
LITTLE_MEMORY_BYTES = 512 * MIB
# A node needs about four descriptors a reader and stream, and a few hundred for itself.
FEW_OPEN_FILES = 1024
_TIMEX_BYTES = 256  # struct timex is 208 bytes on 64-bit Linux
_TIME_ERROR = 5  # sys/timex.h: not synchronised
CGROUP = cgroup.ROOT


def check_processors() -> Iterator[Finding]:
    """How many processors this process may use, and what a container's quota leaves of them."""
    usable = len(os.sched_getaffinity(0))
    quota = cgroup.processors(CGROUP)
    found = f"{usable} usable of {os.cpu_count()}" + (
        f", limited to {quota:g} by the container" if quota else ""
    )
    if min(usable, quota or usable) < 1:
        yield Finding("processors", Level.WARNING, found, "docker run --cpus=2 ...")
    else:
        yield Finding("processors", Level.OK, found)


def check_memory() -> Iterator[Finding]:
    """How much memory is free, for the machine and for the container."""
    free, group = free_bytes(), cgroup.memory(CGROUP)
    limit = group.limit if group else 0
    found = f"{free / MIB:.0f} MiB free" + (
        f", the container's limit is {limit / MIB:.0f} MiB" if limit else ""
    )
    if free < LITTLE_MEMORY_BYTES:
        mend = "docker run --memory=2g ..." if limit else "end other programs, or add memory"
        yield Finding("memory", Level.WARNING, found, mend)
    else:
        yield Finding("memory", Level.OK, found)


def check_shared_memory() -> Iterator[Finding]:
    """Whether pictures can be shared: a sealed memfd that others can map for reading, and not for writing."""
    topic = "shared memory"
    if not hasattr(os, "memfd_create"):
        yield Finding(
            topic, Level.FAILURE, "this Python has no memfd_create", "use a Python built with glibc"
        )
        return
    try:
        segment = Segment(0, MIB, "doctor")
    except NotEnoughMemory as error:
        yield Finding(topic, Level.FAILURE, str(error), "uname -r   # Linux 5.1 or newer is needed")
        return
    try:
        reader = mmap.mmap(segment.fd, MIB, mmap.MAP_SHARED, mmap.PROT_READ)
        segment.array[0] = 42
        shared, sealed = reader[0] == 42, not _can_be_mapped_for_writing(segment.fd)
        reader.close()
    finally:
        segment.close()
    if shared and sealed:
        yield Finding(topic, Level.OK, "memfd works, and its seals keep readers from writing")
    else:
        what = "readers could write to pictures: the seals do not hold" if shared else "it is not shared"
        yield Finding(topic, Level.FAILURE, what, "uname -r   # Linux 5.1 or newer is needed")


def check_open_files() -> Iterator[Finding]:
    """How many files and sockets a process may have open; a node takes as many as it may."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    found = f"{'unlimited' if hard == resource.RLIM_INFINITY else hard} at most"
    if 0 <= hard < FEW_OPEN_FILES:
        yield Finding("open files", Level.WARNING, found, "sudo prlimit --pid $$ --nofile=65536")
    else:
        yield Finding("open files", Level.OK, found)


def check_datagrams() -> Iterator[Finding]:
    """Whether a socket holds what a camera sends at once over UDP: a key frame."""
    topic, capacity = "UDP", capacity_bytes()
    found = f"a socket holds {capacity >> 10} KiB"
    if capacity < SOCKET_BYTES:
        mend = f"sudo sysctl -w net.core.rmem_max={SOCKET_BYTES}"
        yield Finding(topic, Level.NOTE, f"{found}: large key frames of cameras may lose packets", mend)
    else:
        yield Finding(topic, Level.OK, found)


def check_clock() -> Iterator[Finding]:
    """Whether the wall clock is kept right: times of capture are made with it."""
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes 0: nothing is changed
    state = ctypes.CDLL(None, use_errno=True).adjtimex(timex)
    if state < 0:
        yield Finding("clock", Level.NOTE, f"the system does not tell ({os.strerror(ctypes.get_errno())})")
    elif state == _TIME_ERROR:
        yield Finding(
            "clock", Level.NOTE, "nothing keeps it in step with the world", "timedatectl set-ntp true"
        )
    else:
        yield Finding("clock", Level.OK, "kept in step with the world")


def _can_be_mapped_for_writing(fd: int) -> bool:
    try:
        mmap.mmap(fd, MIB, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE).close()
    except OSError:
        return False
    return True
