"""Decoding times of pictures, from their presentation times, which are all that RTP carries.

With a delay of n pictures (H.264 max_num_reorder_frames), a picture is decoded at the n-th last of the ordered presentation times. The
parameter sets give the delay; if not, it grows with the first picture that comes too late. Time stamps that go back for another reason are left
to `sources.stamps`.
"""

from __future__ import annotations

import heapq

_MAX_DELAY = 16
# No encoder that does not give its delay needs more; time stamps that go back further come from a bad clock.
_MAX_UNTOLD = 4
# Seconds that a picture may be before the last one and still belong to its group; further back is another timeline.
_MAX_BACK_S = 1


class DecodeOrder:
    """The decoding times of one track. `step` is the usual duration of a picture, `rate` the ticks of a second.

    `is_exact` is True if no picture waits longer than `delay`.
    """

    def __init__(self, delay: int, step: int, rate: int, *, is_exact: bool = False) -> None:
        self._delay = max(0, min(delay, _MAX_DELAY))
        self._most = self._delay if is_exact else max(self._delay, _MAX_UNTOLD)
        self._step = step
        self._back = _MAX_BACK_S * rate
        self._waiting: list[int] = []
        self._last: int | None = None

    def dts(self, pts: int) -> int:
        """Return the decoding time of the picture that is shown at `pts`: not after `pts`, and increasing if the clock does."""
        if not self._most:
            return pts
        last = self._last
        if last is None or not -self._back < pts - last < self._back * 10:
            self._waiting = [pts - back * self._step for back in range(self._delay, 0, -1)]
            heapq.heapify(self._waiting)
            dts = heapq.heappushpop(self._waiting, pts)
        elif pts <= last and self._delay < self._most:
            # More pictures wait in the decoder than was known.
            self._delay += 1
            heapq.heappush(self._waiting, pts)
            dts = last + 1
        else:
            dts = heapq.heappushpop(self._waiting, pts)
            if dts <= last:
                dts = last + 1
        self._last = dts
        return dts
