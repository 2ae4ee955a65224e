"""Keeps the time stamps of one live track in step with our own clock, whatever clock the source has.

Good time stamps pass unchanged, or with a correction of at most two milliseconds per packet against slow drift. Bad time stamps
(25 per second while 21 packets come, constant, random) are replaced: packets then get their smoothed arrival times, until the time stamps
of the source have been good for ten seconds. Times only go forward. Every time is an argument; one thread.
"""

from __future__ import annotations

from fractions import Fraction

from framecast.clock import MAX_STEP_NS, NS
from framecast.sources.stamps import Stamp

_MS = NS // 1000
# Drift is measured by the packet with the least delay in each span: networks delay some packets, a wrong clock moves all.
_SPAN_NS = NS // 2
# Drift up to this is ignored; more is corrected in small steps.
_TOLERANCE_NS = 150 * _MS
# With more than this in three spans, and growing, small steps do not help.
_WRONG_NS = 250 * _MS
_WRONG_SPANS = 3
_GROWTH_NS = 12 * _MS
# The largest drift of crystals in a span: the reference follows it.
_CRYSTAL_NS = _MS // 2
# Each time stamp that stands still or jumps adds to the suspicion, and each good one takes away a fifth.
_SUSPICIOUS = 8.0
_GOOD = 0.2
_LEAP = 3
_LEAP_NS = NS // 5
# After this many spans in a row without drift, the time stamps of the source are believed again.
_PROBATION = 21
# While arrival counts: the share of the distance to it that one packet corrects, and the distance at which to jump.
_PULL = 10
_JUMP_NS = NS
_HOPELESS_NS = 10 * NS
_MEMORY = 16  # packets that the usual interval is a mean of
_MAX_LEAD_NS = NS  # of presentation before decoding


class Discipline:
    """`step_ns` is how long a packet usually lasts. `follows` is True while arrival counts instead of the time stamps of the source."""

    def __init__(self, time_base: Fraction, step_ns: int) -> None:
        self.follows = False
        self._tick_ns = time_base * NS
        self._usual_ns = max(step_ns, 1)
        self._added_ns = 0  # to the source's stamps
        self._owed_ns = 0  # what must still be added, in small steps
        self._delay_ns = 0  # arrival minus time of the packet with the least delay: the reference
        self._first_delay_ns = 0
        self._spans = _Spans()
        self._wrong: list[int] = []  # the drift of the last spans, if it was too much
        self._suspicion = 0.0
        # Between packets, by their arrival and by their stamps.
        self._interval_ns = self._raw_ns = float(self._usual_ns)
        self._last: tuple[int, int] | None = None  # stamp and arrival of the last packet
        self._out_ns = 0
        self._last_dts: int | None = None

    def steady(self, stamp: Stamp, arrived_ns: int, *, fresh: bool = True) -> Stamp:
        """Return the times of a packet that arrived at `arrived_ns`. `fresh` is False if it waited here before it was read."""
        raw_ns = int(stamp.dts * self._tick_ns)
        if self._last is None:
            self._delay_ns = self._first_delay_ns = arrived_ns - raw_ns
        else:
            step_ns, passed_ns = raw_ns - self._last[0], arrived_ns - self._last[1]
            if self._note(step_ns, passed_ns, jumped=stamp.jumped) and passed_ns >= self._usual_ns // 2:
                self._absorb(arrived_ns - raw_ns - self._added_ns)
        self._last = raw_ns, arrived_ns
        drift = self._spans.take(arrived_ns - raw_ns, arrived_ns, fresh=fresh)
        if drift is not None:
            self._judge(drift)
        if self.follows:
            self._out_ns = self._by_arrival(arrived_ns)
        else:
            paid = max(-MAX_STEP_NS, min(MAX_STEP_NS, self._owed_ns))
            self._added_ns += paid
            self._owed_ns -= paid
            self._out_ns = raw_ns + self._added_ns
        return self._stamped(stamp, raw_ns)

    # --- how good the time stamps are

    def _note(self, step_ns: int, passed_ns: int, *, jumped: bool) -> bool:
        """Check one step of the time stamps; True if it is a jump ahead that our clock does not confirm."""
        usual = self._interval_ns
        self._interval_ns += (min(passed_ns, 4 * usual + _MS, _JUMP_NS) - usual) / _MEMORY
        self._raw_ns += (min(step_ns, _JUMP_NS) - self._raw_ns) / _MEMORY
        is_leap = step_ns > 3 * max(self._usual_ns, passed_ns) + _LEAP_NS and not jumped
        if is_leap:
            self._suspicion += _LEAP
        elif jumped or step_ns <= self._usual_ns // 16:
            self._suspicion += 1
        else:
            self._suspicion = max(0.0, self._suspicion - _GOOD)
            return False
        self._spans.spoil()
        if self._suspicion >= _SUSPICIOUS:
            self._suspicion = _SUSPICIOUS
            self._follow()
        return is_leap

    def _absorb(self, delay_ns: int) -> None:
        """A jump ahead of the arrival is undone; one that makes up for an earlier delay is believed."""
        ahead_ns = self._delay_ns - delay_ns
        if ahead_ns > _TOLERANCE_NS:
            self._added_ns -= ahead_ns

    def _judge(self, raw_delay_ns: int) -> None:
        """Take the smallest delay of the span that is over."""
        if self.follows:
            if self._spans.keeps_time:
                self._trust()
            return
        if self._spans.count == 1:
            self._delay_ns = raw_delay_ns - self._added_ns  # a burst at the beginning is over
            return
        drift = raw_delay_ns - self._added_ns - self._delay_ns
        if abs(drift) > _WRONG_NS:
            self._owed_ns = 0
            self._judge_wrong(drift)
            return
        self._wrong.clear()
        if abs(drift) > _TOLERANCE_NS or (self._owed_ns and abs(drift) > _TOLERANCE_NS // 2):
            self._owed_ns = drift
        else:
            self._owed_ns = 0
            self._delay_ns += max(-_CRYSTAL_NS, min(_CRYSTAL_NS, drift))

    def _judge_wrong(self, drift: int) -> None:
        before = self._wrong[-1] if self._wrong else 0
        if before and (drift * before < 0 or abs(drift) < abs(before) + _GROWTH_NS):
            self._wrong.clear()
            self._delay_ns += drift  # the network path has become longer or shorter
            return
        self._wrong.append(drift)
        if len(self._wrong) >= _WRONG_SPANS:
            if drift < 0:  # the first span, from which the reference is, was fast as well
                self._delay_ns -= self._wrong[-1] - self._wrong[-2]
                self._delay_ns = min(self._delay_ns, self._first_delay_ns)
            self._follow()

    def _follow(self) -> None:
        if not self.follows:
            self.follows = True
            self._spans.begin()

    def _trust(self) -> None:
        """Go on with the time stamps of the source from the current time."""
        assert self._last is not None
        self.follows = False
        self._added_ns = self._out_ns + round(self._interval_ns) - self._last[0]
        self._suspicion, self._owed_ns = 0.0, 0
        self._wrong.clear()
        self._spans.begin()

    # --- times by arrival

    def _by_arrival(self, arrived_ns: int) -> int:
        interval = max(1000, round(self._interval_ns))
        expected = self._out_ns + interval
        error = arrived_ns - self._delay_ns - expected
        if error > _JUMP_NS:
            return expected + error
        if error < -_HOPELESS_NS:
            self._delay_ns += error
            error = 0
        return self._out_ns + max(interval // 2, interval + error // _PULL)

    def _stamped(self, stamp: Stamp, raw_ns: int) -> Stamp:
        if self._out_ns == raw_ns and not self.follows:
            self._last_dts = stamp.dts
            return stamp
        dts = stamp.dts + round((self._out_ns - raw_ns) / self._tick_ns)
        if self._last_dts is not None and dts <= self._last_dts:
            dts = self._last_dts + 1
        self._last_dts = dts
        if not self.follows:
            return stamp._replace(dts=dts, pts=dts + stamp.pts - stamp.dts)
        # Time stamps that jump say nothing about the order of the pictures; those of another rate do.
        scale = 0.0 if self._suspicion > _LEAP else self._interval_ns / max(self._raw_ns, 1.0)
        lead = min(int((stamp.pts - stamp.dts) * scale), int(_MAX_LEAD_NS / self._tick_ns))
        duration = max(1, round(self._interval_ns / self._tick_ns))
        return Stamp(dts + lead, dts, duration, jumped=False)


class _Spans:
    """The smallest delay of each span of time. `count` is how many are over."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget everything."""
        self.count = 0
        self._least: int | None = None
        self._since_ns: int | None = None
        self._past: list[int] = []

    def spoil(self) -> None:
        """A time stamp was bad: those before it say nothing about the next ones."""
        self._past.clear()

    @property
    def keeps_time(self) -> bool:
        """True if many spans in a row did not drift."""
        past = self._past
        return len(past) >= _PROBATION and max(past) - min(past) <= _TOLERANCE_NS

    def take(self, delay_ns: int, now_ns: int, *, fresh: bool) -> int | None:
        """Take a delay; return the smallest one of a span with the first packet after it."""
        found = None
        if self._since_ns is None or now_ns - self._since_ns >= _SPAN_NS:
            found, self._least, self._since_ns = self._least, None, now_ns
            if found is not None:
                self.count += 1
                self._past = [*self._past[1 - _PROBATION :], found]
        if fresh:
            self._least = delay_ns if self._least is None else min(self._least, delay_ns)
        return found
