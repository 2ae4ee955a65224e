"""All live MP4s of this process: one for each stream and coding that has a viewer.

Event loop only. A player gets the live MP4 whose tracks it can play. The stream's own tracks are read first, because only
they show what they are.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

from framecast.bus import Channel, StreamStatus
from framecast.errors import NotEnoughMemory, NotFound
from framecast.fanout.coding import NATIVE, Choice, Wanted, choose
from framecast.fanout.lingering import Lingering
from framecast.media import initsegment
from framecast.servers.access.budget import Limits, shortage_of
from framecast.servers.web.live.live_mp4 import LiveMp4
from framecast.servers.web.live.mp4_viewer import Mp4Viewer
from framecast.servers.web.live.silence import Silence

LIMITS = Limits(feeds=512)
MAX_VIEWERS = 4000

Key = tuple[str, Choice]


@dataclass(slots=True)
class Mp4Stats:
    """What the viewers of a stream's live MP4s lost."""

    lost_groups: int = 0
    cut: int = 0


class LiveMp4s:
    """Gives live MP4s to viewers."""

    def __init__(
        self, connect: Callable[[], Channel], every_s: Callable[[str], float] = lambda _: 0.0
    ) -> None:
        """`every_s` gives the usual time between pictures of a slow stream, else 0."""
        self._connect = connect
        self._every_s = every_s
        self._live_mp4s: Lingering[Key, LiveMp4] = Lingering()
        self._stats: dict[str, Mp4Stats] = {}
        self._has_muxer = False  # imported by the first viewer

    @property
    def count(self) -> int:
        """How many live MP4s are open."""
        return len(self._live_mp4s)

    def viewers(self) -> dict[str, int]:
        """Return how many viewers each stream has."""
        counts = dict.fromkeys(self._stats, 0)
        for (stream, _), mp4 in self._live_mp4s:
            counts[stream] = counts.get(stream, 0) + len(mp4.viewers)
        return counts

    def stats(self) -> dict[str, Mp4Stats]:
        """Return what viewers lost since the start, by stream."""
        return self._stats

    def stats_of(self, stream: str) -> Mp4Stats:
        """Return the counters of a stream, to be counted up."""
        return self._stats.setdefault(stream, Mp4Stats())

    async def find(
        self, stream: str, wanted: Wanted, join: Callable[[LiveMp4], Mp4Viewer]
    ) -> tuple[LiveMp4, Mp4Viewer]:
        """Return a live MP4 that can be played, and the viewer that `join` made for it; it is among its viewers.

        Waits for as long as the source does not say what it has. Cancelling it leaves nothing behind.

        Raises:
            NotFound: the stream has no pictures and no sound, or is gone.
            Invalid: it has nothing that the player can play.
        """
        if sum(len(mp4.viewers) for _, mp4 in self._live_mp4s) >= MAX_VIEWERS:
            raise NotEnoughMemory(
                f"{MAX_VIEWERS} viewers are connected, which is the limit: try again when one has left"
            )
        if not self._has_muxer:
            await asyncio.to_thread(initsegment.load)
            self._has_muxer = True
        choice = await self._choose(stream, wanted)
        with self._mp4(stream, choice) as mp4:
            await mp4.begun()
            viewer = join(mp4)
            mp4.viewers.add(viewer)
        return mp4, viewer

    def leave(self, mp4: LiveMp4, viewer: Mp4Viewer) -> None:
        """Remove a viewer. Idempotent."""
        mp4.viewers.discard(viewer)
        self._live_mp4s.release((mp4.stream, mp4.choice), mp4)

    def drop_stream(self, stream: str) -> None:
        """Forget a stream that was removed, and let its viewers go."""
        self._live_mp4s.drop_stream(stream, NotFound(f"stream {stream} was removed"))
        self._stats.pop(stream, None)

    def drain(self) -> None:
        """Close all."""
        self._live_mp4s.drain()

    async def _choose(self, stream: str, wanted: Wanted) -> Choice:
        with self._mp4(stream, NATIVE) as mp4:
            return choose(await mp4.described(), wanted)

    @contextmanager
    def _mp4(self, stream: str, choice: Choice) -> Iterator[LiveMp4]:
        """Give a live MP4; after the `with` it closes in a while if it has no viewers."""
        key = (stream, choice)
        mp4 = self._live_mp4s.find(key)
        if mp4 is None:
            shortage = shortage_of(LIMITS, [name for (name, _), _ in self._live_mp4s], stream)
            if shortage is not None:
                raise NotEnoughMemory(
                    f"{shortage.count} live MP4s are open, which is the limit: try again when a viewer has left"
                )
            self.stats_of(stream)
            silence = Silence(monotonic(), StreamStatus(), every_s=lambda: self._every_s(stream))
            mp4 = LiveMp4(stream, choice, self._connect, silence)
            self._live_mp4s.add(key, mp4)
        mp4.joining += 1
        try:
            yield mp4
        finally:
            mp4.joining -= 1
            self._live_mp4s.release(key, mp4)
