"""The interface between a relay and its source: the tracks of a demuxer, a receiver or a device. Used by the source's thread unless a method says otherwise."""

from __future__ import annotations

from typing import Protocol

from framecast.media.audio import AudioContext
from framecast.media.coding import Coding
from framecast.model import TrackInfo


class Tracks(Protocol):
    """The tracks of a source. An index is the number in the packets of a track, -1 if there is no such track."""

    video: TrackInfo | None
    audio: TrackInfo | None
    video_index: int
    audio_index: int

    @property
    def waited_at_ns(self) -> int:
        """CLOCK_MONOTONIC when a read last had to wait, so that nothing was queued here; 0 if that is not known."""
        ...

    @property
    def coding(self) -> Coding:
        """What a decoder of the video track needs."""
        ...

    @property
    def audio_context(self) -> AudioContext:
        """FFmpeg's decoder of the audio track."""
        ...

    def lost_packets(self, index: int) -> int:
        """Return how many packets of a track the network lost so far, 0 if nothing counts them. Called by another thread."""
        ...
