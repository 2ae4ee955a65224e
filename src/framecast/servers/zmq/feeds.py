"""Who gets what on one port: all feeds, all subscribers, and which subscription makes which track flow.

A track is read while somebody subscribes to it, and for `LINGER_S` afterwards. Nothing subscribed is nothing read. Event
loop only.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from framecast.bus import Channel
from framecast.servers.zmq.dialect import Dialect, Key
from framecast.servers.zmq.feed import Feed
from framecast.servers.zmq.guest import Guest

# A track is kept this long after its last subscriber, so that one who comes again finds it warm.
LINGER_S = 3.0
MAX_FEEDS = 256

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

    # --- streams

    def on_stream(self, status: Mapping[str, Any]) -> None:
        """A stream came, or changed: subscriptions without a name may want it, and missing tracks may be there now."""
        name = str(status.get("name"))
        made_of = (status.get("source"), [track.get("name") for track in status.get("tracks") or ()])
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
        """A stream was removed; its readers hear that from the bus."""
        self._names.pop(name, None)

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
                self._release(key, feed)

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

    # --- tracks

    def _ask(self, guest: Guest, topic: bytes, only: str | None = None) -> None:
        for key in self._dialect.wanted(topic, self._names):
            if only is None or key[0] == only:
                feed = self._open(key)
                if feed is not None:
                    feed.askers.add((guest, topic))

    def _open(self, key: Key) -> Feed | None:
        timer = self._closing.pop(key, None)
        if timer is not None:
            timer.cancel()
        feed = self.feeds.get(key)
        if feed is not None:
            if feed.missing:
                feed.start()
            return feed
        if len(self.feeds) >= MAX_FEEDS:
            self.on_refused("tracks")
            log.warning("%s/%s is not served: %d tracks are being read already", *key, MAX_FEEDS)
            return None
        feed = self.feeds[key] = Feed(key, self._dialect, self._connect)
        for guest in tuple(self.guests):
            if self._selects(guest, key):
                feed.join(guest)
        feed.start()
        return feed

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
            del self.feeds[key]
            feed.close()
            self.gone[key] += feed.dropped
