"""RTP time stamps (RFC 3550 section 5.1) without wrapping, and the wall clock of the sender by its reports (section 6.4.1).

A time stamp is 32 bits of ticks from a random start. The tracks of a source begin at the time that the server names (RTP-Info), otherwise at their
arrival. Audio then follows the video by the reports, after the first report in steps too small to hear, because their clocks may drift apart for weeks.
"""

from __future__ import annotations

from framecast.clock import NS
from framecast.protocols.rtp.rtcp import Report

_WRAP = 1 << 32
_HALF = 1 << 31
# RTP-Info of some cameras is wrong: it is ignored if the first packet is this far from it.
_MAX_INFO_S = 10
# Of audio: how far its times may move with one report, backward and forward; with the first report; and the largest error that is believed.
_MAX_STEP_NS = NS // 100
_MAX_FIRST_BACK_NS = NS // 5  # further back would be another line of time
_MAX_APART_NS = 10 * NS
# Two reports show whether the time stamps follow the clock of the sender: within this share of their distance, and this constant.
_MAX_DRIFT, _MAX_ROUGHNESS_NS = 0.02, NS // 20


class TrackClock:
    """The time of one track. `rate` is its ticks a second."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self._last: int | None = None  # the newest time stamp, of 32 bits
        self._ticks = 0  # the same, unwrapped
        self._info: int | None = None
        self._report: tuple[int, int] | None = None  # wall clock, ticks
        self._early: Report | None = None  # one that came before the first packet
        self.shift = 0  # ticks that audio is moved by, to be in step
        self._follows = False
        self._keeps_time = True

    def begin_at(self, timestamp: int) -> None:
        """Set the time stamp of the moment zero that all tracks share (RTP-Info)."""
        self._info = timestamp & _WRAP - 1

    def restart(self) -> None:
        """Another sender takes over: its time stamps are unrelated to those before."""
        self._last = self._report = self._info = self._early = None

    def ticks(self, timestamp: int, since_begin_ns: int) -> int:
        """Return a time stamp unwrapped. `since_begin_ns` is when it arrived, from the source's first packet on."""
        last = self._last
        if last is None:
            self._ticks = self._first(timestamp, since_begin_ns)
        else:
            self._ticks += (timestamp - last + _HALF) % _WRAP - _HALF
        self._last = timestamp
        if self._early is not None:
            self.heard(self._early)
        return self._ticks

    def heard(self, report: Report) -> None:
        """Take a sender report."""
        if self._last is None:
            self._early = report
            return
        self._early = None
        ahead = (report.timestamp - self._last + _HALF) % _WRAP - _HALF
        at = self._ticks + ahead
        if self._report is not None:
            passed_ns, stamped_ns = report.wall_ns - self._report[0], (at - self._report[1]) * NS // self.rate
            limit_ns = _MAX_ROUGHNESS_NS + _MAX_DRIFT * abs(passed_ns)
            self._keeps_time = abs(stamped_ns - passed_ns) <= limit_ns
        self._report = (report.wall_ns, at)

    def wall_ns(self, ticks: int) -> int | None:
        """Return the sender's wall clock at `ticks`; None before its first report."""
        if self._report is None:
            return None
        wall_ns, at = self._report
        return wall_ns + (ticks - at) * NS // self.rate

    def follow(self, picture: TrackClock) -> None:
        """Move `shift` so that audio and video of one moment get the same time."""
        if self._report is None or picture._report is None:
            return
        if not (self._keeps_time and picture._keeps_time):
            return  # one of them is timed by its arrival, in a later step
        wall_ns, at = self._report
        picture_wall_ns, picture_at = picture._report
        wanted_ns = picture_at * NS // picture.rate + wall_ns - picture_wall_ns
        error_ns = wanted_ns - (at + self.shift) * NS // self.rate
        if abs(error_ns) <= _MAX_APART_NS:
            back_ns, on_ns = (
                (_MAX_STEP_NS, _MAX_STEP_NS) if self._follows else (_MAX_FIRST_BACK_NS, _MAX_APART_NS)
            )
            self._follows = True
            self.shift += max(-back_ns, min(on_ns, error_ns)) * self.rate // NS

    def _first(self, timestamp: int, since_begin_ns: int) -> int:
        if self._info is not None:
            ticks = (timestamp - self._info + _HALF) % _WRAP - _HALF
            if abs(ticks) <= _MAX_INFO_S * self.rate:
                return ticks
        return since_begin_ns * self.rate // NS
