"""The packets of a track that is not announced: pictures that are not encoded are useful only as frames.

Takes the place of a `TrackWriter` in `Relay` and `Pictures`. As the stream then has no `video` of its own, readers of packets
get H.264 that is made of the frames. In the source's thread; keeps the newest packet, without a copy.
"""

from __future__ import annotations

from collections.abc import Callable

from framecast.model import Meta, TrackInfo

# FFmpeg's name for pictures that are not encoded: Y4M, AVI of capture cards.
RAW = "rawvideo"


class Unpublished:
    """Takes packets without publishing them."""

    def __init__(self, info: TrackInfo) -> None:
        self.info = info
        self.lost_packets: Callable[[], int] = lambda: 0
        self._newest: tuple[bytes | memoryview, Meta] | None = None

    def send(self, payload: bytes | memoryview, meta: Meta) -> None:
        """Keep a packet in place of the one before."""
        self._newest = payload, meta

    def kept(self) -> list[tuple[bytes, Meta]]:
        """Return a copy of the newest packet, with which decoding can begin."""
        if self._newest is None:
            return []
        payload, meta = self._newest
        return [(bytes(payload), meta)]
