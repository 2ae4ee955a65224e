"""At most so many records a second for one client, and on average just so many. Pure."""

from __future__ import annotations

# A record counts as due this part of an interval early, so that jitter does not halve the rate.
EARLY = 0.1


class Pace:
    """Decides which records of a track a client gets that asked for `max_fps`; 0 is all."""

    def __init__(self, max_fps: float) -> None:
        self._interval_s = 1 / max_fps if max_fps else 0.0
        self._due_s = 0.0

    def is_due(self, now_s: float, *, always: bool = False) -> bool:
        """Return whether a record of this moment is wanted; with `always` it is, and counts."""
        interval_s = self._interval_s
        if not interval_s:
            return True
        if not always and now_s < self._due_s - interval_s * EARLY:
            return False
        late = now_s - self._due_s > interval_s
        self._due_s = (now_s if late else self._due_s) + interval_s
        return True
