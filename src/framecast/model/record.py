"""What every packet, frame, block of samples and data record carries beside its payload."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag

from framecast.clock import Clock

# Bounds of the buckets in which the time from arrival at the source to a reader's hand is counted, in nanoseconds.
LATENCY_EDGES_NS = tuple(round(ms * 1e6) for ms in (0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1000, 2500))


class Flag(IntFlag):
    """Facts about one record, one bit each, as they stand on the wire."""

    NONE = 0
    KEY = 1  # decoding can begin here (every record of frames, samples and data is one)
    DISCONTINUITY = 2  # something was lost before this record at the source itself
    CORRUPT = 4  # the demuxer or decoder reported damage
    HIDDEN = 8  # a packet that a decoder needs, whose picture is not shown: it lies before the cut of an edited file


@dataclass(frozen=True, slots=True)
class Meta:
    """Times and flags of one record.

    `pts`, `dts` and `duration` count in the track's time base; `captured_at` is UTC nanoseconds by `clock`;
    `arrived_ns` is CLOCK_MONOTONIC when the source had it. None in `dts` means the same as `pts`.
    """

    pts: int
    captured_at: int
    arrived_ns: int
    clock: Clock = Clock.ARRIVAL
    dts: int | None = None
    duration: int = 0
    flags: Flag = Flag.KEY
