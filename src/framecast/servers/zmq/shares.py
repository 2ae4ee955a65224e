"""Fair shares of what one port reads: which client asks for which tracks, and who gives way when there are too many.

A track is read for every client that asks for it. A client is bounded in all, and on each stream in renditions, since each of these is
a process. If the port or a stream has no room, a track that nobody asks for any more gives way first, then one of the client
that has the most tracks for itself, if that is more than the newcomer would have. So no client starves another. Pure; event loop only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from framecast.servers.zmq.dialect import Key

MAX_FEEDS = 256
MAX_FEEDS_A_CLIENT = 128
MAX_RENDITIONS_A_STREAM = 16
MAX_RENDITIONS_A_STREAM_AND_CLIENT = 8

Client = str


class Shares:
    """The open tracks, and who asks for each."""

    def __init__(self) -> None:
        self._clients: dict[
            Key, Counter[Client]
        ] = {}  # how many subscriptions of each client ask for a track
        self._keys: dict[Client, dict[Key, None]] = {}  # in the order in which they were asked for

    def open(self, key: Key) -> None:
        """A track is read from now on."""
        self._clients[key] = Counter()

    def close(self, key: Key) -> None:
        """A track is read no more."""
        for client in self._clients.pop(key):
            self._drop(client, key)

    def add(self, client: Client, key: Key) -> None:
        """A subscription of a client asks for an open track."""
        self._clients[key][client] += 1
        self._keys.setdefault(client, {})[key] = None

    def discard(self, client: Client, key: Key) -> None:
        """One of these subscriptions has ended."""
        clients = self._clients[key]
        clients[client] -= 1
        if not clients[client]:
            del clients[client]
            self._drop(client, key)

    def refusal(self, client: Client, key: Key) -> str:
        """Return why a client may not ask for one more track, '' if it may."""
        own = self._keys.get(client, {})
        if len(own) >= MAX_FEEDS_A_CLIENT:
            return f"this client reads {MAX_FEEDS_A_CLIENT} tracks already"
        if is_rendition(key) and len(_renditions(own, key[0])) >= MAX_RENDITIONS_A_STREAM_AND_CLIENT:
            return f"this client reads {MAX_RENDITIONS_A_STREAM_AND_CLIENT} renditions of this stream already"
        return ""

    def crowd(self, key: Key) -> list[Key]:
        """Return the open tracks among which one has to give way before `key` can be opened; empty if there is room."""
        if is_rendition(key):
            renditions = _renditions(self._clients, key[0])
            if len(renditions) >= MAX_RENDITIONS_A_STREAM:
                return renditions
        return list(self._clients) if len(self._clients) >= MAX_FEEDS else []

    def giving_way(self, client: Client, crowd: Iterable[Key]) -> Key | None:
        """Return which track of `crowd` gives way to one of `client`, None if no other client has more."""
        alone: dict[Client, list[Key]] = {}
        for key in crowd:
            clients = self._clients[key]
            if not clients:
                return key
            if len(clients) == 1:
                alone.setdefault(next(iter(clients)), []).append(key)
        own = len(alone.pop(client, ()))
        most = max(alone.values(), key=len, default=[])
        return most[-1] if len(most) > own + 1 else None

    def _drop(self, client: Client, key: Key) -> None:
        keys = self._keys[client]
        del keys[key]
        if not keys:
            del self._keys[client]


def is_rendition(key: Key) -> bool:
    """True for a track that a process of its own makes: another format, size or coding than the stream's own tracks have."""
    track = key[1]
    return str(track) != track.base or track.base == "jpeg"


def _renditions(keys: Iterable[Key], stream: str) -> list[Key]:
    return [key for key in keys if key[0] == stream and is_rendition(key)]
