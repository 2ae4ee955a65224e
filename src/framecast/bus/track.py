"""A track as its only writer has it: the pool, the log of what is kept, and every reader's cursor.

`reserve`, `publish` and `send` belong to the source's thread; the publisher's own thread calls `serve`,
`attach` and `drop`. One lock covers both. Publishing never waits for a reader: one without credit is
skipped, and learns of its loss when it reads again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from framecast.bus import wire
from framecast.bus.growth import check_room, segment_bytes
from framecast.bus.kept import Kept
from framecast.bus.outlet import Item, Outlet, refuse
from framecast.bus.pool import Pool, Segment, Slot
from framecast.clock import monotonic_ns
from framecast.errors import Broken, Closed, Invalid, NotEnoughMemory
from framecast.model import Flag, Kind, Meta, Subscription, TrackInfo

TIDY_EVERY = 512

log = logging.getLogger(__name__)


class TrackWriter:
    """The writing end of one track. Made by `Publisher.track`; not made by hand."""

    def __init__(
        self, info: TrackInfo, stream: str, limit_bytes: int, on_change: Callable[[TrackWriter], None]
    ) -> None:
        self.info = info
        self._info_message = wire.pack_json(wire.EPOCH, info.to_json())
        self._lock = threading.RLock()
        self._pool = Pool(f"{stream}/{info.name}", limit_bytes)
        self._kept = Kept(self._release, whole_groups=info.kind is Kind.PACKETS)
        self._seq = 0
        self._outlets: dict[int, Outlet] = {}
        self._on_change = on_change
        self._closed = False
        self.refused_records = 0  # not published because no memory was left
        self.published_records = 0
        self.published_bytes = 0
        self.corrupt_records = 0
        self.discontinuities = 0
        self.lost_packets: Callable[[], int] = lambda: 0  # of the source's network, as the source counts them
        self._published_ns = 0  # when the newest record was published, CLOCK_MONOTONIC
        self.gone_dropped = 0  # drops of readers that have left
        self.wanted = False  # True while at least one reader is here; read without the lock

    # --- the source's thread

    def reserve(self, size: int) -> Slot:
        """Return a slot of `size` bytes to write into; then `publish` or `cancel` it.

        Raises:
            NotEnoughMemory: neither the pool nor the machine has room; the record is lost and counted.
        """
        with self._lock:
            if self._closed:
                raise Closed(f"track {self.info.name} is closed")
            slot = self._pool.take(size)
            if slot is None:
                self._collect()
                slot = self._pool.take(size)
            if slot is None:
                slot = self._grow(size)
            return slot

    def publish(self, slot: Slot, meta: Meta, length: int | None = None) -> int:
        """Hand the written slot to the readers and return its sequence number.

        Raises:
            Invalid: a time that does not fit; the slot is given back.
        """
        with self._lock:
            if self._closed:
                raise Closed(f"track {self.info.name} is closed")
            size = slot.view.nbytes if length is None else length
            try:
                item = Item(self._seq, self.info.epoch, slot, size, meta, monotonic_ns())
            except Invalid:
                self.cancel(slot)
                raise
            self._seq += 1
            outlets = tuple(self._outlets.values())
            # First the readers that keep up, then the books: they wait for nothing.
            for outlet in outlets:
                self._offer(outlet, item)
            self._kept.add(item)
            self.published_records += 1
            self.published_bytes += size
            self._published_ns = item.published_ns
            if meta.flags > 1:  # a comparison of numbers: flags are slow
                self._note_damage(int(meta.flags))
            for outlet in outlets:
                if outlet.should_drain or outlet.cursor != self._seq:
                    self._catch_up(outlet)
            if not self._seq % TIDY_EVERY:
                self._tidy()
            return item.seq

    def send(self, payload: bytes | bytearray | memoryview, meta: Meta) -> int:
        """Copy `payload` into the pool and publish it; return its sequence number."""
        view = memoryview(payload).cast("B")
        slot = self.reserve(view.nbytes)
        slot.view.data[:] = view
        return self.publish(slot, meta)

    def lose(self, count: int) -> None:
        """Tell readers with their next record that `count` before it were lost on the way to this writer."""
        with self._lock:
            for outlet in self._outlets.values():
                outlet.lose(count)

    def cancel(self, slot: Slot) -> None:
        """Give a reserved slot back unpublished."""
        with self._lock:
            self._discard(self._pool.give_back(slot))

    def reformat(self, info: TrackInfo) -> None:
        """Begin a new epoch: other size, format or codec. Views of the old one stay valid."""
        with self._lock:
            self.info = info
            self._info_message = wire.pack_json(wire.EPOCH, info.to_json())
            self._kept.clear()
            for segment in self._pool.retire():
                self._discard(segment)
            self._make_room()
        self._on_change(self)

    def kept(self) -> list[tuple[bytes, Meta]]:
        """Return copies of the records that are kept for late joiners, oldest first: a decoder starts from these."""
        with self._lock:
            return [(item.slot.view[: item.length].tobytes(), item.meta) for item in self._kept]

    def forget(self) -> None:
        """Keep nothing for readers that come later: the source pauses, and its last record is soon out of date."""
        with self._lock:
            if not self.wanted:
                self._kept.clear()

    # --- the publisher's thread

    def attach(self, outlet: Outlet) -> None:
        """Serve a new reader from now on, beginning with what is kept for it.

        Raises:
            NotEnoughMemory: what it may hold does not fit beside the other readers.
        """
        with self._lock:
            wishes = (other.wish for other in self._outlets.values())
            check_room(self.info, wishes, outlet.wish, self._pool.limit_bytes)
            self._outlets[outlet.number] = outlet
            self.wanted = True
            outlet.cursor = self._kept.begin(self._seq)  # nothing is lost before it
            self._pump_or_drop(outlet)

    def serve(self, number: int) -> bool:
        """React to a reader's socket: take its releases, send what it waited for. False when it is gone."""
        with self._lock:
            outlet = self._outlets.get(number)
            if outlet is None:
                return False
            self._pump_or_drop(outlet, drain=True)
            return number in self._outlets

    def outlet(self, number: int) -> Outlet | None:
        """Return a reader's outlet, None once it has gone."""
        return self._outlets.get(number)

    def drop(self, number: int) -> None:
        """Forget a reader; what it held is free at once. The publisher closes its socket, whose number is its name."""
        with self._lock:
            outlet = self._outlets.pop(number, None)
            if outlet is None:
                return
            self.wanted = any(not other.leaving for other in self._outlets.values())
            self.gone_dropped += outlet.stats.dropped
            for item in outlet.leases.values():
                self._release(item)
            outlet.leases.clear()
        self._on_change(self)

    def stats(self) -> dict[str, object]:
        """Return counters of the track and of each reader, ready for JSON."""
        with self._lock:
            readers = [outlet.figures() for outlet in self._outlets.values()]
            return {
                "name": self.info.name,
                "epoch": self.info.epoch,
                "records": self.published_records,
                "bytes": self.published_bytes,
                "refused": self.refused_records,
                "gone_dropped": self.gone_dropped,
                "corrupt": self.corrupt_records,
                "discontinuities": self.discontinuities,
                "lost_packets": self.lost_packets(),
                "age_ns": monotonic_ns() - self._published_ns if self._published_ns else None,
                "pool_bytes": self._pool.size_bytes,
                "used_bytes": self._pool.used_bytes,
                "readers": readers,
            }

    def close(self) -> None:
        """Let every reader and the memory go. Idempotent."""
        with self._lock:
            self._closed = True
            for outlet in tuple(self._outlets.values()):
                self.drop(outlet.number)
                outlet.sock.close()
            self._kept.clear()
            self._pool.close()

    def _note_damage(self, flags: int) -> None:
        self.corrupt_records += bool(flags & Flag.CORRUPT)
        self.discontinuities += bool(flags & Flag.DISCONTINUITY)

    # --- letting go

    def _release(self, item: Item) -> None:
        item.holders -= 1
        if not item.holders:
            self._discard(self._pool.give_back(item.slot))

    def _discard(self, segment: Segment | None) -> None:
        if segment is not None:
            for outlet in self._outlets.values():
                outlet.discard(segment)

    # --- sending

    def _offer(self, outlet: Outlet, item: Item) -> None:
        """Send the newest record to a reader that has everything before it and credit for it."""
        try:
            is_next = outlet.cursor == item.seq and outlet.is_ready(item.slot.size)
            if is_next and outlet.send(item, self._info_message):
                outlet.cursor = self._seq
        except Exception as error:  # noqa: BLE001  see _part_with
            self._part_with(outlet, error)

    def _catch_up(self, outlet: Outlet) -> None:
        """After publishing: read releases in bulk, and serve whom the quick way left out."""
        if not outlet.starved and not outlet.leaving and outlet.number in self._outlets:
            self._pump_or_drop(outlet)

    def _pump_or_drop(self, outlet: Outlet, drain: bool = False) -> None:
        try:
            if drain or outlet.should_drain:
                self._take_releases(outlet, to_end=drain)
            if outlet.leaving:
                self._let_go(outlet)
            else:
                self._pump(outlet)
        except Exception as error:  # noqa: BLE001  see _part_with
            self._part_with(outlet, error)

    def _part_with(self, outlet: Outlet, error: Exception) -> None:
        """Whatever goes wrong with one reader ends that reader alone: never `publish`, never the publisher's thread.

        A fault of our own is logged; the reader asks for a new introduction, and the stream goes on.
        """
        if not isinstance(error, OSError | Broken):
            log.error("a reader of %s was dropped", self.info.name, exc_info=error)
        self.drop(outlet.number)

    def _make_room(self) -> None:
        """Refuse readers whose queues of larger pictures do not fit any more, the longest first: else the writer lacks memory."""
        kept: list[Subscription] = []
        for outlet in sorted(self._outlets.values(), key=lambda outlet: outlet.wish.policy.credits):
            try:
                check_room(self.info, kept, outlet.wish, self._pool.limit_bytes)
                kept.append(outlet.wish)
            except NotEnoughMemory as error:
                refuse(outlet.sock, error)
                self.drop(outlet.number)

    def _let_go(self, outlet: Outlet) -> None:
        """A reader that closed but keeps views is no demand; its socket ends with its last view."""
        self.wanted = any(not other.leaving for other in self._outlets.values())
        outlet.starved = False
        self._on_change(self)

    def _pump(self, outlet: Outlet) -> None:
        """Send from the reader's cursor on, until it has everything or no credit."""
        while outlet.cursor < self._seq:
            item = self._kept.next_for(outlet, self._seq)
            if item is None:
                break
            if outlet.is_too_early(item):
                outlet.stats.thinned += 1
                outlet.cursor = item.seq + 1
                continue
            if not outlet.has_credit(item.slot.size):
                self._take_releases(outlet)
                if outlet.leaving:
                    self._let_go(outlet)
                    return
                if not outlet.has_credit(item.slot.size):
                    self._starve(outlet)
                    return
            if not outlet.send(item, self._info_message):
                self._starve(outlet)
                return
            outlet.cursor = item.seq + 1
        if outlet.starved:  # it has all that there is for it: the next record is its own again
            outlet.starved = False
            self._on_change(self)

    def _take_releases(self, outlet: Outlet, to_end: bool = False) -> None:
        outlet.drain(self._release, to_end)

    def _starve(self, outlet: Outlet) -> None:
        if not outlet.starved:
            outlet.starve()
            self._on_change(self)

    # --- memory

    def _collect(self) -> None:
        """Take the releases of all readers: some may hold records that nobody needs any more.

        A starved reader is served right here: its socket wakes nobody for releases that are already taken.
        """
        for outlet in tuple(self._outlets.values()):
            self._pump_or_drop(outlet, drain=True)

    def _grow(self, size: int) -> Slot:
        """A slot in a new segment: one for several records, or where that is too much, for this one."""
        try:
            self._pool.grow(segment_bytes(self.info.kind, size, self._pool.size_bytes))
        except NotEnoughMemory:
            self._grow_least(size)
        slot = self._pool.take(size)
        assert slot is not None
        return slot

    def _grow_least(self, size: int) -> None:
        try:
            self._pool.grow(size)
        except NotEnoughMemory:
            self.refused_records += 1
            raise

    def _tidy(self) -> None:
        for segment in self._pool.retire_spare():
            self._discard(segment)
