"""When a packet counts as captured, and, for sources without a clock of their own, when it is published.

Packets of `Live` sources arrive by themselves; those of `Paced` sources (files, HLS, progressive HTTP) come as fast as they are read and are
held until their time. One thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from framecast.clock import NS, Capture, Clock, Timeline, monotonic_ns, utc_ns
from framecast.model import EncodedPacket
from framecast.sources.schedule import wait_until

# If playback is later than this, it goes on from now instead of catching up.
_GIVE_UP_NS = NS
# Packets come before their pictures by the reordering of the encoder: by more than this only if a picture lasts for seconds.
_MAX_LEAD_NS = NS


class Pacing(Protocol):
    """How the packets of a source relate to the clock. `is_live` is True if they come when they are captured."""

    is_live: bool

    @property
    def lag_ns(self) -> int:
        """How late the last packet was."""
        ...

    @property
    def note(self) -> str:
        """A note for people about the clock of the source, "" if there is none."""
        ...

    def meet(self, packet: EncodedPacket, pts_ns: int, dts_ns: int, track: int) -> Capture | None:
        """Return when the packet was captured, after waiting until it is due; None if `stop` came before."""
        ...


class Live:
    """Packets that come when they are captured."""

    is_live = True

    def __init__(self, now: Callable[[], int] = utc_ns) -> None:
        self.timeline = Timeline(now)

    @property
    def lag_ns(self) -> int:
        """How much later the last packet came than the fastest recent one."""
        return self.timeline.lag_ns

    @property
    def note(self) -> str:
        """Says that the clock of the camera is wrong, if it is."""
        timeline = self.timeline
        if not timeline.corrected:
            return ""
        return f"the camera's clock is wrong by about {timeline.error_ns / NS:.0f} s; corrected by arrival"

    def meet(self, packet: EncodedPacket, pts_ns: int, dts_ns: int, track: int) -> Capture | None:
        """Return when the packet was captured, by the clock of the camera if it can be believed."""
        return self.timeline.capture(pts_ns, packet.wall_ns, track)


class Paced:
    """Packets that are held back until their time, which is counted from the first packet and not from each other."""

    is_live = False

    def __init__(
        self,
        stop: threading.Event,
        now: Callable[[], int] = monotonic_ns,
        wall: Callable[[], int] = utc_ns,
        wait: Callable[[int, threading.Event], bool] = wait_until,
    ) -> None:
        self._stop, self._now, self._wall, self._wait = stop, now, wall, wait
        self._begin_ns: int | None = None  # when time stamp 0 is due, on the monotonic clock
        self._to_wall_ns = 0
        self._reorder_ns = 0
        self._floor_ns: int | None = None  # packets of a pass are due from here on, and sooner ones at once
        self.lag_ns = 0
        self.note = ""

    def meet(self, packet: EncodedPacket, pts_ns: int, dts_ns: int, track: int) -> Capture | None:
        """Wait until the packet is due; a picture that is decoded early counts as captured when it is shown."""
        lead_ns = pts_ns - dts_ns
        if self._floor_ns is None:
            self._floor_ns = dts_ns if lead_ns <= _MAX_LEAD_NS else pts_ns
        dts_ns = max(dts_ns, self._floor_ns)
        if self._begin_ns is None:
            self._rebase(dts_ns)
        assert self._begin_ns is not None
        due = self._begin_ns + dts_ns
        now = self._now()
        self.lag_ns = max(0, now - due)
        if due > now and not self._wait(due, self._stop):
            return None
        if self.lag_ns > _GIVE_UP_NS:
            self._rebase(dts_ns)
        # No capture may be in the future: all are late by the longest lead of pts over dts so far. A picture
        # after a gap is decoded long before the gap, but shown after it.
        self.expect(lead_ns)
        return Capture(self._begin_ns + self._to_wall_ns + pts_ns - self._reorder_ns, Clock.FILE)

    def expect(self, lead_ns: int) -> None:
        """Note that packets come `lead_ns` before their pictures."""
        if lead_ns <= _MAX_LEAD_NS:
            self._reorder_ns = max(self._reorder_ns, lead_ns)

    def begin(self) -> None:
        """The source begins again: its first packets may be decoded before their time."""
        self._floor_ns = None

    def show(self, pts_ns: int) -> bool:
        """Wait until it is time for what is shown at `pts_ns`; False if `stop` came before."""
        return self._begin_ns is None or self._wait(self._begin_ns + pts_ns, self._stop)

    def _rebase(self, dts_ns: int) -> None:
        self._begin_ns = self._now() - dts_ns
        self._to_wall_ns = self._wall() - self._now()


class Unpaced:
    """Packets that go out as soon as there is room for them: a file at the pace of its reader.

    They count as captured when playback at the file's own rate, begun with the first of them, would reach them: so their times are
    apart as in the file, however fast it is read. They may lie in the future.
    """

    is_live = False

    def __init__(self, wall: Callable[[], int] = utc_ns) -> None:
        self._wall = wall
        self._begin_ns: int | None = None
        self.lag_ns = 0
        self.note = ""

    def meet(self, packet: EncodedPacket, pts_ns: int, dts_ns: int, track: int) -> Capture | None:
        """Return when the packet counts as captured, at once."""
        if self._begin_ns is None:
            self._begin_ns = self._wall() - pts_ns
        return Capture(self._begin_ns + pts_ns, Clock.FILE)
