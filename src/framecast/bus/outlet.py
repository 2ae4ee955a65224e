"""The publisher's end of one reader: its cursor, its credits and what it holds.

Only the track that owns it calls it, under the track's lock. Nothing here waits: a reader that does not read
runs out of credit and is passed by.
"""

from __future__ import annotations

import array
import contextlib
import socket
import struct
import threading
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from framecast.bus import wire
from framecast.bus.pool import Segment, Slot
from framecast.clock import NS
from framecast.errors import Broken, FramecastError, Invalid, error_to_json
from framecast.model import LATENCY_EDGES_NS, Meta, Subscription

# Accepted this much before it is due, so that jitter does not halve the rate that was asked for.
_EARLY = 0.1
# Releases are read in bulk: not before so many records are out.
_DRAIN_FROM = 3


# The buffer for received releases: one for each thread, because two tracks may drain at the same time.
class _Local(threading.local):
    def __init__(self) -> None:
        self.buffer = memoryview(bytearray(wire.MAX_MESSAGE))


_LOCAL = _Local()


@dataclass(slots=True, eq=False)
class Item:
    """One published record: where it lies, and how many hold it (readers, and the log once)."""

    seq: int
    epoch: int
    slot: Slot
    length: int
    meta: Meta
    published_ns: int
    holders: int = 1
    message: bytes = field(init=False)  # its RECORD, for a reader that has lost nothing

    def __post_init__(self) -> None:
        """Pack it once for all readers.

        Raises:
            Invalid: a time that does not fit into the message.
        """
        meta, slot = self.meta, self.slot
        dts = meta.pts if meta.dts is None else meta.dts
        try:
            self.message = wire.pack_record(
                wire.RECORD,
                meta.flags,
                meta.clock,
                slot.segment.number,
                self.epoch,
                0,
                self.seq,
                slot.offset,
                self.length,
                meta.duration,
                meta.pts,
                dts,
                meta.captured_at,
                meta.arrived_ns,
                self.published_ns,
            )
        except struct.error as error:
            raise Invalid(
                "pts, dts, captured_at and arrived_ns must be 64-bit integers and duration an integer from 0 to 2^32 - 1, "
                f"got {meta.pts!r:.40}, {dts!r:.40}, {meta.captured_at!r:.40}, {meta.arrived_ns!r:.40} and {meta.duration!r:.40}"
            ) from error

    @property
    def is_key(self) -> bool:
        """True if a reader can begin here."""
        return bool(self.meta.flags & 1)


def refuse(sock: socket.socket, error: FramecastError) -> None:
    """Send a reader the reason why it is not served; one that is gone gets nothing."""
    with contextlib.suppress(OSError):
        sock.send(wire.pack_json(wire.REFUSED, error_to_json(error)), socket.MSG_NOSIGNAL)


@dataclass(slots=True)
class OutletStats:
    """What happened to one reader so far."""

    sent: int = 0
    dropped: int = 0
    thinned: int = 0
    handed: int = 0
    latency_ns: int = 0  # summed over `handed`: from arrival at the source to the program's hand
    latency_max_ns: int = 0
    # How many of `handed` were at most as late as each of LATENCY_EDGES_NS, later than the edge before; the last: than all.
    latency_counts: list[int] = field(default_factory=lambda: [0] * (len(LATENCY_EDGES_NS) + 1))


class Outlet:
    """One reader as its publisher sees it."""

    def __init__(self, sock: socket.socket, number: int, wish: Subscription, byte_limit: int) -> None:
        sock.setblocking(False)
        # Descriptors are small but each counts with the kernel's overhead; a full socket is no credit.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.sock = sock
        self.number = number
        self.wish = wish
        self.cursor = 0
        self.starved = False
        self.wait_key = False
        self.leaving = False  # the reader has gone but keeps views: nothing more is sent
        self.leases: dict[int, Item] = {}
        self.request: dict[str, Any] | None = (
            None  # where the reader wants to go on: a SEEK that was not answered yet
        )
        self.stats = OutletStats()
        self._leased_bytes = 0
        self._byte_limit = byte_limit
        self._credits = wish.policy.credits
        self._drain_from = min(_DRAIN_FROM, self._credits)
        self._known: set[int] = set()
        self._epoch = -1
        self._dropped = 0
        self._interval_ns = int(NS / wish.max_fps) if wish.max_fps else 0
        self._due_ns = 0
        self._is_awaited = bool(wish.awaited)

    @property
    def should_drain(self) -> bool:
        """True if reading the releases is worth a system call."""
        return len(self.leases) >= self._drain_from

    def has_credit(self, size: int) -> bool:
        """True if a record of `size` bytes may go out. A reader that holds nothing may always have one."""
        if not self.leases:
            return True
        return len(self.leases) < self._credits and self._leased_bytes + size <= self._byte_limit

    def is_ready(self, size: int) -> bool:
        """True if nothing stands between this reader and a record of `size` bytes: the quick way."""
        return (
            not (self.starved or self.leaving or self.wait_key or self._interval_ns)
            and len(self.leases) < self._credits
            and self._leased_bytes + size <= self._byte_limit
        )

    def lose(self, count: int) -> None:
        """Note `count` records that this reader will not get."""
        self._dropped += count
        self.stats.dropped += count

    def is_too_early(self, item: Item) -> bool:
        """True if `max_fps` leaves this record out."""
        return self._time_of(item) < self._due_ns - self._interval_ns * _EARLY

    def send(self, item: Item, info: bytes) -> bool:
        """Lend a record; False if the socket is full. `info` is the EPOCH message, sent once an epoch.

        Raises:
            OSError: the reader is gone.
        """
        slot = item.slot
        try:
            if self._epoch != item.epoch:
                self.sock.send(info, socket.MSG_NOSIGNAL)
                self._epoch = item.epoch
            if slot.segment.number not in self._known:
                self._introduce(slot.segment)
            lost = self._dropped
            message = wire.with_dropped(item.message, lost) if lost else item.message
            self.sock.send(message, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return False
        # Lent only now: a reader that died before this line never had it.
        self.leases[item.seq] = item
        self._leased_bytes += slot.size
        item.holders += 1
        self._dropped = 0
        self.stats.sent += 1
        if self._interval_ns:
            self._schedule(self._time_of(item))
        return True

    def drain(self, release: Callable[[Item], None], to_end: bool = False) -> None:
        """Give `release` each record that the reader has released since the last call, those before its end, too.

        `to_end` reads until the socket is empty. By default reading stops when at most one record is lent: that is the newest one,
        which the reader has hardly seen, and finding the socket empty costs more than what it could still contain.

        Raises:
            OSError, Broken: the reader is gone, or broke the protocol.
        """
        buffer = _LOCAL.buffer
        while True:
            try:
                size = self.sock.recv_into(buffer)
            except BlockingIOError:
                return
            if not size:
                raise Broken("the reader is gone")
            message = buffer[:size]
            if message[0] == wire.SEEK and self._is_awaited:
                self.request = wire.unpack_json(bytes(message))
                continue
            pairs = wire.unpack_releases(message)
            if message[0] == wire.LEAVE:
                self.leaving = True
                kept = {seq for seq, _ in pairs}
                pairs = [(seq, 0) for seq in self.leases if seq not in kept]
            for seq, handed_ns in pairs:
                release(self._take_back(seq, handed_ns))
            if len(self.leases) <= 1 and not to_end:
                return

    def say(self, message: bytes) -> bool:
        """Send a message of the source itself, between records; False if the socket is full.

        Raises:
            OSError: the reader is gone.
        """
        try:
            self.sock.send(message, socket.MSG_NOSIGNAL)
        except BlockingIOError:
            return False
        self._due_ns = 0  # times may go back here
        return True

    def starve(self) -> None:
        """Tell the reader once that newer records wait until it releases something."""
        if not self.starved:
            self.starved = True
            with contextlib.suppress(BlockingIOError):
                self.sock.send(wire.STARVED_MESSAGE, socket.MSG_NOSIGNAL)

    def discard(self, segment: Segment) -> None:
        """Tell the reader that a segment is not used any more."""
        if segment.number in self._known:
            self._known.discard(segment.number)
            with contextlib.suppress(OSError):
                self.sock.send(wire.pack_discard(segment.number), socket.MSG_NOSIGNAL)

    def figures(self) -> dict[str, object]:
        """Return what it counts, ready for JSON."""
        return {
            "id": self.number,
            "label": self.wish.label,
            "policy": str(self.wish.policy),
            "sent": self.stats.sent,
            "dropped": self.stats.dropped,
            "thinned": self.stats.thinned,
            "held": len(self.leases),
            "handed": self.stats.handed,
            "latency_ns": self.stats.latency_ns,
            "latency_max_ns": self.stats.latency_max_ns,
            "latency_counts": list(self.stats.latency_counts),
        }

    def _take_back(self, seq: int, handed_ns: int) -> Item:
        item = self.leases.pop(seq, None)
        if item is None:
            raise Broken(f"record {seq} was released by a reader that does not hold it")
        self._leased_bytes -= item.slot.size
        self._note_latency(handed_ns, item)
        return item

    def _introduce(self, segment: Segment) -> None:
        fds = array.array("i", [segment.fd])
        message = wire.pack_segment(segment.number, segment.size)
        self.sock.send(wire.CARRIER_MESSAGE, socket.MSG_NOSIGNAL)
        self.sock.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)], socket.MSG_NOSIGNAL)
        self._known.add(segment.number)

    def _time_of(self, item: Item) -> int:
        """What `max_fps` counts by. A file that waits for its reader has no rate on our clock: there it is the file's own time."""
        return item.meta.captured_at if self._is_awaited else item.published_ns

    def _schedule(self, now: int) -> None:
        """Keep the average rate: the next is due one interval after this one was, not after it came."""
        late = not self._due_ns or now - self._due_ns > self._interval_ns
        self._due_ns = (now if late else self._due_ns) + self._interval_ns

    def _note_latency(self, handed_ns: int, item: Item) -> None:
        """`handed_ns` is 0 for a record that the reader skipped itself."""
        if handed_ns:
            latency = max(0, handed_ns - item.meta.arrived_ns)
            self.stats.handed += 1
            self.stats.latency_ns += latency
            self.stats.latency_max_ns = max(self.stats.latency_max_ns, latency)
            self.stats.latency_counts[bisect_left(LATENCY_EDGES_NS, latency)] += 1
