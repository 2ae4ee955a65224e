"""One client's place in a log: gives it, entry by entry, what it has not had, and says what it lost. Pure.

A client that keeps up gets every entry. When the log has let go of the place of a slow client, a queue goes on with the oldest
entry that is kept, and groups of pictures go on with the newest start. Nothing is lost silently: the counts tell how much.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from framecast.fanout.log import Counts, Entry, Log
from framecast.fanout.loss import Loss

M = TypeVar("M")


class Cursor(Generic[M]):
    """Begins with the newest start of `log`, or waits for one.

    `had` are the counts of the entry that was taken last; at first those from which losses are counted. With None nothing is lost
    before the first entry. `close` it.
    """

    def __init__(self, log: Log[M], loss: Loss = Loss.GROUPS, had: Counts | None = None) -> None:
        self.number = -1  # of the next entry; -1 waits for a start. The log sets it, too
        self.dropped = 0
        self._log = log
        self._loss = loss
        self.had = had
        self._lost = 0
        log.join(self)

    @property
    def lost(self) -> int:
        """How many records this client lost so far, with those that it is going to hear of at the next entry."""
        log, had = self._log, self.had
        if had is None or self.number >= log.first:
            return self._lost
        oldest = log.at(log.first) if self.number >= 0 else None
        return self._lost + sum(log.counts if oldest is None else oldest.before) - sum(had)

    def peek(self) -> Entry[M] | None:
        """Return the entry to go on with, None if nothing is there yet. It is not passed."""
        log, number = self._log, self.number
        if number >= log.end:
            return None
        if number < log.first:
            if number < 0:
                return None
            number = log.first if self._loss is Loss.QUEUE else log.start
            if number < 0:
                log.wait(self)
                return None
        entry = log.at(number)
        while entry is not None and entry.message is None:
            number += 1
            entry = log.at(number)
        self.number = number
        return entry

    def pass_gap(self, entry: Entry[M]) -> Counts:
        """Return how many records of each track were lost before an entry, () if none was; they are counted once."""
        had, before = self.had, entry.before
        if had is before:
            return ()
        self.had = before
        if had is None or had == before:
            return ()
        gap = tuple(there - here for here, there in zip(had, before, strict=True))
        self._lost += sum(gap)
        return gap

    def take(self) -> Entry[M] | None:
        """Return the entry to go on with and pass it, None if nothing is there yet. `dropped` says what was lost before it."""
        entry = self.peek()
        if entry is not None:
            self.dropped = sum(self.pass_gap(entry))
            self.advance(entry)
        return entry

    def advance(self, entry: Entry[M]) -> None:
        """Pass an entry that `peek` gave, and whose gap was passed."""
        self.number = entry.number + 1
        self.had = entry.after

    def close(self) -> None:
        """Leave the log. Idempotent."""
        self._log.leave(self)
