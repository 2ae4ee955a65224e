"""The reader's side of shared memory: mappings that can only be read, and the records on them.

A record is its own lease: numpy keeps it as the base of every array on it, and when the last of them is gone, in
whatever thread that happens, it notes its number; the subscriber tells the publisher at its next read. So dropping a
frame costs no system call.
"""

from __future__ import annotations

import mmap
import os
import socket
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framecast.bus.forked import close_in_child
from framecast.bus.wire import LEAVE, pack_releases
from framecast.clock import Clock
from framecast.errors import Broken, ForkedView
from framecast.model import Flag, TrackInfo

# A RECORD message as it was unpacked: see `framecast.bus.wire.RECORD_FIELDS` for the order.
Descriptor = tuple[int, ...]


class Mapping:
    """One segment of a publisher's pool, mapped for reading."""

    __slots__ = ("address", "memory", "size")

    def __init__(self, fd: int, size: int) -> None:
        try:
            if os.fstat(fd).st_size < size:
                raise Broken("a publisher announced more memory than it shared")
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
        self.forked = False  # True in a forked child: the memory belongs to the parent
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
        self.forked = True
        self._sock.close()


class Record:
    """One record in the reader's hand.

    `payload` is a read-only uint8 array on shared memory for frames and data (`leased` tells; a reader that keeps many
    gets copies), bytes for packets and samples. Times as in `framecast.model.Meta`; `published_ns` is CLOCK_MONOTONIC.
    `dropped` counts the records that this reader lost since its previous one.
    """

    __slots__ = ("_descriptor", "_handed_ns", "_loans", "_mapping", "_payload", "dropped", "info", "leased")

    def __init__(
        self,
        info: TrackInfo,
        descriptor: Descriptor,
        payload: NDArray[np.uint8] | bytes | None,
        lease: tuple[Loans, Mapping, int] | None = None,
    ) -> None:
        """With `lease` (loans, mapping, when it was handed over) its memory is given back when it and its arrays are gone."""
        self.info = info
        self.dropped = 0
        self._descriptor = descriptor
        self._payload = payload
        self.leased = lease is not None  # True if the payload lies in shared memory, False if it is a copy
        self._loans: Loans | None = None
        if lease is not None:
            loans, self._mapping, self._handed_ns = lease  # the memory stays mapped as long as the record
            loans.held.add(descriptor[6])
            self._loans = loans

    def __del__(self) -> None:
        loans = getattr(self, "_loans", None)  # one whose making was interrupted has none
        if loans is not None:
            loans.give_back(self._descriptor[6], self._handed_ns)

    def __copy__(self) -> Record:
        return self  # it never changes, and a second lease is not there

    def __deepcopy__(self, _memo: object) -> Record:
        rebuild, parts = self.__reduce__()
        return rebuild(*parts)

    def __reduce__(self) -> tuple[Callable[..., Record], tuple[object, ...]]:
        """What `copy.deepcopy` and `pickle` make: a record on memory of its own, for any thread and process.

        Raises:
            ForkedView: this process was forked from the one that read it.
        """
        payload = self.payload
        owned = payload if isinstance(payload, bytes) else payload.copy()
        return _restore, (self.info, self._descriptor, owned, self.dropped)

    @property
    def payload(self) -> NDArray[np.uint8] | bytes:
        """The bytes of the record; on shared memory a new array each time, never cached: it refers to the record.

        Raises:
            ForkedView: this process was forked from the one that read it.
        """
        if self._loans is None:
            assert self._payload is not None
            return self._payload
        if self._loans.forked:
            raise ForkedView("frame")
        return np.asarray(self)

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """What numpy asks for: the address, marked read-only. Only leased records have one."""
        if self._loans is None:
            raise AttributeError("__array_interface__")
        descriptor = self._descriptor
        return {
            "version": 3,
            "shape": (descriptor[8],),
            "typestr": "|u1",
            "data": (self._mapping.address + descriptor[7], True),
        }

    @property
    def is_key(self) -> bool:
        """True if decoding can begin."""
        return bool(self._descriptor[1] & 1)

    @property
    def flags(self) -> Flag:
        """Facts about the record."""
        return Flag(self._descriptor[1])

    @property
    def clock(self) -> Clock:
        """Where `captured_at` comes from."""
        return Clock(self._descriptor[2])

    @property
    def epoch(self) -> int:
        """Which description of the track holds."""
        return self._descriptor[4]

    @property
    def seq(self) -> int:
        """The publisher's count."""
        return self._descriptor[6]

    @property
    def duration(self) -> int:
        """In the track's time base, 0 if unknown."""
        return self._descriptor[9]

    @property
    def pts(self) -> int:
        """Presentation time in the track's time base."""
        return self._descriptor[10]

    @property
    def dts(self) -> int:
        """Decoding time in the track's time base."""
        return self._descriptor[11]

    @property
    def captured_at(self) -> int:
        """UTC nanoseconds by `clock`."""
        return self._descriptor[12]

    @property
    def arrived_ns(self) -> int:
        """CLOCK_MONOTONIC when the source had it."""
        return self._descriptor[13]

    @property
    def published_ns(self) -> int:
        """CLOCK_MONOTONIC when it was published."""
        return self._descriptor[14]

    def __repr__(self) -> str:
        size = self._descriptor[8]
        return f"<Record {self.info.name} epoch {self.epoch} seq {self.seq} {size} bytes>"


def _restore(
    info: TrackInfo, descriptor: Descriptor, payload: NDArray[np.uint8] | bytes, dropped: int
) -> Record:
    """Return a record that was copied or pickled; its memory is its own, and read-only as that of the others."""
    if isinstance(payload, np.ndarray):
        payload.flags.writeable = False
    record = Record(info, descriptor, payload)
    record.dropped = dropped
    return record
