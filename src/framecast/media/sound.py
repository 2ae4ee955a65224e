"""Decoding audio: packets in, interleaved 16-bit samples out. One thread."""

from __future__ import annotations

from dataclasses import dataclass

import av.error
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler

from framecast.errors import SourceError
from framecast.media.coding import Packet
from framecast.media.decoder import Damaged

AudioContext = AudioCodecContext
SAMPLE_FORMAT = "s16"


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

    def decode(self, packet: Packet) -> list[Block]:
        """Return the samples that a packet completes.

        Raises:
            Damaged: the packet cannot be decoded; the next one may.
        """
        try:
            return [block for frame in self._context.decode(packet) for block in self._blocks(frame)]
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


def _block(frame: AudioFrame) -> Block:
    channels = frame.layout.nb_channels
    size = frame.samples * channels * 2  # the plane may be longer: it is aligned
    return Block(bytes(memoryview(frame.planes[0])[:size]), frame.samples, frame.sample_rate, channels)
