"""Audio: packets into interleaved 16-bit samples, and samples into AAC and Opus.

Used by sources, which decode on demand, and by the renditions `aac` and `pcm`; each object belongs to one thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import av.error
import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray

from framecast.errors import Invalid, SourceError
from framecast.media.decoder import Damaged, ffmpeg_packet
from framecast.media.encoder import Encoded
from framecast.model import TrackInfo

AudioContext = AudioCodecContext
SAMPLE_FORMAT = "s16"
_GLOBAL_HEADER = 1 << 22
# Codec -> (FFmpeg's encoder, the rates that it takes: None is all, bits a second of a channel).
_ENCODERS: dict[str, tuple[str, tuple[int, ...] | None, int]] = {
    # A packet is 1024 samples: 128 ms of a telephone's 8 kHz, 21 ms of 48 kHz.
    "aac": ("aac", (32000, 44100, 48000), 64_000),
    "opus": ("libopus", (48000,), 48_000),
}
_BEST_RATE = 48000
_LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
MAX_CHANNELS = 64
# AAC has a configuration for up to 6 channels, which every player plays. FFmpeg can mix down from up to 8.
_PLAYABLE, _ROOM = 6, 8


@dataclass(frozen=True, slots=True)
class Block:
    """Some PCM: `count` samples a channel, interleaved, native byte order."""

    payload: bytes
    count: int
    sample_rate: int
    channels: int


class AudioDecoder:
    """A decoder for one audio track. `context` is FFmpeg's, of the demuxer that the packets come from."""

    def __init__(self, context: AudioCodecContext) -> None:
        self._context = context
        self._resampler: AudioResampler | None = None
        self._shape: tuple[int, str, str] | None = None

    def decode(self, payload: bytes | memoryview, pts: int | None = None) -> list[Block]:
        """Return the samples that the payload of a packet completes.

        Raises:
            Damaged: the packet cannot be decoded; the next one may.
        """
        try:
            frames = self._context.decode(ffmpeg_packet(payload, pts, pts))
            return [block for frame in frames for block in self._blocks(frame)]
        except (av.error.FFmpegError, ValueError) as error:
            raise Damaged(type(error).__name__) from None

    def reset(self) -> None:
        """Forget everything: packets were left out."""
        try:
            self._context.flush_buffers()
        except (av.error.FFmpegError, ValueError) as error:
            raise SourceError("failed", "the audio decoder cannot be reset") from error
        self._shape = None

    def _blocks(self, frame: AudioFrame) -> list[Block]:
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if shape != self._shape or self._resampler is None:
            self._shape = shape
            self._resampler = AudioResampler(SAMPLE_FORMAT, frame.layout, frame.sample_rate)
        return [_block(out) for out in self._resampler.resample(frame)]


class AudioEncoder:
    """Encodes interleaved 16-bit samples. `time_base` of what comes out is 1 / `sample_rate`.

    `channels` is the number of channels of the output: 7 and 8 are mixed down to 5.1, more to stereo, because players support no more.

    Raises:
        SourceError: FFmpeg has no encoder for this codec, rate or number of channels.
    """

    def __init__(self, codec: str, sample_rate: int, channels: int) -> None:
        self._in_rate, self._in_channels = sample_rate, channels
        self._in_layout = layout_of(channels if channels <= _ROOM else 2)
        self.channels = channels if channels <= _PLAYABLE else _PLAYABLE if channels <= _ROOM else 2
        try:
            name, rates, bits = _ENCODERS[codec]
            self.sample_rate = sample_rate if rates is None or sample_rate in rates else _BEST_RATE
            context = av.CodecContext.create(name, "w")
            assert isinstance(context, AudioCodecContext)
            context.sample_rate = self.sample_rate
            context.layout = layout_of(self.channels)
            context.format = "fltp" if codec == "aac" else "s16"
            context.bit_rate = bits * self.channels
            context.time_base = Fraction(1, self.sample_rate)
            context.flags |= _GLOBAL_HEADER
            context.open()
        except (KeyError, av.error.FFmpegError, ValueError) as error:
            raise SourceError(
                "unsupported", f"FFmpeg cannot encode {codec} at {sample_rate} Hz: {error}"
            ) from error
        self._context = context

    @property
    def extradata(self) -> bytes:
        """AudioSpecificConfig of AAC, OpusHead of Opus."""
        return self._context.extradata or b""

    def encode(self, samples: NDArray[np.int16], pts: int) -> list[Encoded]:
        """Return the packets that `samples` complete; `pts` counts samples of the input rate.

        `samples` is 1-D, interleaved. The first packet begins before the first sample: encoders prime themselves.
        """
        if self._in_channels > _ROOM:
            samples = _paired(samples.reshape(-1, self._in_channels))
        frame = AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout=self._in_layout)
        frame.sample_rate, frame.pts, frame.time_base = self._in_rate, pts, Fraction(1, self._in_rate)
        return self._packets(frame)

    def finish(self) -> list[Encoded]:
        """Return the packets of the samples that are still inside. Nothing can be encoded after this."""
        return self._packets(None)

    def _packets(self, frame: AudioFrame | None) -> list[Encoded]:
        try:
            packets = self._context.encode(frame)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError as error:
            raise SourceError("failed", f"FFmpeg cannot encode this audio: {error}") from error
        return [
            Encoded(bytes(packet), packet.pts or 0, packet.dts or 0, packet.duration or 0, is_key=True)
            for packet in packets
        ]


def decoder_context(info: TrackInfo) -> AudioCodecContext:
    """Return FFmpeg's decoder for an audio track that comes from the bus.

    Raises:
        SourceError: FFmpeg cannot decode it.
    """
    try:
        context = av.CodecContext.create(info.codec, "r")
        if not isinstance(context, AudioCodecContext):
            raise ValueError(f"{info.codec} is not an audio codec")
        if info.extradata:
            context.extradata = info.extradata
        if info.sample_rate:
            context.sample_rate = info.sample_rate
        if info.channels:
            context.layout = layout_of(info.channels)
        context.open()
    except (av.error.FFmpegError, ValueError) as error:
        raise SourceError("unsupported", f"FFmpeg cannot decode {info.codec}: {error}") from error
    return context


def layout_of(channels: int) -> str:
    """Return FFmpeg's name for the usual layout of a number of channels; above 8 it only says the number.

    Raises:
        Invalid: the number is not between 1 and 64.
    """
    if not 1 <= channels <= MAX_CHANNELS:
        raise Invalid(f"channels must be between 1 and {MAX_CHANNELS}, got {channels}")
    return _LAYOUTS.get(channels, f"{channels}c")


def _paired(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """Mix many channels into two: the odd ones go left, the even ones right. The loudness stays about the same."""
    wide = samples.astype(np.float32)
    pairs = [wide[:, side::2].sum(axis=1) / np.sqrt(len(wide[0, side::2])) for side in (0, 1)]
    return np.asarray(np.clip(np.rint(np.stack(pairs, axis=1)), -32768, 32767), np.int16)


def _block(frame: AudioFrame) -> Block:
    channels = frame.layout.nb_channels
    size = frame.samples * channels * 2  # the plane may be longer: it is aligned
    return Block(bytes(memoryview(frame.planes[0])[:size]), frame.samples, frame.sample_rate, channels)
