"""The interface between converters and the loop that runs them (`run.py`), and what all converters share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from framecast.bus import Record, TrackWriter
from framecast.errors import Invalid
from framecast.model import Flag, Meta, Picture, Policy, TrackInfo

# Frames that wait while one is converted: a short delay loses nothing, a long one is skipped (`run.STALE_NS`).
FRAMES_POLICY = Policy(8)
PACKETS_POLICY = Policy(512)
LATEST = Policy(0)


class Converter(Protocol):
    """Converts records of one track into records of another. One thread."""

    input: str  # the track that it reads
    policy: Policy
    needs_key: bool  # after a pause it can only go on from a key frame

    def begin(self, info: TrackInfo) -> None:
        """Get ready for a new epoch of the input; describe the output now, or with the first result."""

    def convert(self, record: Record, flags: Flag) -> None:
        """Convert one record and publish what it completes; `flags` say what was lost before it."""

    def rest(self) -> None:
        """No record waits right now."""


class Output:
    """The track that a converter writes. It exists as soon as its format is known."""

    def __init__(self, open_track: Callable[[TrackInfo], TrackWriter]) -> None:
        self._open_track = open_track
        self._info: TrackInfo | None = None
        self._writer: TrackWriter | None = None

    def describe(self, info: TrackInfo) -> None:
        """Begin an epoch of the track, unless `info` (with the epoch of the input) has not changed."""
        if info != self._info:
            self._writer = self._open_track(info)
            self._info = info

    @property
    def writer(self) -> TrackWriter:
        """The writer of the track; `describe` must come first."""
        assert self._writer is not None
        return self._writer

    @property
    def wanted(self) -> bool:
        """True while the track has readers, and before it exists."""
        return self._writer is None or self._writer.wanted


def meta_of(record: Record, flags: Flag = Flag.KEY) -> Meta:
    """Return the times of `record` for the record that is made from it."""
    return Meta(
        pts=record.pts,
        captured_at=record.captured_at,
        arrived_ns=record.arrived_ns,
        clock=record.clock,
        dts=record.dts,
        duration=record.duration,
        flags=flags,
    )


def picture_of(info: TrackInfo) -> Picture:
    """Return the picture of a frames track.

    Raises:
        Invalid: it has no description of its pictures.
    """
    if info.picture is None:
        raise Invalid(f"track {info.name} has no description of its pictures")
    return info.picture


def array_of(record: Record) -> NDArray[np.uint8]:
    """Return the payload as a 1-D array, without a copy."""
    payload = record.payload
    return np.frombuffer(payload, np.uint8) if isinstance(payload, bytes) else payload


def bytes_of(record: Record) -> bytes:
    """Return the payload as bytes, without a copy if it is bytes."""
    payload = record.payload
    return payload if isinstance(payload, bytes) else payload.tobytes()
