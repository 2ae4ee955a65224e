"""Packets of a stored file, as they are, into a `FragmentFile`: H.264 and AAC that every player knows.

Players in browsers follow edit lists only in part, so the copy needs none but for what decoders hold back: the first picture is shown from
the beginning, and silence fills the times without sound. What hides pictures, or has times that no player follows, is
`NotCopyable`: it is encoded. Used by one thread of a processing task.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framecast.errors import Invalid
from framecast.media import initsegment, sei
from framecast.media.audio import AudioEncoder
from framecast.media.coding import FFmpegPacket
from framecast.media.fmp4 import rewriter
from framecast.media.fragmentfile import FileTrack, FragmentFile, Payload
from framecast.media.picturefilter import HDR
from framecast.media.trackinfo import audio_of, video_of
from framecast.model import TrackInfo

# Sound is moved when it is this far from its time; below that the samples follow each other.
_MAX_SKEW_S = Fraction(1, 25)
_AAC_RATES = (8000, 48000)
_MOST_CHANNELS = 6
_PIXELS = ("yuv420p", "yuvj420p")
_MAX_LEVEL = 52
_AAC_FRAME = 1024
_MOST_BEFORE = 2 * _AAC_FRAME  # what a decoder needs before the first sample
_MOST_UNTIMED = 32  # H.264 holds back 16 pictures


class NotCopyable(Invalid):
    """The packets cannot be published as they are: the track is encoded."""


def video_fits(stream: VideoStream) -> bool:
    """Return True if browsers play these packets: H.264 of 8 bit 4:2:0, all pictures whole."""
    context: object = stream.codec_context
    return (
        isinstance(context, VideoCodecContext)
        and context.codec.canonical_name == "h264"
        and context.pix_fmt in _PIXELS
        and (context.level or 0) <= _MAX_LEVEL
        and context.field_order in (0, 1)
        and context.color_trc not in HDR
        and not has_decoding_times_only(stream)
    )


def has_decoding_times_only(stream: VideoStream) -> bool:
    """Return True for AVI with pictures that wait for later ones: it has one time for each, in the order of decoding."""
    context: object = stream.codec_context
    return (
        isinstance(context, VideoCodecContext)
        and stream.container.format.name == "avi"
        and context.has_b_frames
    )


def sound_fits(stream: AudioStream) -> bool:
    """Return True if browsers play these packets: AAC-LC of up to six channels."""
    context: object = stream.codec_context
    return (
        isinstance(context, AudioCodecContext)
        and context.codec.canonical_name == "aac"
        and context.profile == "LC"
        and 1 <= context.layout.nb_channels <= _MOST_CHANNELS
        and _AAC_RATES[0] <= context.sample_rate <= _AAC_RATES[1]
    )


class VideoCopy:
    """Copies a track of H.264. `first` is its first key frame; time 0 of the file is `zero_s` of the source.

    Raises:
        NotCopyable: it has no parameter sets, or MP4 cannot hold it.
    """

    def __init__(
        self, file: FragmentFile, stream: VideoStream, first: FFmpegPacket, zero_s: Fraction
    ) -> None:
        self._file = file
        given = video_of(stream)
        try:
            info = initsegment.described(given, bytes(first))
            self._rewrite = rewriter(given, info)
            self.track = file.add_track(replace(info, name="video"))
        except Invalid as error:
            raise NotCopyable(str(error)) from error
        self._times = _Times(stream.time_base, self.track, zero_s)
        self._width = 4 if self._rewrite else (info.extradata[4] & 3) + 1
        self._start: int | None = None  # presentation of the first picture
        self._last = -1
        self._untimed: list[FFmpegPacket] = []

    def add(self, packet: FFmpegPacket) -> None:
        """Copy one packet.

        Raises:
            NotCopyable: it is hidden, without times, or of another coding.
        """
        if packet.is_discard or packet.pts is None or packet.has_sidedata("new_extradata"):
            raise NotCopyable("pictures are hidden, have no times, or change their coding")
        if packet.dts is None:
            # Matroska has no decoding times: FFmpeg finds them from the first picture on that is not shown later.
            self._untimed.append(packet)
            if self._last >= 0 or len(self._untimed) > _MOST_UNTIMED:
                raise NotCopyable("pictures have no decoding times")
            return
        if self._untimed:
            self._add_untimed(packet.dts)
        self._add(packet, packet.dts)

    def finish(self) -> None:
        """Copy what waits for a time.

        Raises:
            NotCopyable: none has come.
        """
        if self._untimed:
            raise NotCopyable("pictures have no decoding times")

    def _add_untimed(self, next_dts: int) -> None:
        """Pictures before the first decoding time: each is decoded as long before the next one as it lasts."""
        waiting, self._untimed = self._untimed, []
        usual = max(1, waiting[0].duration or 1)
        for index, packet in enumerate(waiting):
            self._add(packet, next_dts - usual * (len(waiting) - index))

    def _add(self, packet: FFmpegPacket, decoded_at: int) -> None:
        assert packet.pts is not None
        dts, pts = self._times.of(decoded_at), self._times.of(packet.pts)
        if self._start is None:
            if not packet.is_keyframe:
                return
            self._start = pts
            # The first picture is shown from 0 on; its decoding is moved before it as far as it was.
            dts, pts = dts - max(0, pts), min(0, pts)
            if pts < 0 or dts > pts:
                raise NotCopyable("pictures stand before the beginning")
            self.track.lead = -dts
        elif pts < self._start:
            return  # refers to pictures before the first key frame
        dts, pts = dts + self.track.lead, pts + self.track.lead
        if dts <= self._last:
            raise NotCopyable("decoding times do not grow")
        self._last = dts
        duration = max(1, self._times.duration(packet.duration or 0))
        self._file.add(self.track, self._payload(packet), dts, pts, duration, is_key=packet.is_keyframe)

    def _payload(self, packet: FFmpegPacket) -> Payload:
        payload: Payload = self._rewrite(bytes(packet)) if self._rewrite else packet
        view = payload if isinstance(payload, bytes) else memoryview(payload)
        changed = sei.without_free_text(view, self._width)
        return payload if changed is None else changed


class SoundCopy:
    """Copies a track of AAC-LC; silence fills what has no sound.

    Raises:
        NotCopyable: MP4 cannot hold it.
    """

    def __init__(self, file: FragmentFile, stream: AudioStream, zero_s: Fraction) -> None:
        self._file = file
        given = audio_of(stream)
        if given is None:
            raise NotCopyable("FFmpeg does not know this sound")
        try:
            info = initsegment.described(given)
            self._rewrite = rewriter(given, info)
            self.track = file.add_track(replace(info, name="audio"))
        except Invalid as error:
            raise NotCopyable(str(error)) from error
        self._info = info
        self._times = _Times(stream.time_base, self.track, zero_s)
        self._max_skew = round(_MAX_SKEW_S * self.track.timescale)
        self._next: int | None = None  # where the next frame of sound follows the one before
        self._silent: bytes | None = None

    def add(self, packet: FFmpegPacket) -> None:
        """Copy one packet.

        Raises:
            NotCopyable: it has no time.
        """
        if not packet.size:
            return
        if packet.pts is None:
            if self._next is None:
                return
            at = self._next
        else:
            at = self._times.of(packet.pts)
        if self._next is None:
            if at < -_MOST_BEFORE:
                return  # hidden by an edit list: not for others
            self._next = self._begin(at)
        if at - self._next > self._max_skew:
            while at - self._next >= _AAC_FRAME // 2:
                self._put(self._silence())
        if at - self._next < -max(self._max_skew, _AAC_FRAME):
            return  # sound for a time that has its sound
        payload: Payload = self._rewrite(bytes(packet)) if self._rewrite else packet
        self._put(payload)

    def _begin(self, at: int) -> int:
        """Return where the first frame begins, and hide what is before 0."""
        if self._file.size:
            return max(0, at)  # the beginning of the file is written
        frames = -(-max(0, at) // _AAC_FRAME)
        begin = at - frames * _AAC_FRAME
        self.track.lead = -begin
        return begin

    def _put(self, payload: Payload) -> None:
        assert self._next is not None
        at = self._next + self.track.lead
        self._file.add(self.track, payload, at, at, _AAC_FRAME, is_key=True)
        self._next += _AAC_FRAME

    def _silence(self) -> bytes:
        if self._silent is None:
            self._silent = _silent_frame(self._info)
        return self._silent


class _Times:
    """Times of a stream in ticks of a track, from `zero_s` on, rounded each by itself: nothing adds up."""

    def __init__(self, time_base: Fraction | None, track: FileTrack, zero_s: Fraction) -> None:
        scale = (time_base or Fraction(1, 1_000_000)) * track.timescale
        self._top, self._bottom = scale.numerator, scale.denominator
        self._zero = round(zero_s * track.timescale)

    def of(self, time: int) -> int:
        return (2 * time * self._top + self._bottom) // (2 * self._bottom) - self._zero

    def duration(self, time: int) -> int:
        return (2 * time * self._top + self._bottom) // (2 * self._bottom)


def _silent_frame(info: TrackInfo) -> bytes:
    """A frame of AAC-LC that holds no sound, of the track's rate and channels."""
    try:
        encoder = AudioEncoder("aac", info.sample_rate, info.channels)
    except Invalid as error:
        raise NotCopyable(str(error)) from error
    if encoder.sample_rate != info.sample_rate:
        raise NotCopyable(f"no silence of {info.sample_rate} Hz")
    silence = np.zeros(8 * _AAC_FRAME * info.channels, np.int16)
    return encoder.encode(silence, 0)[3].payload
