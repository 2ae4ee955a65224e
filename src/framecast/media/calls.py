"""Whether a call into FFmpeg has lasted longer than it may, for the watchdog of its process.

FFmpeg keeps its own limits while it waits for a socket. It keeps none while it waits for a file (a pipe that nobody writes
to, a network share that is gone) or loops forever. A source process has one source, so one call at a time is recorded:
written by the thread of the source, read by that of the watchdog.
"""

from __future__ import annotations

from time import monotonic

# FFmpeg's own limits come first: they end a call without ending the process.
MARGIN_S = 2.0


class Call:
    """The call that runs now, if one does."""

    def __init__(self) -> None:
        self._until: float | None = None
        self._what = ""

    def begin(self, what: str, limit_s: float) -> None:
        """Record that a call begins, and how long it may take by FFmpeg's own limits."""
        self._what = what
        self._until = monotonic() + limit_s + MARGIN_S

    def end(self) -> None:
        """Record that it has returned."""
        self._until = None

    @property
    def overdue(self) -> str:
        """What the overdue call is for, '' if no call is overdue."""
        until = self._until
        return self._what if until is not None and monotonic() > until else ""


OPENING, READING = "opening", "reading"
# The one of this process.
running = Call()
