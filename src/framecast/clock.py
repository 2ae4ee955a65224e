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
# Nor one that says it was taken after it came; clocks set by NTP agree within this.
MAX_CLOCK_AHEAD_NS = NS // 10
# How far the offset may move with one packet: below what anybody sees.
MAX_STEP_NS = 2_000_000
# A jump of a stream's own time that is larger than this starts a new line of time.
MAX_JUMP_NS = 10 * NS
# The delay of the fastest packet of the last seconds is the base line (minimum filter against jitter).
WINDOW_NS = 10 * NS
_ARRIVAL = -1


class Clock(IntEnum):
    """Where `captured_at` comes from."""

    ARRIVAL = 0  # when the packet arrived, smoothed by the stream's own time stamps
    RTCP = 1  # the camera's wall clock by RTCP sender reports (RFC 3550 section 6.4.1)
    DEVICE = 2  # the capture device or the program that made the frame
    FILE = 3  # when playback reached it


# CLOCK_MONOTONIC in nanoseconds: the same line of time in every process of this host.
monotonic_ns = time.monotonic_ns
# The wall clock in UTC nanoseconds since 1970.
utc_ns = time.time_ns


@dataclass(frozen=True, slots=True)
class Capture:
    """When something was captured: UTC nanoseconds, and by which clock."""

    at_ns: int
    clock: Clock


class Timeline:
    """Turns a stream's time stamps into `captured_at`, so that a wrong camera clock makes nobody wait.

    Spacing follows the stream's own time stamps; what is added to them moves by at most two milliseconds a packet. It comes
    from the camera's clock while that is believable, else from the arrival of the fastest recent packet. The
    camera's clock never makes it later than that arrival: a picture does not come before it is taken. By arrival
    all lanes (tracks of one source) share it, so they stay in step; by the camera's clock each has its own reports.
    One writer thread; not shared.
    """

    def __init__(self, now: Callable[[], int] = utc_ns) -> None:
        self._now = now
        self._fastest: deque[tuple[int, int]] = deque()  # (arrival, arrival - stream): increasing minima
        self._last_ns: int | None = None
        self._offsets: dict[int, int] = {}  # by lane; _ARRIVAL's is shared
        self.error_ns = 0  # how wrong the camera's clock is: positive where it is ahead
        self.corrected = False  # True while the camera's own clock is not believed
        self.lag_ns = 0  # how much longer than the fastest recent packet the last one took to get here

    def capture(self, stream_ns: int, wall_ns: int | None = None, lane: int = 0) -> Capture:
        """Return when the packet with time stamp `stream_ns` was captured.

        `wall_ns` is what the camera's clock says (RTCP), None where it says nothing. `lane` is 0 or higher.
        """
        now = self._now()
        if self._last_ns is not None and abs(stream_ns - self._last_ns) > MAX_JUMP_NS:
            self._fastest.clear()
            self._offsets.clear()
        self._last_ns = stream_ns
        arrival = self._arrival_offset(now, now - stream_ns)
        self.lag_ns = now - stream_ns - arrival
        if wall_ns is not None and self._believes(wall_ns - stream_ns - arrival):
            return Capture(stream_ns + self._slew(lane, min(wall_ns - stream_ns, arrival)), Clock.RTCP)
        return Capture(stream_ns + self._return(lane, self._slew(_ARRIVAL, arrival)), Clock.ARRIVAL)

    def _believes(self, error_ns: int) -> bool:
        """A picture cannot have been taken after it came, nor may it be too old."""
        self.error_ns = error_ns
        self.corrected = not -MAX_CLOCK_ERROR_NS <= error_ns <= MAX_CLOCK_AHEAD_NS
        return not self.corrected

    def _arrival_offset(self, now: int, delay_ns: int) -> int:
        """Minimum of arrival minus stream time over the window: the packet that waited least.

        The window is one of arrival: a stream's own time may stand still.
        """
        fastest = self._fastest
        while fastest and fastest[-1][1] >= delay_ns:
            fastest.pop()
        fastest.append((now, delay_ns))
        while now - fastest[0][0] > WINDOW_NS:
            fastest.popleft()
        return fastest[0][1]

    def _return(self, lane: int, shared: int) -> int:
        """A lane whose reports are not believed any more comes back to the shared offset in small steps, too: else time goes back."""
        if lane not in self._offsets:
            return shared
        offset = self._slew(lane, shared)
        if offset == shared:
            del self._offsets[lane]
        return offset

    def _slew(self, lane: int, target: int) -> int:
        """Follow the target in small steps, so that spacing stays; a lane begins where the shared offset is."""
        offset = self._offsets.get(lane, self._offsets.get(_ARRIVAL))
        if offset is None or abs(target - offset) > MAX_CLOCK_ERROR_NS:
            offset = target
        else:
            offset += max(-MAX_STEP_NS, min(MAX_STEP_NS, target - offset))
        self._offsets[lane] = offset
        return offset
