"""A track whose records `framecast-native` keeps while it has no readers: memory and log are lent, and taken back as soon as somebody needs them.

The source's thread lends; a reader that comes, figures and the end take back, on the publisher's thread. Between the two, nothing is called in
Python for a record. What is published then is what `TrackWriter` would have published, at the same places of the pool.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from framecast.bus.outlet import Item, Outlet
from framecast.bus.pool import Segment, Slot
from framecast.bus.track import TIDY_EVERY, TrackWriter
from framecast.clock import Clock
from framecast.model import Flag, Meta

Piece = tuple[int, int]  # offset, size
Place = tuple[int, int, int]  # which segment of those that were lent, offset, size
Times = tuple[int, int, int, int, int, int, int]  # pts, captured_at, arrived_ns, clock, dts, duration, flags
Record = tuple[int, int, int, Place, Times]  # number, length, when it was published, place, times
Counts = tuple[
    int, int, int, int, int
]  # records, bytes, corrupt ones, discontinuities, when the newest was published
# The next number, the free pieces of each segment, how many of the lent records are still kept, the new ones, their counts.
Returned = tuple[int, list[list[Piece]], int, list[Record], Counts]


class Keeper(Protocol):
    """What `framecast_native.Keeper` does for a track, by the number of the track in its packets."""

    def accept(
        self, index: int, seq: int, segments: list[tuple[NDArray[np.uint8], list[Piece]]], kept: list[Place]
    ) -> None:
        """Take a track: its next number, its segments with their free pieces, and the places of its records."""
        ...

    def give_back(self, index: int) -> Returned | None:
        """Keep nothing from now on, and return the track; None if it is not here. Any thread."""
        ...


class LentTrack(TrackWriter):
    """The writing end of a track that can be lent. All other methods of the source's thread need it back first."""

    _lent: tuple[Keeper, int, list[Segment]] | None = None

    @property
    def is_alone(self) -> bool:
        """True without any reader, also without one that has left and keeps views."""
        return not self._outlets

    def lend(self, keeper: Keeper, index: int) -> bool:
        """Leave the track to a keeper; False if it has readers, or was closed."""
        with self._lock:
            if self._closed or self._outlets or self._lent is not None:
                return False
            segments = list(self._pool.segments.values())
            places = {segment.number: place for place, segment in enumerate(segments)}
            kept = [
                (places[item.slot.segment.number], item.slot.offset, item.slot.size) for item in self._kept
            ]
            keeper.accept(index, self._seq, [(segment.array, segment.free()) for segment in segments], kept)
            self._lent = keeper, index, segments
            return True

    def take_back(self) -> None:
        """Have the track here again, with all that was published meanwhile. Idempotent; any thread."""
        with self._lock:
            if self._lent is None:
                return
            (keeper, index, segments), self._lent = self._lent, None
            returned = keeper.give_back(index)
            if returned is not None:
                self._restore(segments, returned)

    def attach(self, outlet: Outlet) -> None:
        """Serve a new reader from now on, beginning with what is kept for it."""
        with self._lock:
            self.take_back()
            super().attach(outlet)

    def stats(self) -> dict[str, object]:
        """Return counters of the track and of each reader, ready for JSON."""
        with self._lock:
            self.take_back()
            return super().stats()

    def close(self) -> None:
        """Let every reader and the memory go. Idempotent."""
        with self._lock:
            self.take_back()
            super().close()

    def _restore(self, segments: list[Segment], returned: Returned) -> None:
        seq, frees, left, records, counts = returned
        for segment, free in zip(segments, frees, strict=True):
            segment.restore(free)
        self._kept.restore(left, [self._item(segments, record) for record in records])
        if self._seq // TIDY_EVERY != seq // TIDY_EVERY:
            self._tidy()
        self._seq = seq
        self.published_records += counts[0]
        self.published_bytes += counts[1]
        self.corrupt_records += counts[2]
        self.discontinuities += counts[3]
        self._published_ns = counts[4] or self._published_ns

    def _item(self, segments: list[Segment], record: Record) -> Item:
        seq, length, published_ns, (place, offset, size), times = record
        pts, captured_at, arrived_ns, clock, dts, duration, flags = times
        segment = segments[place]
        slot = Slot(segment, offset, size, segment.array[offset : offset + length])
        meta = Meta(pts, captured_at, arrived_ns, Clock(clock), dts, duration, Flag(flags))
        return Item(seq, self.info.epoch, slot, length, meta, published_ns)
