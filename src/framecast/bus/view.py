"""The reader's side of shared memory: mappings that can only be read, leases, and the records on them.

A lease ends when the last array on it is gone, in whatever thread that happens; it then only notes its number,
and the subscriber tells the publisher at its next read. So dropping a frame costs no system call.
"""

from __future__ import annotations

import mmap
import os
import socket
from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framecast.bus.forked import close_in_child
from framecast.bus.wire import LEAVE, Descriptor, pack_releases
from framecast.clock import Clock
from framecast.errors import Broken, ForkedView
from framecast.model import Flag, TrackInfo


class Mapping:
    """One segment of a publisher's pool, mapped for reading."""

    __slots__ = ("address", "memory", "size")

    def __init__(self, fd: int, size: int) -> None:
        try:
            if os.fstat(fd).st_size < size:
                raise Broken("a publisher announced more memory than it gave")
            self.memory = mmap.mmap(fd, size, mmap.MAP_SHARED, mmap.PROT_READ)
        except (OSError, ValueError) as error:
            raise Broken(f"the memory of a publisher cannot be mapped: {error}") from error
        self.size = size
        self.address = np.frombuffer(self.memory, np.uint8).__array_interface__["data"][0]


class Loans:
    """What one connection holds of its publisher's pool, and what it has finished with."""

    def __init__(self, sock: socket.socket) -> None:
        self.held: set[int] = set()
        self.returned: deque[tuple[int, int]] = deque()
        self._sock = sock
        self._lingering = False
        close_in_child(self)

    def give_back(self, seq: int, handed_ns: int) -> None:
        """Note that a record is not needed any more. Safe in any thread and in the garbage collector."""
        self.held.discard(seq)
        self.returned.append((seq, handed_ns))
        if self._lingering and not self.held:
            self._sock.close()

    def close(self) -> None:
        """End the connection, but not before the last view: its end frees the memory for the next picture."""
        self._lingering = True
        held = tuple(self.held)
        if held:
            try:
                self._sock.send(pack_releases([(seq, 0) for seq in held], LEAVE), socket.MSG_NOSIGNAL)
                if self.held:
                    return
            except OSError:  # the publisher is gone, and nobody writes to its memory any more
                pass
        self._sock.close()

    def after_fork(self) -> None:
        """In a forked child: close the copy of the parent's socket."""
        self._sock.close()


class Lease:
    """Keeps one record's memory as it is while an array on it lives. numpy holds it as the arrays' base."""

    __slots__ = ("__array_interface__", "_handed_ns", "_loans", "_mapping", "_seq")

    def __init__(self, loans: Loans, mapping: Mapping, descriptor: Descriptor, handed_ns: int) -> None:
        self._loans = loans
        self._mapping = mapping  # the memory stays mapped as long as the lease
        self._seq = descriptor.seq
        self._handed_ns = handed_ns
        self.__array_interface__: dict[str, Any] = {
            "version": 3,
            "shape": (descriptor.length,),
            "typestr": "|u1",
            "data": (mapping.address + descriptor.offset, True),
        }
        loans.held.add(descriptor.seq)

    def __del__(self) -> None:
        self._loans.give_back(self._seq, self._handed_ns)


class Record:
    """One record in the reader's hand.

    `payload` is a read-only uint8 array on shared memory for frames and data (`leased` tells; a reader that keeps many
    gets copies), bytes for packets and samples. Times as in `framecast.model.Meta`; `published_ns` is CLOCK_MONOTONIC.
    `dropped` counts the records that this reader lost since its previous one.
    """

    __slots__ = (
        "_payload",
        "_pid",
        "arrived_ns",
        "captured_at",
        "clock",
        "dropped",
        "dts",
        "duration",
        "epoch",
        "flags",
        "info",
        "leased",
        "pts",
        "published_ns",
        "seq",
    )

    def __init__(self, info: TrackInfo, payload: NDArray[np.uint8] | bytes, descriptor: Descriptor) -> None:
        self.info = info
        self.leased = False
        self.seq = descriptor.seq
        self.epoch = descriptor.epoch
        self.pts = descriptor.pts
        self.dts = descriptor.dts
        self.duration = descriptor.duration
        self.captured_at = descriptor.captured_at
        self.arrived_ns = descriptor.arrived_ns
        self.published_ns = descriptor.published_ns
        self.dropped = 0
        self.flags = Flag(descriptor.flags)
        self.clock = Clock(descriptor.clock)
        self._payload = payload
        self._pid = os.getpid()

    @property
    def is_key(self) -> bool:
        """True where decoding can begin."""
        return bool(self.flags & Flag.KEY)

    @property
    def payload(self) -> NDArray[np.uint8] | bytes:
        """The bytes of the record.

        Raises:
            ForkedView: this process was forked from the one that read it.
        """
        if self.leased and os.getpid() != self._pid:
            raise ForkedView("frame")
        return self._payload

    def __repr__(self) -> str:
        return f"<Record {self.info.name} epoch {self.epoch} seq {self.seq} {len(self._payload)} bytes>"
