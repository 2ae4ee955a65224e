"""FFmpeg's demuxers: an address becomes one video and one audio track, and their packets.

Runs in the source process, in the thread that pulls. FFmpeg's packets are taken apart here: above are `model.EncodedPacket`s, whose
payloads are views of FFmpeg's memory.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from time import monotonic, monotonic_ns
from typing import Self

import av
import av.error
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.stream import Discard, Disposition, Stream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framecast.errors import SourceError
from framecast.media import calls
from framecast.media.coding import Coding, FFmpegPacket
from framecast.media.failure import source_error
from framecast.media.opening import Opening, is_known, open_complete
from framecast.media.reorder import is_untimed
from framecast.media.retiming import finer, retimed
from framecast.media.trackinfo import audio_of, video_of
from framecast.model import REASONS, UPRIGHT, EncodedPacket

# Covers and previews.
_STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
_TS_DISCONT = 0x0200  # AVFMT_TS_DISCONT: a format in which time may jump
# The longest gaps in time stamps that are accepted: of playlists, whose segments may begin anywhere, and of formats such as MPEG-TS.
_USUAL_GAP_S, _JUMPING_GAP_S = 10.0, 60.0
# Reading a packet that is already there takes FFmpeg less time.
_WAIT_S = 0.005


class Demuxer:
    """An open source. `video` and `audio` are None if the source has no such track."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._container = open_complete(opening)
        streams = self._container.streams
        video = _main_video(streams.video, first=opening.hasty or self._container.format.name == "hls")
        audio = streams.best("audio", video) if opening.audio and streams.audio else None
        self._streams: list[Stream] = [stream for stream in (video, audio) if stream is not None]
        for stream in streams:
            if stream not in self._streams:
                stream.discard = Discard.all
        self.video = video_of(video, is_live=opening.hasty) if video is not None else None
        self._ticks = 1  # of the video: how many ticks of this object are one of FFmpeg's
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
        """The duration, None if the source has no end."""
        duration = self._container.duration
        return None if duration is None or duration <= 0 else duration / av.time_base

    @property
    def longest_gap_s(self) -> float:
        """The longest gap in the time stamps that is accepted. In formats whose time may jump, a longer one is a new beginning."""
        longest = max(self.duration_s or 0.0, _USUAL_GAP_S)
        if self._container.format.flags & _TS_DISCONT:
            return _USUAL_GAP_S if self.format == "hls" else min(longest, _JUMPING_GAP_S)
        return longest

    @property
    def indices(self) -> list[int]:
        """FFmpeg's numbers of the tracks, which the packets carry."""
        return [stream.index for stream in self._streams]

    @property
    def video_end(self) -> Fraction | None:
        """When the pictures end, in seconds; None if the source does not say."""
        if self.video_index < 0:
            return None
        stream = self._container.streams[self.video_index]
        if stream.duration is None or stream.time_base is None:
            return None
        return (stream.duration + (stream.start_time or 0)) * stream.time_base

    def time_base(self, index: int) -> Fraction:
        """Return the time base of a track."""
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
        """Return a time stamp in the time base of `packets`, given one in the video track's own time base."""
        return pts * self._ticks

    @property
    def can_seek(self) -> bool:
        """False if the times of `packets` are right only when they are read from the beginning."""
        stream = self.video_stream
        return stream.start_time is not None and not is_untimed(stream, self.format)

    def seek(self, dts: int) -> bool:
        """Go to the key frame of the video track at or before `dts` (the file's own), or near it; False if the file cannot be searched."""
        try:
            self._container.seek(dts, stream=self._container.streams[self.video_index])
        except (av.error.FFmpegError, ValueError):
            return False
        return True

    def reopened(self) -> Self:
        """Close this one and return a new one that begins at the beginning."""
        self.close()
        return type(self)(self._opening)

    def lost_packets(self, _index: int) -> int:
        """Return 0: FFmpeg does not count lost packets."""
        return 0

    def packets(self) -> Iterator[EncodedPacket]:
        """Yield the packets of both tracks as they come, until the source ends.

        Those that an edit list hides are marked (`is_hidden`) and take no time; see `hidden`.

        Raises:
            SourceError: `stalled` if nothing came within the read timeout; `closed` and others when FFmpeg fails.
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
            return  # PyAV raises it at the end of a source in which another stream has appeared
        except av.error.FFmpegError as error:
            late = monotonic() - asked >= 0.9 * limit_s
            if late or isinstance(error, av.error.ExitError):
                raise SourceError("stalled", f"nothing came for {limit_s:g} s") from None
            if "tcp" in self._opening.protocols and getattr(error, "errno", None) == errno.EIO:
                raise SourceError(
                    "closed", REASONS["closed"]
                ) from None  # FFmpeg's error for a cut connection
            raise source_error(error) from None
        finally:
            calls.running.end()

    def close(self) -> None:
        """Close the source. Idempotent."""
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
    """Return the track to show: not a cover or a preview; the default one, or the largest.

    With `first` (playlists and cameras) it is the first one: a camera may announce several tracks and send only one.
    """
    tracks = [stream for stream in streams if not stream.disposition & _STILLS]
    if first or not tracks:
        return next(filter(is_known, tracks), tracks[0] if tracks else None)

    def weight(stream: VideoStream) -> tuple[bool, bool, bool, int]:
        context: CodecContext | None = stream.codec_context
        size = context.width * context.height if isinstance(context, VideoCodecContext) else 0
        return is_known(stream), stream.frames != 1, bool(stream.disposition & Disposition.default), size

    return max(tracks, key=weight)
