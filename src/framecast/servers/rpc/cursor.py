"""Where one client is in a feed: gives it, message by message, what it has not had.

A client that keeps up gets the messages that all get. One that reads slowly finds several batches and gets them in
one message; one whose place the log has let go loses everything up to the next start, and is told how much.
"""

from __future__ import annotations

from collections import deque

from framecast.servers.rpc import messages
from framecast.servers.rpc.batch import Batch, Counts
from framecast.servers.rpc.feed import MAX_MESSAGE_BYTES, Feed


class Cursor:
    """Begins at the feed's newest start."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._number = -1  # of the next batch; -1 waits for a start
        self._status = b""
        self._absent = 0
        self._heads: tuple[bytes, ...] = (b"",) * len(feed.names)
        self._counts: Counts | None = None  # None: nothing is lost before the first
        self._ready: deque[bytes] = deque()  # what stands before the records

    def take(self) -> bytes | None:
        """Return the next message, None where there is none now."""
        feed = self._feed
        if self._status is not feed.status:
            self._status = feed.status
            return self._status
        if self._absent < len(feed.absent):
            self._absent += 1
            return feed.absent[self._absent - 1]
        if self._ready:
            return self._ready.popleft()
        batch = self._next()
        if batch is None:
            return None
        if batch.heads is not self._heads or batch.before is not self._counts:
            self._prepare(batch)
            if self._ready:
                return self._ready.popleft()
        return self._records(batch)

    def _next(self) -> Batch | None:
        """The batch to go on with; not yet passed, because what it needs before it may come first."""
        log = self._feed.log
        if 0 <= self._number < log.first:
            self._number = -1
        if self._number < 0:
            self._number = log.start
            if self._number < 0:
                return None
        while (batch := log.at(self._number)) is not None and not batch.size:
            self._number += 1
        return batch

    def _prepare(self, batch: Batch) -> None:
        """Tell what the records are, and what was lost before them."""
        names = self._feed.names
        if self._counts is not None:
            for name, had, there in zip(names, self._counts, batch.before, strict=True):
                if there > had:
                    self._feed.note_lost(there - had)
                    self._ready.append(messages.told_lost(name, there - had))
        for old, new in zip(self._heads, batch.heads, strict=True):
            if new is not old:
                self._ready.append(new)
        self._heads, self._counts = batch.heads, batch.before

    def _records(self, batch: Batch) -> bytes:
        """This batch, and those behind it that fit into the same message."""
        log = self._feed.log
        parts, size = [batch.data], batch.size
        following = log.at(batch.number + 1)
        while (
            following is not None
            and following.size
            and following.heads is batch.heads
            and following.before is batch.after
            and size + following.size <= MAX_MESSAGE_BYTES
        ):
            parts.append(following.data)
            size += following.size
            batch, following = following, log.at(following.number + 1)
        self._number = batch.number + 1
        self._counts = batch.after
        return parts[0] if len(parts) == 1 else b"".join(parts)
