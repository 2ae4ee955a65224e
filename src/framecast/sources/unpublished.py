"""The packets of a track that nobody is offered: pictures that are not coded are of use as frames alone.

Stands where a `TrackWriter` would in `Relay` and `Pictures`. As the stream then has no `video` of its own, who wants packets of it
gets H.264 that is made of the frames. In the source's thread; keeps the newest packet, without a copy.
"""

from __future__ import annotations

from collections.abc import Callable

from framecast.model import Meta, TrackInfo

# FFmpeg's name of pictures that are not coded: Y4M, AVI of capture cards.
RAW = "rawvideo"


class Unpublished:
    """Takes packets and gives them to no reader."""

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
