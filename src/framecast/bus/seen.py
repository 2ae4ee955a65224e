"""The last record that a subscriber has taken, over all its introductions: so that none comes twice.

A publisher outlives its node, and introduces itself to its readers again through the next one; it then begins with what it
keeps for newcomers, which they have. Used by the reading thread.
"""

from __future__ import annotations

from framecast.bus.view import Descriptor


class Seen:
    """Where a subscriber is in its track."""

    def __init__(self) -> None:
        self._epoch = self._seq = self._published_ns = -1
        self._is_new = False  # nothing was taken from this publisher's socket yet

    def meet(self) -> None:
        """Begin with a new socket; its publisher may be the same one."""
        self._is_new = True

    def take(self, descriptor: Descriptor) -> int | None:
        """Return None for a record that was taken before, else how many were missed between two sockets of one publisher.

        A record is a repetition by its epoch, number and time together: another publisher repeats none of them but by chance.
        """
        epoch, seq, published_ns = descriptor[4], descriptor[6], descriptor[14]
        lost = 0
        if self._is_new:
            is_same = epoch == self._epoch
            if is_same and seq <= self._seq and published_ns <= self._published_ns:
                return None
            lost = max(0, seq - self._seq - 1) if is_same else 0
            self._is_new = False
        self._epoch, self._seq, self._published_ns = epoch, seq, published_ns
        return lost
