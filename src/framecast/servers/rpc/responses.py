"""What one client of a feed gets next, message by message: the state, what the records are, what was lost, the records.

A client that keeps up gets the messages that all clients get. One that reads slowly finds several of them and gets them as one.
"""

from __future__ import annotations

from collections import deque

from framecast.fanout.cursor import Cursor
from framecast.fanout.log import Entry
from framecast.servers.rpc import messages
from framecast.servers.rpc.encoder import MAX_MESSAGE_BYTES, Batch, Descriptions
from framecast.servers.rpc.read_feed import ReadFeed


class Responses:
    """Begins at the feed's newest start. `close` it."""

    def __init__(self, feed: ReadFeed) -> None:
        self._feed = feed
        self._cursor = Cursor(feed.log, feed.loss)
        self._status = b""
        self._absent = 0
        self._described: Descriptions = (b"",) * len(feed.names)
        self._ready: deque[bytes] = deque()  # what stands before the records

    def close(self) -> None:
        """Leave the feed's log. Idempotent."""
        self._cursor.close()

    def take(self) -> bytes | None:
        """Return the next message, None if nothing is there now."""
        feed = self._feed
        if self._status is not feed.status:
            self._status = feed.status
            return self._status
        if self._absent < len(feed.absent):
            self._absent += 1
            return feed.absent[self._absent - 1]
        if self._ready:
            return self._ready.popleft()
        entry = self._cursor.peek()
        if entry is None:
            return None
        if entry.before is not self._cursor.had or entry.description is not self._described:
            self._prepare(entry)
            if self._ready:
                return self._ready.popleft()
        return self._records(entry)

    def _prepare(self, entry: Entry[Batch]) -> None:
        """Say what was lost before the records, and what they are."""
        for name, lost in zip(self._feed.names, self._cursor.pass_gap(entry), strict=False):
            if lost:
                self._ready.append(messages.records_lost(name, lost))
        if entry.description is not self._described:
            described: Descriptions = entry.description  # type: ignore[assignment]  # the encoder's own
            for old, new in zip(self._described, described, strict=True):
                if new is not old:
                    self._ready.append(new)
            self._described = described

    def _records(self, entry: Entry[Batch]) -> bytes:
        """Return the records of this entry, and of those behind it that fit into the same message."""
        cursor = self._cursor
        assert entry.message is not None
        data, size = [entry.message.data], entry.size
        cursor.advance(entry)
        while (
            (following := cursor.peek()) is not None
            and following.message is not None
            and following.description is entry.description
            and following.before is entry.after
            and size + following.size <= MAX_MESSAGE_BYTES
        ):
            data.append(following.message.data)
            size += following.size
            cursor.advance(following)
            entry = following
        return data[0] if len(data) == 1 else b"".join(data)
