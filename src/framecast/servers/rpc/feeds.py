"""All feeds of this process, one for each selection that a client reads. A feed ends with its last client, at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from framecast.bus import Channel
from framecast.errors import Closed, NotEnoughMemory
from framecast.fanout.lingering import Lingering
from framecast.servers.access.budget import Limit, Limits, shortage_of
from framecast.servers.rpc.read_feed import ReadFeed
from framecast.servers.rpc.selection import Selection

# Each is a subscriber a track and a log; clients that want the same share one.
LIMITS = Limits(feeds=256, renditions_a_stream=32)
# What all logs may hold before a further feed is refused.
MAX_BYTES = 1 << 30
# Streams whose losses are remembered.
MAX_COUNTED = 1024

Key = tuple[str, Selection]


class Feeds:
    """Gives feeds to clients. Event loop only."""

    def __init__(self, connect: Callable[[], Channel]) -> None:
        self._connect = connect
        self._feeds: Lingering[Key, ReadFeed] = Lingering(None, self._on_closed)
        self._lost: Counter[str] = Counter()  # in feeds that are closed
        self._draining = False

    @property
    def count(self) -> int:
        """How many feeds are open."""
        return len(self._feeds)

    def clients(self) -> Counter[str]:
        """Return how many clients read each stream now."""
        counts: Counter[str] = Counter()
        for (stream, _), feed in self._feeds:
            counts[stream] += feed.users
        return counts

    def lost(self) -> Counter[str]:
        """Return how many records slow clients lost since the start, by stream."""
        counts = self._lost.copy()
        for (stream, _), feed in self._feeds:
            if feed.log.lost:
                counts[stream] += feed.log.lost
        return counts

    @contextmanager
    def feed(self, selection: Selection) -> Iterator[ReadFeed]:
        """Give the feed of a selection for as long as the context lasts.

        Raises:
            NotEnoughMemory: too many different ones are open.
            Closed: the server is stopping.
        """
        key = (selection.stream, selection)
        found = self._find(key)
        found.users += 1
        try:
            yield found
        finally:
            found.users -= 1
            self._feeds.release(key, found)

    def drain(self) -> None:
        """End all; their clients are asked to call again."""
        self._draining = True
        self._feeds.drain(_stopping())

    def _find(self, key: Key) -> ReadFeed:
        if self._draining:
            raise _stopping()
        found = self._feeds.find(key)
        if found is None:
            self._check_room(key[0])
            found = ReadFeed(key[1], self._connect)
            self._feeds.add(key, found)
        return found

    def _check_room(self, stream: str) -> None:
        shortage = shortage_of(LIMITS, [name for (name, _), _ in self._feeds], stream)
        if shortage is not None:
            of = stream if shortage.limit is Limit.RENDITIONS_A_STREAM else "all streams"
            raise NotEnoughMemory(
                f"{shortage.count} different selections of {of} are being read, which is the limit: "
                "ask for the same tracks, rate and batch_ms as others, or try again later"
            )
        held = sum(feed.log.bytes for _, feed in self._feeds)
        if held > MAX_BYTES:
            raise NotEnoughMemory(
                f"the readers of all streams hold {held >> 20} MiB, and at most {MAX_BYTES >> 20} MiB are allowed: "
                "try again later"
            )

    def _on_closed(self, key: Key, feed: ReadFeed) -> None:
        """Keep its count. Streams come and go; what is counted of the one that came first is forgotten first."""
        if feed.log.lost:
            self._lost[key[0]] += feed.log.lost
            while len(self._lost) > MAX_COUNTED:
                del self._lost[next(iter(self._lost))]


def _stopping() -> Closed:
    return Closed("the server is stopping: call again, it may come back")
