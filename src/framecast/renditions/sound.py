"""Sound packets into PCM, and PCM into AAC."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from framecast.bus import Record
from framecast.clock import NS
from framecast.media.audio import SAMPLE_FORMAT, AudioDecoder, AudioEncoder, Block, decoder_context
from framecast.media.decoder import Damaged
from framecast.model import Flag, Kind, Meta, TrackInfo, TrackName
from framecast.renditions.converter import PACKETS_POLICY, Output, bytes_of

# If the times of two blocks are further apart than this, there is a gap between them, which an encoder would close.
_GAP = Fraction(1, 25)
# After this many gaps in a row, the times of the blocks are not believed, and the blocks follow each other.
_MAX_GAPS = 4


class Pcm:
    """`samples` of a stream that has only `audio`."""

    input = "audio"
    policy = PACKETS_POLICY
    needs_key = False

    def __init__(self, _track: TrackName, output: Output) -> None:
        self._output = output
        self._info: TrackInfo | None = None
        self._decoder: AudioDecoder | None = None

    def begin(self, info: TrackInfo) -> None:
        """Get a decoder ready; its first samples show what the track will hold."""
        self._decoder = AudioDecoder(decoder_context(info))
        self._info = info

    def convert(self, record: Record, flags: Flag) -> None:
        """Decode a packet and publish its samples."""
        assert self._decoder is not None
        try:
            blocks = self._decoder.decode(bytes_of(record), record.pts)
        except Damaged:
            return
        done = 0
        for block in blocks:
            self._describe(block)
            start = round(record.pts * record.info.time_base * block.sample_rate) + done
            offset_ns = done * NS // block.sample_rate
            meta = Meta(
                start,
                record.captured_at + offset_ns,
                record.arrived_ns,
                record.clock,
                duration=block.count,
                flags=flags,
            )
            self._output.writer.send(block.payload, meta)
            done += block.count

    def rest(self) -> None:
        """Do nothing: no results wait here."""

    def _describe(self, block: Block) -> None:
        assert self._info is not None
        self._output.describe(
            TrackInfo(
                "samples",
                Kind.SAMPLES,
                time_base=Fraction(1, block.sample_rate),
                codec=SAMPLE_FORMAT,
                sample_rate=block.sample_rate,
                channels=block.channels,
                epoch=self._info.epoch,
            )
        )


class Aac:
    """`audio` of a stream that has only `samples`, and `audio/aac`. Packets get the times of their samples."""

    input = "samples"
    policy = PACKETS_POLICY
    needs_key = False

    def __init__(self, track: TrackName, output: Output) -> None:
        self._track = track
        self._output = output
        self._encoder: AudioEncoder | None = None
        self._expected: Fraction | None = None  # when the next block begins, in seconds of the stream
        self._gaps = 0  # in a row
        self._lost = Flag.NONE  # marks for the next packet; a block may not complete one

    def begin(self, info: TrackInfo) -> None:
        """Get an encoder ready and describe its packets."""
        encoder = AudioEncoder("aac", info.sample_rate, info.channels)
        self._encoder, self._expected = encoder, None
        self._output.describe(
            TrackInfo(
                str(self._track),
                Kind.PACKETS,
                time_base=Fraction(1, encoder.sample_rate),
                codec="aac",
                extradata=encoder.extradata,
                sample_rate=encoder.sample_rate,
                channels=encoder.channels,
                epoch=info.epoch,
            )
        )

    def convert(self, record: Record, flags: Flag) -> None:
        """Encode a block; after a gap, with a new encoder."""
        info = record.info
        start = record.pts * info.time_base
        if self._expected is None or abs(start - self._expected) <= _GAP:
            self._gaps = 0
        elif self._gaps >= _MAX_GAPS:
            start = self._expected
        else:
            self._gaps += 1
            self.begin(info)
            flags |= Flag.DISCONTINUITY
        self._lost |= flags
        assert self._encoder is not None
        samples = np.frombuffer(record.payload, np.int16)
        self._expected = start + Fraction(len(samples) // info.channels, info.sample_rate)
        rate = self._encoder.sample_rate
        first = round(start * rate)
        for packet in self._encoder.encode(samples, round(start * info.sample_rate)):
            captured_at = record.captured_at + (packet.pts - first) * NS // rate
            meta = Meta(
                packet.pts,
                captured_at,
                record.arrived_ns,
                record.clock,
                duration=packet.duration,
                flags=self._lost | Flag.KEY,
            )
            self._output.writer.send(packet.payload, meta)
            self._lost = Flag.NONE

    def rest(self) -> None:
        """Do nothing: no results wait here."""
