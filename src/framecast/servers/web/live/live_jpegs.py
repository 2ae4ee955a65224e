"""All live JPEGs of this process: one for each stream, quality and size that has a viewer."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar

from framecast.bus import Channel, StreamStatus
from framecast.errors import NotEnoughMemory, NotFound, WouldBlock
from framecast.fanout.lingering import Lingering
from framecast.model import TrackName
from framecast.servers.access.budget import Limit, Limits, shortage_of
from framecast.servers.web.http.answers import NoPicture
from framecast.servers.web.live.jpeg_picture import JpegPicture
from framecast.servers.web.live.live_jpeg import LiveJpeg
from framecast.servers.web.live.mjpeg_viewer import MjpegOptions, MjpegViewer, ViewerStats
from framecast.servers.web.live.silence import Silence

# Each size is a process that scales and encodes.
LIMITS = Limits(feeds=256, renditions_a_stream=8)
# Snapshots that `cache=` keeps.
MAX_CACHED = 64
MAX_VIEWERS = 2000

Key = tuple[str, str]
V = TypeVar("V", bound=MjpegViewer)


@dataclass(frozen=True, slots=True)
class Patience:
    """For a snapshot: how old a picture may be, how long its source may be silent, how long to wait for the first. Seconds."""

    cache_s: float
    stall_s: float
    timeout_s: float


class LiveJpegs:
    """Gives live JPEGs to viewers and snapshots. Event loop only."""

    def __init__(
        self, connect: Callable[[], Channel], every_s: Callable[[str], float] = lambda _: 0.0
    ) -> None:
        """`every_s` gives the usual time between pictures of a slow stream, else 0."""
        self._connect = connect
        self._every_s = every_s
        self._live_jpegs: Lingering[Key, LiveJpeg] = Lingering()
        self._cached: OrderedDict[Key, JpegPicture] = OrderedDict()
        self._stats: dict[str, ViewerStats] = {}

    @property
    def count(self) -> int:
        """How many live JPEGs are open."""
        return len(self._live_jpegs)

    def viewers(self) -> dict[str, int]:
        """Return how many viewers each stream has."""
        counts = dict.fromkeys(self._stats, 0)
        for (stream, _), live_jpeg in self._live_jpegs:
            counts[stream] = counts.get(stream, 0) + len(live_jpeg.viewers)
        return counts

    def stats(self) -> dict[str, ViewerStats]:
        """Return what the viewers of each stream got since the start."""
        return self._stats

    async def view(
        self, stream: str, track: TrackName, options: MjpegOptions, timeout_s: float, kind: type[V]
    ) -> V:
        """Return a viewer of that kind, of a live JPEG that has something to show.

        Raises:
            NotFound: the stream has no pictures.
            WouldBlock: not even "no signal" came in time.
        """
        if sum(len(live_jpeg.viewers) for _, live_jpeg in self._live_jpegs) >= MAX_VIEWERS:
            raise NotEnoughMemory(
                f"{MAX_VIEWERS} viewers are connected, which is the limit: try again when one has left"
            )
        with self._live_jpeg(stream, track) as live_jpeg:
            if live_jpeg.newest is None:
                await _within(live_jpeg.next(live=False), timeout_s, live_jpeg)
            viewer = kind(
                lambda: live_jpeg.newest, lambda gone: self._leave(live_jpeg, gone), live_jpeg.stats, options
            )
            live_jpeg.viewers.add(viewer)
        return viewer

    async def snapshot(self, stream: str, track: TrackName, patience: Patience) -> JpegPicture:
        """Return a real picture, at most `cache_s` old; with 0 one that comes after this call.

        Of a stream whose pictures come less often than its `stall_s` it is the newest one, while the next is not overdue.

        All calls at the same time get the same picture.

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
        with self._live_jpeg(stream, track) as live_jpeg:
            newest = live_jpeg.last
            if newest is None or (newest.age_s > cache_s and not live_jpeg.is_slow(patience.stall_s)):
                newest = await _within(_real(live_jpeg, patience), patience.timeout_s, live_jpeg)
        if cache_s:
            self._keep(key, newest)
        return newest

    def last(self, stream: str, track: TrackName) -> tuple[JpegPicture | None, tuple[int, int]]:
        """Return the newest real picture, however old, and how large one is expected to be; after `snapshot` has failed."""
        with self._live_jpeg(stream, track) as live_jpeg:
            return live_jpeg.last, live_jpeg.size

    def drop_stream(self, stream: str) -> None:
        """Forget a stream that was removed, and close its viewers."""
        self._live_jpegs.drop_stream(stream, NotFound(f"stream {stream} was removed"))
        self._stats.pop(stream, None)
        for key in [key for key in self._cached if key[0] == stream]:
            del self._cached[key]

    def drain(self) -> None:
        """Close all."""
        self._live_jpegs.drain()

    @contextmanager
    def _live_jpeg(self, stream: str, track: TrackName) -> Iterator[LiveJpeg]:
        """Give the live JPEG of a track; after the `with` it closes in a while if it has no viewers."""
        key = (stream, str(track))
        live_jpeg = self._live_jpegs.find(key)
        if live_jpeg is None:
            self._check_room(stream)
            silence = Silence(monotonic(), StreamStatus(), every_s=lambda: self._every_s(stream))
            live_jpeg = LiveJpeg(
                stream, track, self._connect, silence, self._stats.setdefault(stream, ViewerStats())
            )
            self._live_jpegs.add(key, live_jpeg)
        try:
            yield live_jpeg
        finally:
            self._live_jpegs.release(key, live_jpeg)

    def _check_room(self, stream: str) -> None:
        shortage = shortage_of(LIMITS, [name for (name, _), _ in self._live_jpegs], stream)
        if shortage is not None:
            of = stream if shortage.limit is Limit.RENDITIONS_A_STREAM else "all streams"
            raise NotEnoughMemory(
                f"{shortage.count} sizes and qualities of {of} are being watched, which is the limit: "
                "ask for one of them, or try again when a viewer has left"
            )

    def _leave(self, live_jpeg: LiveJpeg, viewer: MjpegViewer) -> None:
        live_jpeg.viewers.discard(viewer)
        self._live_jpegs.release((live_jpeg.stream, str(live_jpeg.track)), live_jpeg)

    def _keep(self, key: Key, picture: JpegPicture) -> None:
        self._cached[key] = picture
        self._cached.move_to_end(key)
        while len(self._cached) > MAX_CACHED:
            self._cached.popitem(last=False)


async def _real(live_jpeg: LiveJpeg, patience: Patience) -> JpegPicture:
    """Wait for a real picture, but not for a source that has failed or stalled."""
    while not (live_jpeg.has_failed or live_jpeg.is_stalled(patience.stall_s)):
        found = await live_jpeg.next(live=False)
        if found.live:
            return found
        if live_jpeg.last is not None and live_jpeg.last.age_s <= patience.cache_s:
            return live_jpeg.last
    raise NoPicture(f"{live_jpeg.stream} shows no picture now: {live_jpeg.words}", why=live_jpeg.words)


async def _within(wait: Awaitable[JpegPicture], timeout_s: float, live_jpeg: LiveJpeg) -> JpegPicture:
    try:
        async with asyncio.timeout(timeout_s):
            return await wait
    except TimeoutError as error:
        message = f"no picture of {live_jpeg.stream} came within {timeout_s:g} s: {live_jpeg.words}"
        raise WouldBlock(message, why=live_jpeg.words) from error
