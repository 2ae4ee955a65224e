"""FFmpeg's demuxers: an address becomes one video and one audio track, and their packets.

Runs in the source process, in the thread that pulls. FFmpeg sees only what its caller names in `Opening`: protocols, formats,
time limits. It prints nothing: its messages may hold passwords. What it says while it opens is read for its cause only.
"""

from __future__ import annotations

import errno
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from time import monotonic, monotonic_ns
from typing import Self

import av
import av.error
import av.logging
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framecast.errors import SourceError
from framecast.media import calls
from framecast.media.coding import Coding, FFmpegPacket
from framecast.media.described import audio_of, video_of
from framecast.media.failure import source_error
from framecast.media.reorder import is_untimed
from framecast.media.retiming import finer, retimed
from framecast.model import REASONS, UPRIGHT, EncodedPacket

# FFmpeg stops analysing at once if it may; then what it knows comes from the session description or the file's head.
_HASTY = {"analyzeduration": "1", "fpsprobesize": "0"}
# A camera that says nothing in advance is listened to until it has sent its parameters.
_PATIENT = {"analyzeduration": "5000000", "fpsprobesize": "0"}
_GENPTS = 1
# Covers, and pictures that stand for a moment of the video.
_STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
_TS_DISCONT = 0x0200  # AVFMT_TS_DISCONT: a format in which time may jump
# Holes that are believed of playlists, whose segments may begin anywhere, and of MPEG-TS and its like at most.
_USUAL_GAP_S, _JUMPING_GAP_S = 10.0, 60.0
_FALLBACK_RATE = Fraction(25)
# To read a packet that is there already takes FFmpeg less.
_WAIT_S = 0.005
_MAX_RATE = 1000  # above it, it is the time base that FFmpeg names
# The log's level is one for the whole process; two sources may open at a time in one program.
_listening = threading.Lock()


@dataclass(frozen=True, slots=True)
class Opening:
    """How FFmpeg may open an address: nothing is allowed that is not named here."""

    address: str
    protocols: str  # comma-separated, as FFmpeg's protocol_whitelist
    formats: str  # comma-separated, as FFmpeg's format_whitelist
    open_timeout_s: float
    read_timeout_s: float
    format: str | None = None
    audio: bool = True
    hasty: bool = False  # True where the analysis would cost pictures: live sources
    options: Mapping[str, str] = field(default_factory=dict)


class Demuxer:
    """An open source. `video` and `audio` are None where it has none."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._container = _open_complete(opening)
        streams = self._container.streams
        video = _main_video(streams.video, first=opening.hasty or self._container.format.name == "hls")
        audio = streams.best("audio", video) if opening.audio and streams.audio else None
        self._streams: list[Stream] = [stream for stream in (video, audio) if stream is not None]
        for stream in streams:
            if stream not in self._streams:
                stream.discard = Discard.all
        self.video = video_of(video, is_live=opening.hasty) if video is not None else None
        self._ticks = 1  # ticks of this object in one of FFmpeg's, for the video
        if video is not None and self.video is not None:
            self._ticks = finer(video, self.video)
            self.video = replace(self.video, time_base=self.video.time_base / self._ticks)
        self.audio = audio_of(audio) if isinstance(audio, AudioStream) else None
        self.video_index = -1 if video is None else video.index
        self.audio_index = -1 if audio is None else audio.index
        self.format = self._container.format.name
        self.waited_at_ns = 0  # CLOCK_MONOTONIC when a read last had to wait

    @property
    def duration_s(self) -> float | None:
        """How long it lasts, None where it has no end."""
        duration = self._container.duration
        return None if duration is None or duration <= 0 else duration / av.time_base

    @property
    def longest_gap_s(self) -> float:
        """How long a hole in its time stamps can be: in formats whose time may jump, what is longer is a new beginning."""
        longest = max(self.duration_s or 0.0, _USUAL_GAP_S)
        if self._container.format.flags & _TS_DISCONT:
            return _USUAL_GAP_S if self.format == "hls" else min(longest, _JUMPING_GAP_S)
        return longest

    @property
    def indices(self) -> list[int]:
        """FFmpeg's numbers of the tracks, as the packets bear them."""
        return [stream.index for stream in self._streams]

    @property
    def video_end(self) -> Fraction | None:
        """Where the pictures end, in seconds; None where the source does not say."""
        if self.video_index < 0:
            return None
        stream = self._container.streams[self.video_index]
        if stream.duration is None or stream.time_base is None:
            return None
        return (stream.duration + (stream.start_time or 0)) * stream.time_base

    def time_base(self, index: int) -> Fraction:
        """Return the seconds that a track counts in."""
        base = self._container.streams[index].time_base or Fraction(1, av.time_base)
        return base / self._ticks if index == self.video_index else base

    def usual_step(self, index: int) -> int:
        """Return how long a packet of a track usually lasts, in its time base."""
        rate = self.video.rate if self.video is not None and index == self.video_index else None
        return round(1 / ((rate or 50) * self.time_base(index)))

    @property
    def start(self) -> Fraction:
        """The first time stamp in seconds."""
        times = [
            s.start_time * s.time_base for s in self._streams if s.start_time is not None and s.time_base
        ]
        return min(times, default=Fraction(0))

    @property
    def coding(self) -> Coding:
        """What a decoder of the video track needs."""
        stream = self._container.streams[self.video_index]
        assert isinstance(stream.codec_context, VideoCodecContext)
        return Coding.of(stream.codec_context, self.video.orientation if self.video else UPRIGHT)

    @property
    def audio_context(self) -> AudioCodecContext:
        """FFmpeg's decoder of the audio track; lives as long as this object."""
        context = self._container.streams[self.audio_index].codec_context
        assert isinstance(context, AudioCodecContext)
        return context

    @property
    def video_stream(self) -> VideoStream:
        """FFmpeg's own description of the video track, in the file's own time base."""
        stream = self._container.streams[self.video_index]
        assert isinstance(stream, VideoStream)
        return stream

    def placed(self, pts: int) -> int:
        """Return a time stamp of the video track's own time base in that of `packets`."""
        return pts * self._ticks

    @property
    def can_seek(self) -> bool:
        """False where the times of `packets` hold only if they are read from the beginning on."""
        stream = self.video_stream
        return stream.start_time is not None and not is_untimed(stream, self.format)

    def seek(self, dts: int) -> bool:
        """Go to the key frame of the video track at or before `dts` (the file's own), or near it; False where that cannot be done."""
        try:
            self._container.seek(dts, stream=self._container.streams[self.video_index])
        except (av.error.FFmpegError, ValueError):
            return False
        return True

    def reopened(self) -> Self:
        """Close this one and return a new one, which begins at the beginning."""
        self.close()
        return type(self)(self._opening)

    def lost_packets(self, _index: int) -> int:
        """FFmpeg counts none."""
        return 0

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield the packets of both tracks as they come; ends where the source ends.

        Those that an edit list hides are marked (`is_hidden`) and take no time; see `hidden`.

        Raises:
            SourceError: `stalled` when nothing came for the read timeout; `closed` and others as FFmpeg fails.
        """
        if self._opening.hasty:  # live: times are repaired where they arrive
            yield from self.stored()
            return
        steps = {index: self.usual_step(index) for index in self.indices}
        yield from map(self._taken, retimed(self._read(), self._streams, self.format, steps, self._ticks))

    def stored(self) -> Iterator[EncodedPacket]:
        """Yield the packets of both tracks with the times that the file gives them; raises as `packets`."""
        return map(self._taken, self._read())

    def _taken(self, packet: FFmpegPacket) -> EncodedPacket:
        """Take a packet of FFmpeg's apart; the payload stays where it is."""
        index, is_key = packet.stream_index, packet.is_keyframe
        return EncodedPacket(
            memoryview(packet),
            index,
            packet.pts,
            packet.dts,
            packet.duration or 0,
            is_key,
            packet.is_corrupt,
            packet.is_discard,
            _wall_clock_ns(packet) if self._opening.hasty else None,
            _new_extradata(packet) if is_key and index == self.video_index else b"",
        )

    def _read(self) -> Iterator[FFmpegPacket]:
        limit_s = self._opening.read_timeout_s
        asked = monotonic()
        try:
            calls.running.begin(calls.READING, limit_s)
            for packet in self._container.demux(*self._streams):
                calls.running.end()
                if monotonic() - asked > _WAIT_S:
                    self.waited_at_ns = monotonic_ns()
                if packet.size:
                    yield packet
                asked = monotonic()
                calls.running.begin(calls.READING, limit_s)
        except IndexError:
            return  # PyAV at the end of a source that got another stream midway
        except av.error.FFmpegError as error:
            late = monotonic() - asked >= 0.9 * limit_s
            if late or isinstance(error, av.error.ExitError):
                raise SourceError("stalled", f"nothing came for {limit_s:g} s") from None
            if "tcp" in self._opening.protocols and getattr(error, "errno", None) == errno.EIO:
                raise SourceError("closed", REASONS["closed"]) from None  # so FFmpeg calls a cut connection
            raise source_error(error) from None
        finally:
            calls.running.end()

    def close(self) -> None:
        """Hang up. Idempotent."""
        self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def _new_extradata(packet: FFmpegPacket) -> bytes:
    """Return the codec parameters that a container sends along with a packet, b'' if they stay as they are."""
    if not packet.has_sidedata("new_extradata"):
        return b""
    return bytes(packet.get_sidedata("new_extradata"))


def _wall_clock_ns(packet: FFmpegPacket) -> int | None:
    """Return when a packet was captured by the clock of its sender (RTCP sender reports), UTC nanoseconds."""
    if not packet.has_sidedata("prft"):
        return None
    # AVProducerReferenceTime: int64 wallclock in microseconds, int flags.
    return int.from_bytes(memoryview(packet.get_sidedata("prft"))[:8], sys.byteorder, signed=True) * 1000


def _main_video(streams: Sequence[VideoStream], *, first: bool) -> VideoStream | None:
    """The track to show: no cover or preview, the default one, the largest.

    Of a playlist's variants and a camera's tracks the `first` is meant; a camera may announce several and send only one.
    """
    tracks = [stream for stream in streams if not stream.disposition & _STILLS]
    if first or not tracks:
        return next(filter(_is_known, tracks), tracks[0] if tracks else None)

    def weight(stream: VideoStream) -> tuple[bool, bool, bool, int]:
        context: CodecContext | None = stream.codec_context
        size = context.width * context.height if isinstance(context, VideoCodecContext) else 0
        return _is_known(stream), stream.frames != 1, bool(stream.disposition & Disposition.default), size

    return max(tracks, key=weight)


def _open_complete(opening: Opening) -> InputContainer:
    """Open quickly; where that does not tell what the tracks are, open again and listen longer."""
    begun = monotonic()
    if opening.hasty:
        container = _open(replace(opening, options={**opening.options, **_HASTY}))
        if _complete(container, opening):
            return container
        container.close()
    left = max(1.0, opening.open_timeout_s - (monotonic() - begun))
    analysis = {} if not opening.hasty else _PATIENT
    container = _open(replace(opening, open_timeout_s=left, options={**opening.options, **analysis}))
    if _complete(container, opening):
        return container
    named = len(container.streams)
    container.close()
    if not named:
        raise SourceError("unsupported", "the source has neither video nor audio")
    silent = monotonic() - begun >= 0.9 * opening.open_timeout_s
    raise SourceError(
        "timeout" if silent else "bad-data", "the source does not say what its video or audio is"
    )


def _complete(container: InputContainer, opening: Opening) -> bool:
    videos = container.streams.video
    sounds = container.streams.audio if opening.audio else ()
    if not videos and not sounds:
        return False
    return (not videos or any(map(_is_known, videos))) and all(map(_is_known, sounds))


def _is_known(stream: VideoStream | AudioStream) -> bool:
    """True also of a codec that FFmpeg cannot decode: waiting tells no more about it."""
    context: CodecContext | None = stream.codec_context
    if isinstance(context, VideoCodecContext):
        return bool(context.width and context.height)
    return bool(context.sample_rate) if isinstance(context, AudioCodecContext) else True


def _open(opening: Opening) -> InputContainer:
    """Open the address, with FFmpeg's log of this call as witness."""
    options = {
        "protocol_whitelist": opening.protocols,
        "format_whitelist": opening.formats,
        **opening.options,
    }
    begun = monotonic()
    with _listening:
        before = av.logging.get_level()
        av.logging.set_level(av.logging.WARNING)
        av.logging.set_skip_repeated(False)  # the second cut-off file says the same as the first
        log: list[tuple[int, str, str]] = []
        try:
            with av.logging.Capture() as log:
                calls.running.begin(calls.OPENING, opening.open_timeout_s)
                return _configured(opening, options)
        except (av.error.FFmpegError, OSError, ValueError) as error:
            timed_out = monotonic() - begun >= 0.95 * opening.open_timeout_s
            raise source_error(error, (line[2] for line in log), timed_out) from None
        finally:
            calls.running.end()
            av.logging.set_level(before)


def _configured(opening: Opening, options: dict[str, str]) -> InputContainer:
    container = av.open(
        opening.address,
        "r",
        format=opening.format,
        container_options=options,
        timeout=(opening.open_timeout_s, opening.read_timeout_s),
        metadata_errors="replace",
    )
    if opening.hasty:
        # Times that are missing are repaired here without waiting for later packets.
        container.flags &= ~_GENPTS
    return container
