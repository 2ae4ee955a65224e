"""A stored file for the tasks that publish it: which tracks count, where time 0 is, and its packets in the order of the file.

FFmpeg may read this one file with the one demuxer that the check found, and nothing else. Time 0 is the first picture, or the first sound
if that is clearly earlier. One thread. A file that FFmpeg cannot read is `Invalid` with a sentence.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import av.error
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.stream import Disposition
from av.subtitles.stream import SubtitleStream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framecast.errors import Invalid
from framecast.media.coding import FFmpegPacket
from framecast.media.display import details_of
from framecast.media.failure import source_error
from framecast.media.uploaded import Allowed
from framecast.model import Orientation
from framecast.model.orientation import matrix_of

_STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
_TOLERANT_S = Fraction(1, 10)
# What is looked at for the first times of both tracks.
_MOST_PACKETS, _MOST_BYTES = 4000, 32 << 20


@dataclass(frozen=True, slots=True)
class Input:
    """A file, FFmpeg's name of its container as the check found it (None lets FFmpeg look), and what FFmpeg may use of it."""

    path: Path
    demuxer: str | None = None
    allowed: Allowed | None = None

    def options(self) -> dict[str, str]:
        """Return the options of the demuxer."""
        options = {"protocol_whitelist": "file"}
        if self.demuxer:
            options |= (
                {"format_whitelist": self.demuxer, "enable_drefs": "0"}
                if self.demuxer == "mov"
                else {"format_whitelist": self.demuxer}
            )
        if self.allowed:
            options["codec_whitelist"] = ",".join(self.allowed.decoders)
        return options


class StoredFile:
    """An opened file.

    Raises:
        Invalid: FFmpeg cannot read it, or it has neither pictures nor sound.
    """

    def __init__(self, given: Input) -> None:
        self._bytes = max(1, given.path.stat().st_size)
        try:
            self.container: InputContainer = av.open(
                str(given.path),
                "r",
                format=given.demuxer,
                options={"max_pixels": str(given.allowed.pixels)} if given.allowed else {},
                container_options=given.options(),
                metadata_errors="replace",
            )
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise Invalid(f"the file cannot be read: {source_error(error)}") from error
        pictures = [stream for stream in self.container.streams.video if _is_known(stream)]
        self.video: VideoStream | None = next((one for one in pictures if not _is_cover(one)), None)
        self.cover: VideoStream | None = next((one for one in pictures if _is_cover(one)), None)
        sounds = [stream for stream in self.container.streams.audio if _is_known(stream)]
        self.audio: AudioStream | None = next(iter(sounds), None)
        if self.video is None and self.audio is None:
            self.container.close()
            raise Invalid("the file has neither pictures nor sound")
        self.orientation = Orientation.of(self._matrix()) if self.video else Orientation()
        self._ahead: list[FFmpegPacket] = []
        self._source: Iterator[FFmpegPacket] | None = None
        self._position = 0
        self.zero_s = Fraction(0)
        self.first_key: FFmpegPacket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.container.close()

    @property
    def subtitles(self) -> list[SubtitleStream]:
        """The tracks of text, of any codec."""
        return list(self.container.streams.subtitles)

    @property
    def rate(self) -> Fraction:
        """Pictures per second, on average; 25 if the file does not say."""
        if self.video is None:
            return Fraction(25)
        rate = self.video.average_rate or self.video.guessed_rate
        return rate if rate and 0 < rate <= 1000 else Fraction(25)

    @property
    def shown_size(self) -> tuple[int, int]:
        """Width and height as the video is shown, with square pixels and even sides; (0, 0) without video."""
        if self.video is None:
            return 0, 0
        context = self.video.codec_context
        ratio = self.video.sample_aspect_ratio or Fraction(1)
        wide = context.width * ratio if Fraction(1, 8) < ratio < 8 else Fraction(context.width)
        width, height = self.orientation.size(max(2, round(wide / 2) * 2), max(2, context.height // 2 * 2))
        return width, height

    @property
    def codec(self) -> str:
        """FFmpeg's name of the video's codec, "" without video."""
        context: object = self.video.codec_context if self.video is not None else None
        return context.codec.canonical_name if isinstance(context, VideoCodecContext) else ""

    @property
    def video_bitrate(self) -> int:
        """Bits per second of the video: its own, or those of the whole file; 0 if neither is known."""
        own = (self.video.bit_rate or 0) if self.video is not None else 0
        whole = round(8 * self._bytes / self.duration_s) if self.duration_s > 0 else 0
        return own or whole

    @property
    def duration_s(self) -> float:
        """As the container says it, 0 if it does not."""
        return (self.container.duration or 0) / 1_000_000

    @property
    def progress(self) -> float:
        """How much of the file has been read, by its bytes."""
        return min(1.0, self._position / self._bytes)

    def find_zero(self) -> None:
        """Read as far as the first packets of both tracks, and fix time 0. Call it once, before `packets`.

        Raises:
            Invalid: nothing can be read.
        """
        video_s = sound_s = None
        size = 0
        for packet in self._read():
            self._ahead.append(packet)
            size += packet.size
            if packet.pts is not None and packet.size:
                # What an edit list hides stands before 0.
                begin_s = Fraction(0) if packet.is_discard else packet.pts * Fraction(packet.time_base)
                if packet.stream is self.video and packet.is_keyframe and video_s is None:
                    video_s, self.first_key = begin_s, packet
                elif packet.stream is self.audio and sound_s is None:
                    sound_s = begin_s
            found_all = (video_s is not None or self.video is None) and (
                sound_s is not None or self.audio is None
            )
            if found_all or len(self._ahead) > _MOST_PACKETS or size > _MOST_BYTES:
                break
        self.zero_s = _zero(video_s, sound_s)

    def packets(self) -> Iterator[FFmpegPacket]:
        """Yield the packets of the video and the first sound; at the end an empty one for each, which empties decoders.

        Raises:
            Invalid: the file cannot be read any further, and nothing has been read.
        """
        yield from self._ahead
        self._ahead = []
        yield from self._read()

    def _read(self) -> Iterator[FFmpegPacket]:
        if self._source is None:
            wanted: list[Any] = [stream for stream in (self.video, self.audio) if stream is not None]
            self._source = self.container.demux(*wanted)
        while True:
            try:
                packet = next(self._source, None)
            except (av.error.FFmpegError, OSError, ValueError) as error:
                if not self._position:
                    raise Invalid(f"the file cannot be read: {source_error(error)}") from error
                return  # cut off: what was there is published
            if packet is None:
                return
            if packet.pos is not None and packet.pos > self._position:
                self._position = packet.pos
            yield packet

    def _matrix(self) -> tuple[int, ...]:
        assert self.video is not None
        return matrix_of(details_of(self.video).get("display_matrix", ""))


def _zero(video_s: Fraction | None, sound_s: Fraction | None) -> Fraction:
    if sound_s is not None and -_TOLERANT_S < sound_s < 0:
        sound_s = Fraction(0)  # what an encoder puts before the first sample
    if video_s is None:
        return sound_s or Fraction(0)
    if sound_s is not None and sound_s < video_s - _TOLERANT_S:
        return sound_s
    return video_s


def _is_known(stream: VideoStream | AudioStream) -> bool:
    """FFmpeg has a decoder, and knows the size or the rate."""
    context: object = stream.codec_context
    return bool(getattr(context, "width", 0) or getattr(context, "sample_rate", 0))


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & _STILLS)
