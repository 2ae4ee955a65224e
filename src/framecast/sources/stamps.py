"""Time stamps that only go forward, whatever a source sends: missing, repeated, negative, wrapped, jumping.

All tracks of a source share `Shift`, so that a jump moves them alike, although each makes it at another packet, and they
stay in step. Counts in ticks of the track's time base; no fractions per packet. One thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from framecast.clock import NS

# Steps back up to this are disorder and are corrected; longer ones begin a new timeline.
_DISORDER_NS = NS // 4
# The longest gap that is believed although our clock does not confirm it.
GAP_NS = 10 * NS
# The new timeline of another track is used if it fits this well.
_FIT_NS = 2 * NS


@dataclass(slots=True)
class Shift:
    """What is added to the time stamps of all tracks, in nanoseconds; None until the first packet.

    A gap that is longer than `gap_ns` and that our clock does not confirm begins a new timeline; files may have longer gaps.
    If packets are held back to their time (`is_paced`), the moments at which they are read say nothing: a new timeline begins at the
    current end of the tracks, and every track joins it, so that no track runs ahead and delays the others.
    """

    ns: int | None = None
    gap_ns: int = GAP_NS
    is_paced: bool = False
    end_ns: int = 0  # how far the tracks of a paced source have come
    line: int = 0  # how many new timelines there were in a paced source


class Stamp(NamedTuple):
    """The repaired times of one packet, in ticks. `jumped` is True if a new timeline began."""

    pts: int
    dts: int
    duration: int
    jumped: bool


class Stamps:
    """Repairs the time stamps of one track. `step` is the usual duration of a packet in ticks."""

    def __init__(self, time_base: Fraction, step: int, shared: Shift) -> None:
        self.time_base = time_base
        self._num, self._den = time_base.numerator, time_base.denominator
        self._step = max(1, step)
        self._shared = shared
        self._shift: int | None = None
        self._line = shared.line
        self._last: int | None = None
        self._last_arrival_ns = 0
        self._disorder = self.ticks(_DISORDER_NS)
        self._gap = self.ticks(shared.gap_ns)

    def ns(self, ticks: int) -> int:
        """Return ticks as nanoseconds."""
        return ticks * self._num * NS // self._den

    def ticks(self, ns: int) -> int:
        """Return nanoseconds as ticks."""
        return ns * self._den // (self._num * NS)

    def begin(self, shift: Fraction) -> None:
        """Add exactly `shift` seconds from now on: a file begins again."""
        self._shift = round(shift * self._den / self._num)
        self._shared.ns = self.ns(self._shift)
        self._last_arrival_ns = 0

    def restart(self) -> None:
        """Forget the last packet: the source goes on at another place, with its own times."""
        self._last = None
        self._last_arrival_ns = 0
        self._shared.end_ns = 0

    def placed(self, raw: int) -> int:
        """Return a time stamp of the source as it is published."""
        return raw + (self._shift or 0)

    def repair(self, pts: int | None, dts: int | None, duration: int | None, arrived_ns: int) -> Stamp | None:
        """Return usable times; None if this packet and all before it have no times."""
        step = duration or self._step
        raw = dts if dts is not None else self._guess(pts, step)
        if raw is None:
            return None
        out = raw + self._current_shift(raw)
        jumped = False
        if self._last is not None and not 0 < out - self._last <= self._gap:
            out, jumped = self._mend(raw, out, step, arrived_ns)
        assert self._shift is not None
        shown = out if pts is None else max(out, pts + self._shift)
        self._last, self._last_arrival_ns = out, arrived_ns
        if self._shared.is_paced:
            self._shared.end_ns = max(self._shared.end_ns, self.ns(out + step))
        return Stamp(shown, out, step, jumped)

    def number(self, arrived_ns: int) -> Stamp:
        """Return times for a packet of a source that has no times at all: one step after the last."""
        return self.repair(0 if self._last is None else None, None, None, arrived_ns) or Stamp(
            0, 0, self._step, False
        )

    def _guess(self, pts: int | None, step: int) -> int | None:
        """The decoding time of a packet that only has a presentation time, or nothing."""
        if self._last is None or self._shift is None:
            return pts
        next_raw = self._last + step - self._shift
        if pts is None or abs(pts - next_raw) < self._disorder:
            return next_raw if pts is None else min(next_raw, pts)
        return pts

    def _current_shift(self, raw: int) -> int:
        """Negative times cause trouble: a source that begins with them is moved by whole seconds."""
        if self._shift is None:
            if self._shared.ns is None:
                self._shared.ns = 0 if raw >= 0 else -(self.ns(raw) // NS) * NS
            self._shift = self.ticks(self._shared.ns)
            if raw + self._shift < 0:
                self._last = -1
        return self._shift

    def _mend(self, raw: int, out: int, step: int, arrived_ns: int) -> tuple[int, bool]:
        last = self._last
        assert last is not None
        if -self._disorder < out - last <= 0:
            return last + 1, False
        if self._shared.is_paced:
            return self._new_line(raw, last, step), True
        passed = self.ticks(arrived_ns - self._last_arrival_ns) if self._last_arrival_ns else 0
        expected = last + max(step, passed)
        fit = self.ticks(_FIT_NS)
        if out > last and abs(out - expected) <= fit:
            return out, False  # the source was silent for as long as it says
        shared = raw + self.ticks(self._shared.ns or 0)
        if not (shared > last and abs(shared - expected) <= fit):
            shared = expected
            self._shared.ns = self.ns(expected - raw)
        self._shift = shared - raw
        return shared, True

    def _new_line(self, raw: int, last: int, step: int) -> int:
        """Join the timeline that another track has begun, or begin one at the current end of the tracks."""
        shared = self._shared
        expected = max(last + step, self.ticks(shared.end_ns))
        joins = self._line != shared.line and shared.ns is not None
        joins = joins and abs(raw + self.ticks(shared.ns or 0) - expected) <= self.ticks(_FIT_NS)
        if not joins:
            shared.line += 1
            shared.ns = self.ns(expected - raw)
        self._line = shared.line
        self._shift = self.ticks(shared.ns or 0)
        return max(last + 1, raw + self._shift)
