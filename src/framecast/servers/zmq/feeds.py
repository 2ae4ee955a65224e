"""Who gets what on one port: all feeds, all subscribers, and which subscription makes which track flow.

A track is read while somebody subscribes to it, and for `LINGER_S` afterwards. Nothing subscribed is nothing read. A topic of a
stream that does not exist costs nothing until the stream comes. What finds no room (see `access.budget`) is tried again when a track closes.
Event loop only.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable

from framecast.bus import Channel
from framecast.model.status import Status
from framecast.servers.access.budget import Budget, Limits
from framecast.servers.zmq.dialect import Dialect, Key
from framecast.servers.zmq.feed import Feed
from framecast.servers.zmq.guest import Guest

LIMITS = Limits(feeds=256, feeds_a_client=128, renditions_a_stream=16, renditions_a_stream_and_client=8)
# A track is kept this long after its last subscriber, so that one who comes again finds it warm.
LINGER_S = 3.0
# Subscriptions that are tried again each time that there is room; further ones wait for the next time.
_RETRIED_AT_ONCE = 64
# Tracks that are closed and lost records, whose counts are kept: subscribers can name any number of sizes.
_GONE_KEPT = 1024

log = logging.getLogger("framecast.zmq")


class Feeds:
    """Gives tracks to subscribers; the `Host` of the guests of one port."""

    def __init__(self, dialect: Dialect, connect: Callable[[], Channel]) -> None:
        self.guests: set[Guest] = set()
        self.refused: Counter[str] = Counter()
        self.feeds: dict[Key, Feed] = {}
        self.sent = 0  # to guests that have gone
        self.gone: Counter[Key] = Counter()  # records lost in feeds that were closed
        self._dialect = dialect
        self._connect = connect
        self._names: dict[str, object] = {}  # streams that exist, and what they are made of
        self._closing: dict[Key, asyncio.TimerHandle] = {}
        self._budget = Budget[Key](LIMITS, lambda key: key[0], is_rendition)
        self._unserved: dict[tuple[Guest, bytes], None] = {}  # in the order in which they found no room

    # --- streams

    def on_stream(self, status: Status) -> None:
        """A stream came, or changed: subscriptions without a name may want it, and missing tracks may be there now."""
        name = status.name
        made_of = (status.source, [track.name for track in status.tracks])
        before = self._names.get(name)
        self._names[name] = made_of
        if before is None:
            for guest in tuple(self.guests):
                for topic in tuple(guest.topics):
                    self._ask(guest, topic, only=name)
        elif before != made_of:
            for (stream, _), feed in self.feeds.items():
                if stream == name and feed.missing:
                    feed.start()

    def on_removed(self, name: str) -> None:
        """A stream was removed: its tracks make room. Subscriptions find it again when it comes back."""
        self._names.pop(name, None)
        for key, feed in tuple(self.feeds.items()):
            if key[0] == name:
                self._close(key, feed)
        self._serve_unserved()

    # --- guests

    def on_subscribe(self, guest: Guest, topic: bytes) -> None:
        """Open what the topic names, and let the guest listen to whatever it matches."""
        self._ask(guest, topic)
        for key, feed in tuple(self.feeds.items()):
            if topic in guest.topics and guest not in feed.lanes and self._dialect.matches(key, topic):
                feed.join(guest)

    def on_unsubscribe(self, guest: Guest, topic: bytes) -> None:
        """Close what nobody asks for any more."""
        for key, feed in tuple(self.feeds.items()):
            if guest in feed.lanes and not self._selects(guest, key):
                feed.leave(guest)
            if (guest, topic) in feed.askers:
                feed.askers.discard((guest, topic))
                self._budget.discard(guest.client, key)
                self._release(key, feed)
        self._unserved.pop((guest, topic), None)

    def on_refused(self, reason: str) -> None:
        """Count it."""
        self.refused[reason] += 1

    def on_gone(self, guest: Guest) -> None:
        """Forget a guest."""
        self.guests.discard(guest)
        self.sent += guest.sent
        topics, guest.topics = guest.topics, set()
        for topic in topics:
            self.on_unsubscribe(guest, topic)

    def close(self) -> None:
        """Let everybody go."""
        for timer in self._closing.values():
            timer.cancel()
        self._closing.clear()
        for guest in tuple(self.guests):
            guest.close()
        for timer in self._closing.values():
            timer.cancel()
        for feed in self.feeds.values():
            feed.close()
        self.feeds.clear()
        self._unserved.clear()

    # --- tracks

    def _ask(self, guest: Guest, topic: bytes, only: str | None = None) -> None:
        for key in self._dialect.wanted(topic, self._names):
            if key[0] not in self._names or (only is not None and key[0] != only):
                continue
            feed = self._open(guest, key)
            if feed is None:
                self._unserved[guest, topic] = None
            elif (guest, topic) not in feed.askers:
                feed.askers.add((guest, topic))
                self._budget.add(guest.client, key)

    def _open(self, guest: Guest, key: Key) -> Feed | None:
        """Return what reads a track; None if the guest has its share, or there is no room."""
        feed = self.feeds.get(key)
        if feed is None:
            return self._open_new(key) if self._has_room(guest, key) else None
        timer = self._closing.pop(key, None)
        if timer is not None:
            timer.cancel()
        if feed.missing:
            feed.start()
        return feed

    def _open_new(self, key: Key) -> Feed:
        feed = self.feeds[key] = Feed(key, self._dialect, self._connect)
        self._budget.open(key)
        for guest in tuple(self.guests):
            if self._selects(guest, key):
                feed.join(guest)
        feed.start()
        return feed

    def _has_room(self, guest: Guest, key: Key) -> bool:
        """Make room for one more track, where the guest's share allows it."""
        while (shortage := self._budget.shortage(guest.client, key)) is not None:
            if shortage.gives_way is None:
                self.on_refused("tracks")
                log.debug(
                    "%s/%s is not served to %s: %s is %d", *key, guest.address, shortage.limit, shortage.count
                )
                return False
            self._take_away(shortage.gives_way)
        return True

    def _take_away(self, key: Key) -> None:
        """Close a track for another client's; those who asked for it may have it again when there is room."""
        feed = self.feeds[key]
        if feed.askers:
            self.on_refused("share")
            address = next(iter(feed.askers))[0].address
            log.warning("%s/%s is taken from the subscriber at %s, which has the most tracks", *key, address)
        self._unserved.update(dict.fromkeys(feed.askers))
        self._close(key, feed)

    def _selects(self, guest: Guest, key: Key) -> bool:
        return any(self._dialect.matches(key, topic) for topic in guest.topics)

    def _release(self, key: Key, feed: Feed) -> None:
        if not feed.askers and key not in self._closing:
            loop = asyncio.get_running_loop()
            self._closing[key] = loop.call_later(LINGER_S, self._close_unused, key)

    def _close_unused(self, key: Key) -> None:
        self._closing.pop(key, None)
        feed = self.feeds.get(key)
        if feed is not None and not feed.askers:
            self._close(key, feed)
            self._serve_unserved()

    def _close(self, key: Key, feed: Feed) -> None:
        timer = self._closing.pop(key, None)
        if timer is not None:
            timer.cancel()
        del self.feeds[key]
        self._budget.close(key)
        feed.askers.clear()
        feed.close()
        if feed.dropped:
            self.gone[key] += feed.dropped
        while len(self.gone) > _GONE_KEPT:
            del self.gone[next(iter(self.gone))]

    def _serve_unserved(self) -> None:
        """There is room again."""
        for guest, topic in list(self._unserved)[:_RETRIED_AT_ONCE]:
            del self._unserved[guest, topic]
            self._ask(guest, topic)


def is_rendition(key: Key) -> bool:
    """True for a track that a process of its own makes: another format, size or coding than the stream's own tracks have."""
    track = key[1]
    return str(track) != track.base or track.base == "jpeg"
