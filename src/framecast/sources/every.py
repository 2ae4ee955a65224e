"""The pictures of a file whose only reader wants every one of them. Runs in the source's thread.

No picture is left out because decoding is late, and no picture is kept for later readers. A reader that has asked for another
place gets pictures from there on: the pictures before it, which the decoder needs, are decoded and left out.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from framecast.bus import Publisher, TrackWriter
from framecast.media.coding import Coding
from framecast.media.decoder import Decoded, Decoder
from framecast.media.framedecoder import FrameDecoder
from framecast.media.pixels import converted
from framecast.media.reshaped import Reshaper
from framecast.model import EncodedPacket, Meta, StreamSpec, TrackInfo, TrackName
from framecast.sources.pictures import Pictures

# Threads of one decoder: more hold more pictures in memory, and gain little.
_MAX_THREADS = 8


class EveryPicture(Pictures):
    """Decodes each packet from the first one on, by as many threads as there are processors, into pictures of `track`."""

    def __init__(
        self, publisher: Publisher, video: TrackWriter, hwaccel: str, patience_ns: int, *, track: TrackName
    ) -> None:
        super().__init__(publisher, video, hwaccel, patience_ns)
        self._track = track
        self._begin: int | None = None  # the time stamp of the first picture that is wanted

    @classmethod
    def of(cls, spec: StreamSpec) -> Callable[..., EveryPicture]:
        """Return the constructor for a stream whose reader has said which pictures it wants."""
        return partial(cls, track=TrackName.parse(spec.reading.pictures))

    def take(self, packet: EncodedPacket, meta: Meta, lag_ns: int) -> None:
        """Decode a packet if there are readers; no packet is left out because it is late."""
        assert self._frames is not None
        assert self._coding is not None
        if self._frames.wanted and self._decoder is None:
            self._decoder = FrameDecoder(self._make_decoder(self._coding))
            self._publisher.note(decoder=self._decoder.name)
        super().take(packet, meta, 0)

    def restart(self, begin: int | None) -> None:
        """Go on at another place: with the picture of time stamp `begin`, or the first one that comes."""
        self._begin = begin
        self._waiting = False
        if self._decoder is not None:
            self._decoder.restart()

    def _describe(self, video: TrackInfo) -> TrackInfo:
        described = super()._describe(video)
        if self._track.format is None or described.picture is None:
            return described
        picture = converted(described.picture, self._track.format, self._track.size)
        return replace(
            described, name=str(self._track), picture=picture, width=picture.width, height=picture.height
        )

    def _make_decoder(self, coding: Coding) -> Decoder:
        copier = None if self._track.format is None else Reshaper(coding.orientation, self._track)
        return Decoder(coding, self._hwaccel, threads=_threads(), copier=copier)

    def _publish(self, decoded: Decoded) -> None:
        if self._begin is not None and decoded.pts is not None and decoded.pts < self._begin:
            if self._decoder is not None:
                self._decoder.meta_of(decoded)
            return
        self._begin = None
        super()._publish(decoded)


def _threads() -> int:
    return min(len(os.sched_getaffinity(0)), _MAX_THREADS)
