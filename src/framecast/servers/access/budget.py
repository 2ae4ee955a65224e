"""The one budget of a server: how many feeds it keeps open, for how many clients, and which feed gives way. Pure.

A feed is read for every client that asks for it. A client is bounded in all, and on each stream in renditions, because each rendition
is a process. If the server or a stream has no room, a feed without a client gives way first, then one of the client that has the most
feeds for itself, if that is more than the newcomer would have. So no client starves another. One event loop calls it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
Client = str
UNLIMITED = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one server keeps open; `UNLIMITED` sets no limit."""

    feeds: int
    feeds_a_client: int = UNLIMITED
    renditions_a_stream: int = UNLIMITED
    renditions_a_stream_and_client: int = UNLIMITED


class Limit(StrEnum):
    """Which limit leaves no room; each has the name of its field in `Limits`."""

    FEEDS = "feeds"
    FEEDS_A_CLIENT = "feeds_a_client"
    RENDITIONS_A_STREAM = "renditions_a_stream"
    RENDITIONS_A_STREAM_AND_CLIENT = "renditions_a_stream_and_client"


@dataclass(frozen=True, slots=True)
class Shortage(Generic[K]):
    """Why a feed has no room: `limit`, and how many feeds count against it (`count`).

    `gives_way` is the open feed that the server may close to make room, None if no feed gives way.
    """

    limit: Limit
    count: int
    gives_way: K | None = None


def shortage_of(limits: Limits, streams: Sequence[str], stream: str) -> Shortage[str] | None:
    """Return why one more feed of `stream` has no room, for a server whose feeds are all renditions and belong to no single client.

    `streams` has the stream of each open feed, once for each.
    """
    same = streams.count(stream)
    if _reached(same, limits.renditions_a_stream):
        return Shortage(Limit.RENDITIONS_A_STREAM, same)
    if _reached(len(streams), limits.feeds):
        return Shortage(Limit.FEEDS, len(streams))
    return None


class Budget(Generic[K]):
    """The open feeds of a server by their keys, and which clients ask for each.

    `stream_of` returns the stream of a key; `is_rendition` is true for a key that counts against the limits of its stream.
    """

    def __init__(
        self, limits: Limits, stream_of: Callable[[K], str], is_rendition: Callable[[K], bool]
    ) -> None:
        self.limits = limits
        self._stream_of = stream_of
        self._is_rendition = is_rendition
        self._clients: dict[K, Counter[Client]] = {}  # how many requests of each client ask for a feed
        self._keys: dict[Client, dict[K, None]] = {}  # in the order in which they were asked for

    def open(self, key: K) -> None:
        """Count a feed from now on."""
        self._clients[key] = Counter()

    def close(self, key: K) -> None:
        """Count a feed no more."""
        for client in self._clients.pop(key):
            self._drop(client, key)

    def add(self, client: Client, key: K) -> None:
        """Note that a client asks for an open feed, once more."""
        self._clients[key][client] += 1
        self._keys.setdefault(client, {})[key] = None

    def discard(self, client: Client, key: K) -> None:
        """Note that one of these requests has ended."""
        clients = self._clients[key]
        clients[client] -= 1
        if not clients[client]:
            del clients[client]
            self._drop(client, key)

    def shortage(self, client: Client, key: K) -> Shortage[K] | None:
        """Return why a client may not open one more feed, None if it may.

        After the feed that gives way is closed there may still be a shortage: ask again.
        """
        return self._shortage_of_client(client, key) or self._shortage_of_server(client, key)

    def _shortage_of_client(self, client: Client, key: K) -> Shortage[K] | None:
        limits, own = self.limits, self._keys.get(client, {})
        if _reached(len(own), limits.feeds_a_client):
            return Shortage(Limit.FEEDS_A_CLIENT, len(own))
        if limits.renditions_a_stream_and_client and self._is_rendition(key):
            count = len(self._renditions(own, key))
            if _reached(count, limits.renditions_a_stream_and_client):
                return Shortage(Limit.RENDITIONS_A_STREAM_AND_CLIENT, count)
        return None

    def _shortage_of_server(self, client: Client, key: K) -> Shortage[K] | None:
        limits = self.limits
        if limits.renditions_a_stream and self._is_rendition(key):
            crowd = self._renditions(self._clients, key)
            if _reached(len(crowd), limits.renditions_a_stream):
                return Shortage(Limit.RENDITIONS_A_STREAM, len(crowd), self._giving_way(client, crowd))
        if _reached(len(self._clients), limits.feeds):
            return Shortage(Limit.FEEDS, len(self._clients), self._giving_way(client, self._clients))
        return None

    def _giving_way(self, client: Client, crowd: Iterable[K]) -> K | None:
        """Return which feed of `crowd` gives way to one of `client`, None if no other client has more."""
        alone: dict[Client, list[K]] = {}
        for key in crowd:
            clients = self._clients[key]
            if not clients:
                return key
            if len(clients) == 1:
                alone.setdefault(next(iter(clients)), []).append(key)
        own = len(alone.pop(client, ()))
        most = max(alone.values(), key=len, default=[])
        return most[-1] if len(most) > own + 1 else None

    def _renditions(self, keys: Iterable[K], like: K) -> list[K]:
        stream = self._stream_of(like)
        return [key for key in keys if self._stream_of(key) == stream and self._is_rendition(key)]

    def _drop(self, client: Client, key: K) -> None:
        keys = self._keys[client]
        del keys[key]
        if not keys:
            del self._keys[client]


def _reached(count: int, limit: int) -> bool:
    return limit != UNLIMITED and count >= limit
