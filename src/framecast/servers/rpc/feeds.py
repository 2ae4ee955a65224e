"""All feeds of this process, one for each wish that somebody has. A feed ends with its last client, at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from framecast.bus import Channel
from framecast.errors import Closed, NotEnoughMemory
from framecast.servers.rpc.feed import Feed
from framecast.servers.rpc.wish import Wish

# Each is a subscriber a track and a log; clients that want the same share one.
MAX_FEEDS = 256
MAX_FEEDS_A_STREAM = 32
# What all logs may hold before a further feed is refused.
MAX_BYTES = 1 << 30
# Streams whose losses are remembered.
MAX_COUNTED = 1024


class Feeds:
    """Gives feeds to clients. Event loop only."""

    def __init__(self, connect: Callable[[], Channel]) -> None:
        self.watchers: Counter[str] = Counter()  # by stream, now
        self.lost: Counter[str] = Counter()  # by stream, since the start
        self._connect = connect
        self._feeds: dict[Wish, Feed] = {}
        self._users: Counter[Feed] = Counter()
        self._draining = False

    @property
    def count(self) -> int:
        """How many feeds are open."""
        return len(self._users)

    @contextmanager
    def feed(self, wish: Wish) -> Iterator[Feed]:
        """Give the feed of a wish for as long as the context lasts.

        Raises:
            NotEnoughMemory: too many different ones are open.
            Closed: the server is stopping.
        """
        found = self._find(wish)
        self._users[found] += 1
        self.watchers[wish.stream] += 1
        try:
            yield found
        finally:
            self._leave(found)

    def drain(self) -> None:
        """End all; their clients are told to call again."""
        self._draining = True
        for feed in tuple(self._users):
            feed.close(_stopping())

    def _find(self, wish: Wish) -> Feed:
        if self._draining:
            raise _stopping()
        found = self._feeds.get(wish)
        if found is None or found.failure is not None:
            self._check_room(wish.stream)
            self._forget_counts()
            found = self._feeds[wish] = Feed(wish, self._connect, self.lost)
        return found

    def _check_room(self, stream: str) -> None:
        same = sum(1 for feed in self._users if feed.wish.stream == stream)
        if same >= MAX_FEEDS_A_STREAM or self.count >= MAX_FEEDS:
            raise NotEnoughMemory(
                f"{same} different selections of {stream} are being read, {self.count} of all streams: "
                "ask for the same tracks, rate and batch_ms as others, or try again later"
            )
        held = sum(feed.log.bytes for feed in self._users)
        if held > MAX_BYTES:
            raise NotEnoughMemory(
                f"the readers of all streams hold {held >> 20} MiB, and more are not served"
            )

    def _forget_counts(self) -> None:
        """Streams come and go; what is counted of the one that came first is forgotten first."""
        while len(self.lost) > MAX_COUNTED:
            del self.lost[next(iter(self.lost))]

    def _leave(self, feed: Feed) -> None:
        stream = feed.wish.stream
        self.watchers[stream] -= 1
        if not self.watchers[stream]:
            del self.watchers[stream]
        self._users[feed] -= 1
        if not self._users[feed]:
            del self._users[feed]
            if self._feeds.get(feed.wish) is feed:
                del self._feeds[feed.wish]
            feed.close(Closed(f"nobody reads {stream} any more"))


def _stopping() -> Closed:
    return Closed("the server is stopping: call again, it may come back")
