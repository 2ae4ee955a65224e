"""The last record that a subscriber has taken, over all its introductions: so that none comes twice.

A publisher outlives its node, and introduces itself to its readers again through the next one; it then begins with what it
keeps for newcomers, which they have. Used by the reading thread.
"""

from __future__ import annotations

from framecast.bus.view import Descriptor


class Seen:
    """Where a subscriber is in its track."""

    def __init__(self) -> None:
        self._last: Descriptor | None = None
        self._is_new = False  # nothing was taken from this publisher's socket yet

    def meet(self) -> None:
        """Begin with a new socket; its publisher may be the same one."""
        self._is_new = True

    def take(self, descriptor: Descriptor) -> int | None:
        """Return None for a record that was taken before, else how many were missed between two sockets of one publisher."""
        lost: int | None = 0
        if self._is_new:
            lost = self._compare(descriptor)
            if lost is None:
                return None
            self._is_new = False
        self._last = descriptor
        return lost

    def _compare(self, descriptor: Descriptor) -> int | None:
        """A record is a repetition by its epoch, number and time together: another publisher repeats none of them but by chance."""
        last = self._last
        if last is None or descriptor[4] != last[4]:  # epochs
            return 0
        seq, last_seq = descriptor[6], last[6]
        if seq <= last_seq and descriptor[14] <= last[14]:  # published when
            return None
        return max(0, seq - last_seq - 1)
