"""The publisher's memory: sealed memfd segments, and the allocator that lends pieces of them.

A segment is allocated when it is made (posix_fallocate), so too little memory is an error here and never a
SIGBUS in a reader. Its seals let subscribers map it for reading only. It has no name in any file system:
when the last process that maps it dies, it is gone.

Used under the lock of its track; not thread-safe by itself.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from bisect import insort
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framecast.bus.memory import MAX_SHARE, free_bytes
from framecast.errors import NotEnoughMemory

# fcntl.h and linux/fcntl.h; Python 3.11 has no name for FUTURE_WRITE.
_F_SEAL_FUTURE_WRITE = 0x0010
_SEALS = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | _F_SEAL_FUTURE_WRITE | fcntl.F_SEAL_SEAL
_PAGE = mmap.PAGESIZE
_ALIGN = 64  # a cache line
_PAGE_ALIGNED_FROM = 65536  # pictures begin on a page of their own


class Segment:
    """One memfd, mapped for writing by its publisher alone."""

    __slots__ = ("_free", "array", "fd", "number", "retired", "size", "used_bytes")

    def __init__(self, number: int, size: int, name: str) -> None:
        self.number = number
        self.size = size
        self.used_bytes = 0
        self.retired = False
        self._free: list[tuple[int, int]] = [(0, size)]  # (offset, size), by offset
        self.fd = os.memfd_create(f"framecast:{name}"[:200], os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            os.posix_fallocate(self.fd, 0, size)
            memory = mmap.mmap(self.fd, size, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE)
            fcntl.fcntl(self.fd, fcntl.F_ADD_SEALS, _SEALS)
        except OSError as error:
            os.close(self.fd)
            raise NotEnoughMemory(
                f"{size >> 20} MiB of shared memory cannot be allocated for {name} ({error.strerror}): "
                "close streams, ask for smaller pictures, or give the container more memory"
            ) from error
        self.array: NDArray[np.uint8] = np.frombuffer(memory, dtype=np.uint8)

    def take(self, size: int) -> int | None:
        """Return the offset of a free piece (first fit, so hot memory is used again), None if there is none."""
        for index, (offset, free) in enumerate(self._free):
            if free >= size:
                if free == size:
                    del self._free[index]
                else:
                    self._free[index] = (offset + size, free - size)
                self.used_bytes += size
                return offset
        return None

    def give_back(self, offset: int, size: int) -> None:
        """Make a piece free again and join it with its free neighbours."""
        self.used_bytes -= size
        free = self._free
        insort(free, (offset, size))
        index = free.index((offset, size))
        if index + 1 < len(free) and offset + size == free[index + 1][0]:
            free[index] = (offset, size + free[index + 1][1])
            del free[index + 1]
        if index and free[index - 1][0] + free[index - 1][1] == offset:
            free[index - 1] = (free[index - 1][0], free[index - 1][1] + free[index][1])
            del free[index]

    def free(self) -> list[tuple[int, int]]:
        """Return the free pieces, (offset, size), by offset."""
        return list(self._free)

    def restore(self, free: list[tuple[int, int]]) -> None:
        """Have these free pieces from now on: somebody else has lent and taken back others."""
        self._free = free
        self.used_bytes = self.size - sum(size for _, size in free)

    def close(self) -> None:
        """Let go of the memory; mappings of subscribers stay valid. Idempotent."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        self.array = np.empty(0, np.uint8)  # the mapping goes with the last view


@dataclass(slots=True)
class Slot:
    """A piece of a segment that its holder may write until it is published. `view` is uint8, 1-D, writable."""

    segment: Segment
    offset: int
    size: int  # rounded up to the alignment
    view: NDArray[np.uint8]


class Pool:
    """All segments of one track. Grows on demand up to `limit_bytes`; retired segments go when they are empty."""

    def __init__(self, name: str, limit_bytes: int) -> None:
        self.name = name
        self.limit_bytes = limit_bytes
        self.segments: dict[int, Segment] = {}
        self._next_number = 0

    @property
    def size_bytes(self) -> int:
        """Bytes of memory that the segments take."""
        return sum(segment.size for segment in self.segments.values())

    @property
    def used_bytes(self) -> int:
        """Bytes of it that hold records."""
        return sum(segment.used_bytes for segment in self.segments.values())

    def take(self, size: int) -> Slot | None:
        """Return a slot for `size` bytes out of the existing segments, None if they are full."""
        rounded = _round_up(max(size, 1))
        for segment in self.segments.values():
            if not segment.retired:
                offset = segment.take(rounded)
                if offset is not None:
                    return Slot(segment, offset, rounded, segment.array[offset : offset + size])
        return None

    def give_back(self, slot: Slot) -> Segment | None:
        """Make a slot free again; return its segment if that was retired and is empty now (it is closed then)."""
        segment = slot.segment
        segment.give_back(slot.offset, slot.size)
        if segment.retired and not segment.used_bytes:
            self._remove(segment)
            return segment
        return None

    def grow(self, size: int) -> None:
        """Add a segment of at least `size` bytes.

        Raises:
            NotEnoughMemory: the limit of the track or the memory that is free does not allow it.
        """
        size = -(-size // _PAGE) * _PAGE
        if self.size_bytes + size > self.limit_bytes:
            raise NotEnoughMemory(
                f"{self.name} holds {self.size_bytes >> 20} MiB and needs {size >> 20} MiB more, "
                f"but its limit is {self.limit_bytes >> 20} MiB: raise memory_limit_mb, or ask for shorter queues"
            )
        free = free_bytes()
        if size > free * MAX_SHARE:
            raise NotEnoughMemory(
                f"{self.name} needs {size >> 20} MiB of shared memory, but only {free >> 20} MiB are free: "
                "close streams, ask for smaller pictures, or give the container more memory"
            )
        self.segments[self._next_number] = Segment(self._next_number, size, self.name)
        self._next_number += 1

    def retire(self) -> list[Segment]:
        """Take nothing more from today's segments; return those that are already empty (they are closed)."""
        for segment in self.segments.values():
            segment.retired = True
        empty = [segment for segment in self.segments.values() if not segment.used_bytes]
        for segment in empty:
            self._remove(segment)
        return empty

    def retire_spare(self) -> list[Segment]:
        """Close empty segments but the first; return them."""
        spare = [segment for segment in self.segments.values() if not segment.used_bytes][1:]
        for segment in spare:
            self._remove(segment)
        return spare

    def close(self) -> None:
        """Let go of every segment. Idempotent."""
        for segment in list(self.segments.values()):
            self._remove(segment)

    def _remove(self, segment: Segment) -> None:
        segment.close()
        self.segments.pop(segment.number, None)


def _round_up(size: int) -> int:
    unit = _PAGE if size >= _PAGE_ALIGNED_FROM else _ALIGN
    return -(-size // unit) * unit
