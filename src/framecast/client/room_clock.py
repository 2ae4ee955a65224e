"""The clock of the server, measured: the offset of the fastest of several round trips. Pure; times are given."""

from __future__ import annotations

PINGS = 5


class RoomClock:
    """The time of the server, by the monotonic clock of this program."""

    def __init__(self) -> None:
        self._offset_s: float | None = None
        self._fastest_s = float("inf")

    def on_welcome(self, server_s: float, now_s: float) -> None:
        """Take the time of a server that was just entered: late by the way of one message."""
        self._offset_s = server_s - now_s
        self._fastest_s = float("inf")

    def on_pong(self, asked_s: float, server_s: float, now_s: float) -> None:
        """Take the answer to a question."""
        took_s = now_s - asked_s
        if 0 <= took_s < self._fastest_s:
            self._fastest_s = took_s
            self._offset_s = server_s - (asked_s + now_s) / 2

    def server_s(self, now_s: float) -> float:
        """Return what the clock of the server shows (UTC seconds)."""
        return now_s + (self._offset_s or 0.0)
