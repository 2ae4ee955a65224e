"""Time: which clocks exist, and how a stream's own times become the wall clock.

Pure values and arithmetic; no I/O, no threads. Every clock is injected, so tests need no sleeping.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

NS = 1_000_000_000

# A camera's clock is not used if it says that a picture was taken this far from its arrival.
MAX_CLOCK_ERROR_NS = 2 * NS
# Nor if it says that a picture was taken later than it arrived by more than this; clocks set by NTP agree within it.
MAX_CLOCK_AHEAD_NS = NS // 10
# How far the offset may move with one packet: less than a viewer can see.
MAX_STEP_NS = 2_000_000
# A larger jump of a stream's own time starts a new time base.
MAX_JUMP_NS = 10 * NS
# The delay of the fastest packet in this window is the baseline (minimum filter against jitter).
WINDOW_NS = 10 * NS
_ARRIVAL = -1


class Clock(IntEnum):
    """Where `captured_at` comes from."""

    ARRIVAL = 0  # when the packet arrived, smoothed by the stream's own time stamps
    RTCP = 1  # the camera's wall clock by RTCP sender reports (RFC 3550 section 6.4.1)
    DEVICE = 2  # the capture device or the program that made the frame
    FILE = 3  # when playback reached it


# CLOCK_MONOTONIC in nanoseconds: the same in every process of this host.
monotonic_ns = time.monotonic_ns
# The wall clock in UTC nanoseconds since 1970.
utc_ns = time.time_ns


def utc_of(at_ns: int) -> int:
    """Return a moment of CLOCK_MONOTONIC on the wall clock as it is set now, UTC nanoseconds."""
    return utc_ns() - monotonic_ns() + at_ns


def monotonic_of(at_ns: int) -> int:
    """Return a moment of the wall clock as it is set now, UTC nanoseconds, on CLOCK_MONOTONIC."""
    return monotonic_ns() - utc_ns() + at_ns


@dataclass(frozen=True, slots=True)
class Capture:
    """When something was captured: UTC nanoseconds, and by which clock."""

    at_ns: int
    clock: Clock


class Timeline:
    """Turns a stream's time stamps into `captured_at`, so that a wrong camera clock delays no viewer.

    Spacing follows the stream's own time stamps; the offset added to them moves by at most two milliseconds per packet. The offset comes
    from the camera's clock while that is plausible, otherwise from the arrival of the fastest recent packet. The
    camera's clock never makes it later than that arrival, because a picture cannot arrive before it is taken. By arrival,
    all tracks of a source share the offset, so they stay in step; by the camera's clock, each track has its own reports.
    One writer thread; not shared.
    """

    def __init__(self, now: Callable[[], int] = utc_ns) -> None:
        self._now = now
        self._fastest: deque[tuple[int, int]] = deque()  # (arrival, arrival - stream): increasing minima
        self._last_ns: int | None = None
        self._offsets: dict[int, int] = {}  # by track; that of _ARRIVAL is shared
        self.error_ns = 0  # the error of the camera's clock: positive if it is ahead
        self.corrected = False  # True while the camera's own clock is not used
        self.lag_ns = 0  # how much later than the fastest recent packet the last one arrived

    def capture(self, stream_ns: int, wall_ns: int | None = None, track: int = 0) -> Capture:
        """Return when the packet with time stamp `stream_ns` was captured.

        `wall_ns` is the camera's clock (RTCP), None if it is not known. `track` is a number from 0 up.
        """
        now = self._now()
        if self._last_ns is not None and abs(stream_ns - self._last_ns) > MAX_JUMP_NS:
            self._fastest.clear()
            self._offsets.clear()
        self._last_ns = stream_ns
        arrival = self._arrival_offset(now, now - stream_ns)
        self.lag_ns = now - stream_ns - arrival
        if wall_ns is not None and self._is_plausible(wall_ns - stream_ns - arrival):
            return Capture(stream_ns + self._slew(track, min(wall_ns - stream_ns, arrival)), Clock.RTCP)
        return Capture(stream_ns + self._return(track, self._slew(_ARRIVAL, arrival)), Clock.ARRIVAL)

    def _is_plausible(self, error_ns: int) -> bool:
        """Whether the camera's clock may be right: a picture is not taken after it arrives, nor much earlier."""
        self.error_ns = error_ns
        self.corrected = not -MAX_CLOCK_ERROR_NS <= error_ns <= MAX_CLOCK_AHEAD_NS
        return not self.corrected

    def _arrival_offset(self, now: int, delay_ns: int) -> int:
        """Minimum of arrival minus stream time over the window: the packet with the least delay.

        The window is measured by arrival, because a stream's own time may stand still.
        """
        fastest = self._fastest
        while fastest and fastest[-1][1] >= delay_ns:
            fastest.pop()
        fastest.append((now, delay_ns))
        while now - fastest[0][0] > WINDOW_NS:
            fastest.popleft()
        return fastest[0][1]

    def _return(self, track: int, shared: int) -> int:
        """Move a track whose reports are no longer used back to the shared offset, in small steps: otherwise its time would go back."""
        if track not in self._offsets:
            return shared
        offset = self._slew(track, shared)
        if offset == shared:
            del self._offsets[track]
        return offset

    def _slew(self, track: int, target: int) -> int:
        """Follow the target in small steps, so that spacing stays; a track begins at the shared offset."""
        offset = self._offsets.get(track, self._offsets.get(_ARRIVAL))
        if offset is None or abs(target - offset) > MAX_CLOCK_ERROR_NS:
            offset = target
        else:
            offset += max(-MAX_STEP_NS, min(MAX_STEP_NS, target - offset))
        self._offsets[track] = offset
        return offset
