"""What a window counts: for its overlay while it runs, and for its report. Time is given; one thread."""

from __future__ import annotations

from collections import deque
from statistics import median

_RECENT_S = 2.0
_KEPT = 4096  # latencies, for the median


class Tally:
    """Counts pictures that were shown."""

    def __init__(self) -> None:
        self.frames = 0
        self.dropped = 0
        self._shown: deque[float] = deque()
        self._first = self._last = 0.0
        self._ages: deque[float] = deque(maxlen=_KEPT)
        self._offsets: deque[float] = deque(maxlen=_KEPT)

    def show(self, now: float, age_s: float, sound_offset_s: float | None) -> None:
        """Count a picture that has come to the window."""
        self.frames += 1
        self._first = self._first or now
        self._last = now
        self._shown.append(now)
        while now - self._shown[0] > _RECENT_S:
            self._shown.popleft()
        self._ages.append(age_s)
        if sound_offset_s is not None:
            self._offsets.append(sound_offset_s)

    @property
    def fps(self) -> float:
        """Pictures a second, of the last two seconds."""
        shown = self._shown
        return (len(shown) - 1) / (shown[-1] - shown[0]) if len(shown) > 1 and shown[-1] > shown[0] else 0.0

    @property
    def mean_fps(self) -> float:
        """Pictures a second, from the first to the last."""
        return (self.frames - 1) / (self._last - self._first) if self._last > self._first else 0.0

    @property
    def age_ms(self) -> float:
        """How old the newest picture was when it was shown."""
        return 1000 * self._ages[-1] if self._ages else 0.0

    @property
    def median_age_ms(self) -> float:
        """The median of how old pictures were."""
        return 1000 * median(self._ages) if self._ages else 0.0

    @property
    def median_offset_ms(self) -> float | None:
        """The median of how much later than the picture the sound was."""
        return 1000 * median(self._offsets) if self._offsets else None
