"""What everything that a reader gets has in common: its place in the stream and its times.

Plain values copied from the bus's record; safe in any thread.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

from framecast.bus import Record
from framecast.clock import Clock, utc_ns
from framecast.model import Flag, TrackInfo


class Moment(Protocol):
    """The times that `Writer.send(..., at=)` takes over: any frame, packet, block of samples or item has them."""

    @property
    def pts(self) -> int:
        """Presentation time in `time_base`."""
        ...

    @property
    def time_base(self) -> Fraction:
        """Seconds that one step of `pts` lasts."""
        ...

    @property
    def captured_at(self) -> int:
        """UTC nanoseconds."""
        ...

    @property
    def arrived_ns(self) -> int:
        """CLOCK_MONOTONIC nanoseconds."""
        ...

    @property
    def clock(self) -> Clock:
        """Whose clock `captured_at` is of."""
        ...


class Timed:
    """One record of a track, as the program sees it.

    `seq` counts the records of the track; `epoch` changes with size or format. `pts` counts in `time_base` (seconds as
    a Fraction). `captured_at` is UTC nanoseconds by `clock`; `arrived_ns` (at the source) and `published_ns` (to the
    readers) are CLOCK_MONOTONIC nanoseconds. `dropped` counts the records that this reader missed since its previous
    one because it was slow; what `max_fps` leaves out is not missed. `discontinuity` and `corrupt` tell what was lost or
    damaged before any reader had it.
    """

    __slots__ = ("_record", "dropped")

    def __init__(self, record: Record) -> None:
        self._record = record
        self.dropped = record.dropped

    @property
    def info(self) -> TrackInfo:
        """What the records of this epoch are."""
        return self._record.info

    @property
    def track(self) -> str:
        """Name of the track: video, audio, frames/bgr, ..."""
        return self._record.info.name

    @property
    def seq(self) -> int:
        """Number of the record in its track."""
        return self._record.seq

    @property
    def epoch(self) -> int:
        """Number of the description that holds for it."""
        return self._record.epoch

    @property
    def pts(self) -> int:
        """Presentation time in `time_base`."""
        return self._record.pts

    @property
    def time_base(self) -> Fraction:
        """Seconds that one step of `pts` lasts."""
        return self._record.info.time_base

    @property
    def captured_at(self) -> int:
        """When it was captured: UTC nanoseconds, by `clock`."""
        return self._record.captured_at

    @property
    def clock(self) -> Clock:
        """Whose clock `captured_at` is of."""
        return self._record.clock

    @property
    def arrived_ns(self) -> int:
        """When the source had it: CLOCK_MONOTONIC nanoseconds."""
        return self._record.arrived_ns

    @property
    def published_ns(self) -> int:
        """When it was handed to the readers: CLOCK_MONOTONIC nanoseconds."""
        return self._record.published_ns

    @property
    def discontinuity(self) -> bool:
        """True if something before it is missing at the source itself: a cut, or a decoder that could not keep up."""
        return Flag.DISCONTINUITY in self._record.flags

    @property
    def corrupt(self) -> bool:
        """True if the demuxer or decoder reported damage."""
        return Flag.CORRUPT in self._record.flags

    @property
    def age_s(self) -> float:
        """Seconds since it was captured, by the wall clock of this machine.

        Never below 0, where `captured_at` may be a moment ahead: by another machine's clock, or in the first second of a source,
        before it is known how long its packets are on their way.
        """
        return max(0.0, (utc_ns() - self._record.captured_at) / 1e9)

    @property
    def time_s(self) -> float:
        """`pts` in seconds."""
        return float(self._record.pts * self._record.info.time_base)
