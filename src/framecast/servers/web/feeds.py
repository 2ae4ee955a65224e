"""All feeds of this process: one for each stream, quality and size that somebody looks at."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from framecast.bus import Channel, StreamStatus
from framecast.errors import FramecastError, NotEnoughMemory, NotFound, WouldBlock
from framecast.model import TrackName
from framecast.servers.web.feed import Feed
from framecast.servers.web.lingering import Lingering
from framecast.servers.web.part import Part
from framecast.servers.web.silence import Silence
from framecast.servers.web.viewer import Taste, Viewer, ViewerStats

# Each size is a process that scales and encodes.
MAX_FEEDS_A_STREAM = 8
MAX_FEEDS = 256
# Snapshots that `cache=` keeps.
MAX_CACHED = 64
MAX_VIEWERS = 2000

Key = tuple[str, str]
V = TypeVar("V", bound=Viewer)


class NoPicture(FramecastError):
    """The stream exists, but shows nothing now; the message says why."""


@dataclass(frozen=True, slots=True)
class Patience:
    """For a snapshot: how old a picture may be, how long its source may be silent, how long to wait for the first. Seconds."""

    cache_s: float
    stall_s: float
    timeout_s: float


class Feeds:
    """Gives feeds to viewers and snapshots. Event loop only."""

    def __init__(
        self, connect: Callable[[], Channel], every_s: Callable[[str], float] = lambda _: 0.0
    ) -> None:
        """`every_s` tells the usual time between pictures of a slow stream, else 0."""
        self._connect = connect
        self._every_s = every_s
        self._feeds: Lingering[Key, Feed] = Lingering()
        self._cached: OrderedDict[Key, Part] = OrderedDict()
        self._stats: dict[str, ViewerStats] = {}

    @property
    def count(self) -> int:
        """How many feeds are open."""
        return len(self._feeds)

    def viewers(self) -> dict[str, int]:
        """Return how many look at each stream."""
        counts = dict.fromkeys(self._stats, 0)
        for (stream, _), feed in self._feeds:
            counts[stream] = counts.get(stream, 0) + len(feed.viewers)
        return counts

    def stats(self) -> dict[str, ViewerStats]:
        """Return what the viewers of each stream got since the start."""
        return self._stats

    async def view(self, stream: str, track: TrackName, taste: Taste, timeout_s: float, kind: type[V]) -> V:
        """Return a viewer of that kind, of a feed that has something to show.

        Raises:
            NotFound: the stream has no pictures.
            WouldBlock: not even "no signal" came in time.
        """
        if sum(len(feed.viewers) for _, feed in self._feeds) >= MAX_VIEWERS:
            raise NotEnoughMemory(f"{MAX_VIEWERS} viewers are connected, and more are not served")
        with self._feed(stream, track) as feed:
            if feed.newest is None:
                await _within(feed.next(live=False), timeout_s, feed)
            viewer = kind(lambda: feed.newest, lambda gone: self._leave(feed, gone), feed.stats, taste)
            feed.viewers.add(viewer)
        return viewer

    async def snapshot(self, stream: str, track: TrackName, patience: Patience) -> Part:
        """Return a real picture, at most `cache_s` old; with 0 one that comes after this call.

        Of a stream whose pictures come less often than its `stall_s` it is the newest one, while the next is not overdue.

        All who ask at the same time get the same picture.

        Raises:
            NotFound: the stream has no pictures.
            NoPicture: its source has failed, or is silent for `stall_s`.
            WouldBlock: none came in time.
        """
        key = (stream, str(track))
        cache_s = patience.cache_s
        cached = self._cached.get(key)
        if cached is not None and cached.age_s <= cache_s:
            return cached
        with self._feed(stream, track) as feed:
            newest = feed.last
            if newest is None or (newest.age_s > cache_s and not feed.is_slow(patience.stall_s)):
                newest = await _within(_real(feed, patience), patience.timeout_s, feed)
        if cache_s:
            self._keep(key, newest)
        return newest

    def last(self, stream: str, track: TrackName) -> tuple[Part | None, tuple[int, int]]:
        """Return the newest real picture, however old, and how large one is expected to be; after `snapshot` has failed."""
        with self._feed(stream, track) as feed:
            return feed.last, feed.size

    def drop_stream(self, stream: str) -> None:
        """Forget a stream that was removed, and let its viewers go."""
        self._feeds.drop_stream(stream, NotFound(f"stream {stream} was removed"))
        self._stats.pop(stream, None)
        for key in [key for key in self._cached if key[0] == stream]:
            del self._cached[key]

    def drain(self) -> None:
        """Let everybody go."""
        self._feeds.drain()

    @contextmanager
    def _feed(self, stream: str, track: TrackName) -> Iterator[Feed]:
        """Give the feed of a track; on leaving it closes after a while, where nobody looks."""
        key = (stream, str(track))
        feed = self._feeds.find(key)
        if feed is None:
            self._check_room(stream)
            silence = Silence(monotonic(), StreamStatus(), every_s=lambda: self._every_s(stream))
            feed = Feed(stream, track, self._connect, silence, self._stats.setdefault(stream, ViewerStats()))
            self._feeds.add(key, feed)
        try:
            yield feed
        finally:
            self._feeds.release(key, feed)

    def _check_room(self, stream: str) -> None:
        same = sum(1 for (name, _), _ in self._feeds if name == stream)
        if same >= MAX_FEEDS_A_STREAM or len(self._feeds) >= MAX_FEEDS:
            raise NotEnoughMemory(
                f"{same} sizes and qualities of {stream} are being watched, {len(self._feeds)} of all streams: "
                "ask for one of them, or try again when a viewer has left"
            )

    def _leave(self, feed: Feed, viewer: Viewer) -> None:
        feed.viewers.discard(viewer)
        self._feeds.release((feed.stream, str(feed.track)), feed)

    def _keep(self, key: Key, picture: Part) -> None:
        self._cached[key] = picture
        self._cached.move_to_end(key)
        while len(self._cached) > MAX_CACHED:
            self._cached.popitem(last=False)


async def _real(feed: Feed, patience: Patience) -> Part:
    """Wait for a real picture, but not for a source that has failed or stalled."""
    while not (feed.has_failed or feed.is_stalled(patience.stall_s)):
        found = await feed.next(live=False)
        if found.live:
            return found
        if feed.last is not None and feed.last.age_s <= patience.cache_s:
            return feed.last
    raise NoPicture(f"{feed.stream} shows no picture now: {feed.words}", why=feed.words)


async def _within(wait: Awaitable[Part], timeout_s: float, feed: Feed) -> Part:
    try:
        async with asyncio.timeout(timeout_s):
            return await wait
    except TimeoutError as error:
        message = f"no picture of {feed.stream} came within {timeout_s:g} s: {feed.words}"
        raise WouldBlock(message, why=feed.words) from error
