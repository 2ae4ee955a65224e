"""Cutting a live stream into parts that play by themselves: where one ends, and where its records lie in time. Pure.

Used for the segments of HLS (`servers/web/live/segments.py`), the files of the recorder (`client/recorder.py`) and live MP4
(`media/fmp4.py`); one thread each. It guarantees:

* `CutRule`: a part has one coding. It ends at a key frame, as soon as it lasts `min_s`; without a key frame only if it
  lasts `max_s` or has `max_bytes`, so nothing grows without end.
* `Placement`: records lie where the stream's own times put them, so that nothing jitters and tracks of one source stay in
  step. If these times differ from the capture times by more than `max_skew_s`, the source has begun a new count: its
  first record is placed by its capture time, and what follows by the stream's times again. An outage keeps its length.

What comes one after the other on a track is `continuity`. These are not here, because only one of the three does them: HLS
lists parts of half a second and forgets old segments; the recorder holds the beginning of a file until it can begin with
sound and picture together, although that drops pictures, which live viewers must not wait for.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from framecast.clock import NS


@dataclass(frozen=True, slots=True)
class CutRule:
    """When a part ends; None is no limit."""

    min_s: float | None = None
    max_s: float | None = None
    max_bytes: int | None = None

    def ends(self, seconds: float, size: int, *, is_key: bool, fits: bool = True) -> bool:
        """Return whether a part that lasts `seconds` and has `size` bytes ends before a record.

        `is_key`: decoding can begin with the record. `fits`: the record has the coding of the part.
        """
        if not fits:
            return True
        if is_key and self.min_s is not None and seconds >= self.min_s:
            return True
        return (self.max_s is not None and seconds >= self.max_s) or (
            self.max_bytes is not None and size >= self.max_bytes
        )


class Placement:
    """Places records on a line of time on which a first record, of `stream_s` and `captured_at`, lies at 0 seconds."""

    def __init__(self, stream_s: Fraction, captured_at: int, max_skew_s: Fraction) -> None:
        self._origin_ns = captured_at
        self._max_skew_s = max_skew_s
        self._zero_s = stream_s  # of the stream's own times

    def place(self, stream_s: Fraction, captured_at: int) -> Fraction:
        """Return where a record lies, in seconds; below 0 if it comes before the first one."""
        by_stream = stream_s - self._zero_s
        by_clock = Fraction(captured_at - self._origin_ns, NS)
        if abs(by_stream - by_clock) <= self._max_skew_s:
            return by_stream
        self._zero_s = stream_s - by_clock
        return by_clock
