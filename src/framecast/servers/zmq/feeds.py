"""Which subscriber gets what on one port: all feeds, all connections, and which subscription makes which track flow.

A track is read while a subscription names it, and for a while afterwards (`fanout.lingering`). Nothing else is read. A topic of a
stream that does not exist costs nothing until the stream comes. What finds no room (see `access.budget`) is tried again when a feed closes.
Event loop only.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from framecast.bus import Channel
from framecast.errors import NotFound
from framecast.fanout.lingering import Lingering
from framecast.model.status import Status
from framecast.servers.access.budget import Budget, Limits
from framecast.servers.zmq.connection import Connection
from framecast.servers.zmq.dialect import Dialect, Key
from framecast.servers.zmq.track_feed import TrackFeed

LIMITS = Limits(feeds=256, feeds_a_client=128, renditions_a_stream=16, renditions_a_stream_and_client=8)
# Subscriptions that are tried again each time that there is room; further ones wait for the next time.
_RETRIED_AT_ONCE = 64
# Tracks that are closed and lost records, whose counts are kept: subscribers can name any number of sizes.
_COUNTS_KEPT = 1024

log = logging.getLogger("framecast.zmq")


class Feeds:
    """Gives tracks to subscribers; the `Owner` of the connections of one port."""

    def __init__(self, dialect: Dialect, connect: Callable[[], Channel]) -> None:
        self.connections: set[Connection] = set()
        self.refused: Counter[str] = Counter()
        self.sent = 0  # on connections that have ended
        self._dialect = dialect
        self._connect = connect
        self._feeds: Lingering[Key, TrackFeed] = Lingering(on_closed=self._on_closed)
        self._lost: Counter[Key] = Counter()  # in feeds that are closed
        self._streams: dict[str, object] = {}  # those that exist, and what they are made of
        self._budget = Budget[Key](LIMITS, lambda key: key[0], is_rendition)
        self._unserved: dict[tuple[Connection, bytes], None] = {}  # in the order in which they found no room
        self._serving: asyncio.Handle | None = None

    @property
    def count(self) -> int:
        """How many tracks are read."""
        return len(self._feeds)

    def lost(self) -> Counter[Key]:
        """Return how many records subscribers lost so far, by track."""
        counts = self._lost.copy()
        for key, feed in self._feeds:
            counts[key] += feed.log.lost
        return counts

    # --- streams

    def on_stream(self, status: Status) -> None:
        """A stream came, or changed: subscriptions without a name may want it, and absent tracks may be there now."""
        name = status.name
        made_of = (status.source, [track.name for track in status.tracks])
        before = self._streams.get(name)
        self._streams[name] = made_of
        if before is None:
            for connection in tuple(self.connections):
                for topic in tuple(connection.topics):
                    self._request(connection, topic, only=name)
        elif before != made_of:
            for (stream, _), feed in self._feeds:
                if stream == name and feed.is_absent:
                    feed.start()

    def on_removed(self, name: str) -> None:
        """A stream was removed: its tracks make room. Subscriptions find it again when it comes back."""
        self._streams.pop(name, None)
        self._feeds.drop_stream(name, NotFound(f"stream {name} was removed"))
        self._serve_unserved()

    # --- connections

    def on_subscribe(self, connection: Connection, topic: bytes) -> None:
        """Open what the topic names, and let the connection have whatever it matches."""
        self._request(connection, topic)
        for key, feed in tuple(self._feeds):
            if (
                topic in connection.topics
                and connection not in feed.cursors
                and connection.sees(key[0])
                and self._dialect.matches(key, topic)
            ):
                feed.join(connection)

    def on_unsubscribe(self, connection: Connection, topic: bytes) -> None:
        """Let go of what no subscription names any more."""
        for key, feed in tuple(self._feeds):
            if connection in feed.cursors and not self._selects(connection, key):
                feed.leave(connection)
            if (connection, topic) in feed.requests:
                self._end_request(key, feed, (connection, topic))
        self._unserved.pop((connection, topic), None)

    def on_judged(self, connection: Connection) -> None:
        """What the connection may get has changed: take away what it may not, and give it what its topics name now."""
        for key, feed in tuple(self._feeds):
            if connection.sees(key[0]):
                if connection not in feed.cursors and self._selects(connection, key):
                    feed.join(connection)
                continue
            if connection in feed.cursors:
                feed.leave(connection)
            for request in [one for one in feed.requests if one[0] is connection]:
                self._end_request(key, feed, request)
        for topic in tuple(connection.topics):
            self._request(connection, topic)

    def on_refused(self, reason: str) -> None:
        """Count it."""
        self.refused[reason] += 1

    def on_gone(self, connection: Connection) -> None:
        """Forget a connection."""
        self.connections.discard(connection)
        self.sent += connection.sent
        topics, connection.topics = connection.topics, set()
        for topic in topics:
            self.on_unsubscribe(connection, topic)

    def close(self) -> None:
        """Disconnect all subscribers."""
        for connection in tuple(self.connections):
            connection.close()
        self._feeds.drain()
        self._unserved.clear()

    # --- tracks

    def _request(self, connection: Connection, topic: bytes, only: str | None = None) -> None:
        for key in self._dialect.wanted(topic, self._streams):
            if key[0] not in self._streams or (only is not None and key[0] != only):
                continue
            if not connection.sees(key[0]):
                continue
            feed = self._open(connection, key)
            if feed is None:
                self._unserved[connection, topic] = None
            elif (connection, topic) not in feed.requests:
                feed.requests.add((connection, topic))
                self._budget.add(connection.client, key)

    def _end_request(self, key: Key, feed: TrackFeed, request: tuple[Connection, bytes]) -> None:
        feed.requests.discard(request)
        self._budget.discard(request[0].client, key)
        self._feeds.release(key, feed)

    def _open(self, connection: Connection, key: Key) -> TrackFeed | None:
        """Return what reads a track; None if the client has its share, or there is no room."""
        feed = self._feeds.find(key)
        if feed is None:
            return self._open_new(key) if self._has_room(connection, key) else None
        if feed.is_absent:
            feed.start()
        return feed

    def _open_new(self, key: Key) -> TrackFeed:
        feed = TrackFeed(key, self._dialect, self._connect)
        self._feeds.add(key, feed)
        self._budget.open(key)
        for connection in tuple(self.connections):
            if self._selects(connection, key):
                feed.join(connection)
        return feed

    def _has_room(self, connection: Connection, key: Key) -> bool:
        """Make room for one more track, if the client's share allows it."""
        while (shortage := self._budget.shortage(connection.client, key)) is not None:
            if shortage.gives_way is None:
                self.on_refused("tracks")
                limit, count = shortage.limit, shortage.count
                log.debug("%s/%s is not served to %s: %s is %d", *key, connection.address, limit, count)
                return False
            self._take_away(shortage.gives_way)
        return True

    def _take_away(self, key: Key) -> None:
        """Close a track for another client's; its subscribers may have it again when there is room."""
        feed = self._feeds.find(key)
        assert feed is not None
        if feed.requests:
            self.on_refused("share")
            address = next(iter(feed.requests))[0].address
            log.warning("%s/%s is taken from the subscriber at %s, which has the most tracks", *key, address)
        self._unserved.update(dict.fromkeys(feed.requests))
        self._feeds.close(key)

    def _selects(self, connection: Connection, key: Key) -> bool:
        return connection.sees(key[0]) and any(
            self._dialect.matches(key, topic) for topic in connection.topics
        )

    def _on_closed(self, key: Key, feed: TrackFeed) -> None:
        """Keep its count. A feed that no subscription names makes room for others."""
        self._budget.close(key)
        lost = feed.log.lost
        if lost:
            self._lost[key] += lost
            while len(self._lost) > _COUNTS_KEPT:
                del self._lost[next(iter(self._lost))]
        if not feed.requests and self._unserved and self._serving is None:
            self._serving = asyncio.get_running_loop().call_soon(self._serve_unserved)

    def _serve_unserved(self) -> None:
        """There is room again."""
        self._serving = None
        for connection, topic in list(self._unserved)[:_RETRIED_AT_ONCE]:
            del self._unserved[connection, topic]
            self._request(connection, topic)


def is_rendition(key: Key) -> bool:
    """True for a track that a process of its own makes: another format, size or coding than the stream's own tracks have."""
    track = key[1]
    return str(track) != track.base or track.base == "jpeg"
