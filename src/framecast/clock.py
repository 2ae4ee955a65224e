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

# A camera whose clock says that a picture was taken this far from its arrival is not believed.
MAX_CLOCK_ERROR_NS = 2 * NS
# A jump of a stream's own time that is larger than this starts a new line of time.
MAX_JUMP_NS = 10 * NS
# The delay of the fastest packet of the last seconds is the base line (minimum filter against jitter).
WINDOW_NS = 10 * NS


class Clock(IntEnum):
    """Where `captured_at` comes from."""

    ARRIVAL = 0  # when the packet arrived, smoothed by the stream's own time stamps
    RTCP = 1  # the camera's wall clock by RTCP sender reports (RFC 3550 section 6.4.1)
    DEVICE = 2  # the capture device or the program that made the frame
    FILE = 3  # when playback reached it


def monotonic_ns() -> int:
    """Return CLOCK_MONOTONIC in nanoseconds: the same line of time in every process of this host."""
    return time.monotonic_ns()


def utc_ns() -> int:
    """Return the wall clock in UTC nanoseconds since 1970."""
    return time.time_ns()


@dataclass(frozen=True, slots=True)
class Capture:
    """When something was captured: UTC nanoseconds, and by which clock."""

    at_ns: int
    clock: Clock


class Timeline:
    """Turns a stream's time stamps into `captured_at`, so that a wrong camera clock makes nobody wait.

    Spacing follows the stream's own time stamps. The offset comes from the camera's clock while that
    is within two seconds of arrival, else from the arrival of the fastest recent packet.
    One writer thread; not shared.
    """

    def __init__(self, now: Callable[[], int] = utc_ns) -> None:
        self._now = now
        self._fastest: deque[tuple[int, int]] = deque()  # (stream ns, arrival - stream): increasing minima
        self._last_ns: int | None = None
        self._offset: int | None = None
        self.corrected = False  # True while the camera's own clock is not believed

    def capture(self, stream_ns: int, wall_ns: int | None = None) -> Capture:
        """Return when the packet with time stamp `stream_ns` was captured.

        `wall_ns` is what the camera's clock says (RTCP), None where it says nothing.
        """
        now = self._now()
        if self._last_ns is not None and abs(stream_ns - self._last_ns) > MAX_JUMP_NS:
            self._fastest.clear()
            self._offset = None
        self._last_ns = stream_ns
        offset = self._arrival_offset(stream_ns, now - stream_ns)
        if wall_ns is not None:
            self.corrected = abs(now - wall_ns) > MAX_CLOCK_ERROR_NS
            if not self.corrected:
                return Capture(wall_ns, Clock.RTCP)
        self._offset = self._slew(offset)
        return Capture(stream_ns + self._offset, Clock.ARRIVAL)

    def _arrival_offset(self, stream_ns: int, delay_ns: int) -> int:
        """Minimum of arrival minus stream time over the window: the packet that waited least."""
        fastest = self._fastest
        while fastest and fastest[-1][1] >= delay_ns:
            fastest.pop()
        fastest.append((stream_ns, delay_ns))
        while stream_ns - fastest[0][0] > WINDOW_NS:
            fastest.popleft()
        return fastest[0][1]

    def _slew(self, offset: int) -> int:
        """Follow the base line in small steps (at most 2 ms a packet), so that spacing stays."""
        if self._offset is None or abs(offset - self._offset) > MAX_CLOCK_ERROR_NS:
            return offset
        step = 2_000_000
        return self._offset + max(-step, min(step, offset - self._offset))
