"""How often a stream shows a picture, and when the next one is overdue. Pure; the clock is given with each question.

Most streams send many pictures a second. A program may send one a minute: its newest picture is then no old one for a minute, and
people are shown how often one comes. The node measures it (`Cadence`); servers, pages and commands use the same patience and words.
"""

from __future__ import annotations

from dataclasses import dataclass

# A stream that has these tracks is as fresh as they are; others are as fresh as anything they have.
PICTURES = ("video", "frames")
# People see less frequent pictures as "every 60 s".
SLOW_S = 1.0
# People see that a live stream has had no picture for this long: the node hears every 4 s how old the newest is, and 5 s more is the stall time.
OLD_S = 10.0
LEAST_S = 1.5
_INTERVALS = 5
_MOST = 2
_MARGIN_S = 3.0
_UNITS = (("d", 86400), ("h", 3600), ("min", 60))


def patience_s(every_s: float) -> float:
    """Return how long the newest picture counts as fresh where one usually comes every `every_s` (0 is not known).

    Five intervals; of slow streams two intervals and three seconds, so that one picture may be missing.
    """
    return max(LEAST_S, min(_INTERVALS * every_s, _MOST * every_s + _MARGIN_S))


@dataclass(slots=True)
class Cadence:
    """Finds the usual time between pictures from a publisher's counters, which are read every few seconds."""

    every_s: float | None = None  # None while it is not known, or less than `SLOW_S`
    _count: int = 0
    _newest: float | None = None
    _asked: float = 0.0

    def note(self, count: int, newest: float, now: float) -> None:
        """Note that `count` pictures have come, the newest at `newest`. Monotonic seconds."""
        more = count - self._count
        if more and self._newest is not None and more > 0:
            # Of several pictures after a pause only the newest has a known time: they came since the last question.
            begun = self._newest if more == 1 else max(self._newest, self._asked)
            every = (newest - begun) / more
            self.every_s = round(every, 1) if every >= SLOW_S else None
        if more:
            self._count, self._newest = count, newest
        self._asked = now


def note_words(
    *, is_live: bool, age_s: float | None, every_s: float | None, has_pictures: bool = True
) -> str:
    """Return what people should know of a live stream's pictures: "every 60 s", "no picture for 42 s"; '' if nothing is special."""
    if not is_live or age_s is None:
        return ""
    if age_s > max(OLD_S, patience_s(every_s or 0.0)):
        return f"{'no picture' if has_pictures else 'nothing'} for {seconds_words(age_s)}"
    return f"every {seconds_words(every_s)}" if every_s else ""


def seconds_words(seconds: float) -> str:
    """Return a duration in a few letters: 42 s, 3 min, 2 h, 5 d."""
    for unit, length in _UNITS:
        if seconds >= 2 * length:
            return f"{seconds / length:.0f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 or seconds == round(seconds) else f"{seconds:.1f} s"
