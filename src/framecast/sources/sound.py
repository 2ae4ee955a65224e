"""Audio on demand: an audio track is decoded only while `samples` has readers. Runs in the source's thread."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from framecast.bus import Publisher, TrackWriter
from framecast.clock import NS
from framecast.errors import NotEnoughMemory
from framecast.media.audio import SAMPLE_FORMAT, AudioContext, AudioDecoder, Block
from framecast.media.decoder import Damaged
from framecast.model import EncodedPacket, Flag, Kind, Meta, TrackInfo

# Decoded blocks follow each other without a gap; the packets' times are believed again when they are off by this much.
_MAX_DRIFT_NS = NS // 20


class Sound:
    """The `samples` track of a source that has `audio`."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self._samples: TrackWriter | None = None
        self._decoder: AudioDecoder | None = None
        self._listening = False
        self._next: int | None = None  # time stamp of the next sample
        self._lost = False
        self.decoded = 0  # blocks

    def announce(self, info: TrackInfo, context: AudioContext) -> None:
        """Announce the track for an audio track of these parameters; `context` is FFmpeg's decoder for it."""
        self._decoder = AudioDecoder(context)
        shape = (info.sample_rate, info.channels)
        if self._samples is None or (self._samples.info.sample_rate, self._samples.info.channels) != shape:
            self._samples = self._publisher.track(_samples_info(*shape))

    def restart(self) -> None:
        """Go on at another place of the source: the next packets do not follow those before."""
        self._listening = False

    @property
    def is_resting(self) -> bool:
        """True if nothing is decoded."""
        return not self._listening

    def take(self, packet: EncodedPacket, meta: Meta, pts_ns: int) -> None:
        """Decode a packet that has just been published, if there are readers."""
        assert self._samples is not None
        assert self._decoder is not None
        if not self._samples.wanted:
            self._listening = False
            return
        if not self._listening:
            self._listening = True
            self._decoder.reset()
            self._next = None
        try:
            blocks = self._decoder.decode(packet.payload, packet.pts)
        except Damaged:
            self._lost = True
            return
        for block in blocks:
            self._publish(block, meta, pts_ns)

    def _publish(self, block: Block, meta: Meta, pts_ns: int) -> None:
        samples = self._samples
        assert samples is not None
        self.decoded += 1
        if (block.sample_rate, block.channels) != (samples.info.sample_rate, samples.info.channels):
            samples = self._samples = self._publisher.track(_samples_info(block.sample_rate, block.channels))
            self._next = None
        pts = pts_ns * block.sample_rate // NS
        if self._next is not None and abs(pts - self._next) * NS < _MAX_DRIFT_NS * block.sample_rate:
            pts = self._next
        self._next = pts + block.count
        flags = Flag.KEY | Flag.DISCONTINUITY if self._lost else Flag.KEY
        try:
            samples.send(block.payload, replace(meta, pts=pts, dts=None, duration=block.count, flags=flags))
            self._lost = False
        except NotEnoughMemory:
            self._lost = True


def _samples_info(sample_rate: int, channels: int) -> TrackInfo:
    return TrackInfo(
        "samples",
        Kind.SAMPLES,
        time_base=Fraction(1, sample_rate),
        codec=SAMPLE_FORMAT,
        sample_rate=sample_rate,
        channels=channels,
    )
