"""H.264 for stored video: one rendition, its key frames every two seconds of time, into a `FragmentFile`.

Unlike `encoder`, which is for live pictures, it looks ahead and uses pictures that refer to later ones. All renditions of one video get the same
pictures, so their groups of pictures begin at the same times, whatever the frame rate does. Each object belongs to one thread.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.error
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame

from framecast.errors import Invalid
from framecast.media import annexb, initsegment, sei
from framecast.media.fragmentfile import FileTrack, FragmentFile
from framecast.media.picturefilter import TIME_BASE
from framecast.model import Kind, TrackInfo

GOP_S = Fraction(2)
_GLOBAL_HEADER = 1 << 22
_START = b"\x00\x00\x00\x01"
_NO_LIMIT = 1 << 30  # of a group of pictures: it ends by time
SOFTWARE = "libx264"


@dataclass(frozen=True, slots=True)
class Rung:
    """One rendition: its size as it is shown, and the highest bit rate."""

    width: int
    height: int
    max_bitrate: int

    @property
    def name(self) -> str:
        """By its short side: 720p."""
        return f"{min(self.width, self.height)}p"


class StoredVideoEncoder:
    """Encodes pictures of one size. `lock` is held while `file` is written, if another thread writes to it too.

    Raises:
        Invalid: FFmpeg has no such encoder, or it refuses the size.
    """

    def __init__(
        self,
        file: FragmentFile,
        rung: Rung,
        rate: Fraction,
        *,
        encoder: str = SOFTWARE,
        preset: str = "veryfast",
        threads: int = 1,
        lock: threading.Lock | None = None,
    ) -> None:
        self._file, self._rung, self._rate = file, rung, rate
        self._encoder, self._preset, self._threads = encoder, preset, threads
        self._lock = lock or threading.Lock()
        self._context: VideoCodecContext | None = None
        self._track: FileTrack | None = None
        self._prefix: annexb.LengthPrefixer | None = None
        self._key_due = Fraction(0)
        self._usual = max(1, round(1 / (rate * TIME_BASE)))
        self._durations: dict[int, int] = {}

    def open(self, like: VideoFrame) -> None:
        """Open the encoder for pictures with the colours of `like`, and add the track to the file."""
        context = self._opened(like)
        sets = annexb.parameter_sets("h264", context.extradata or b"")
        info = TrackInfo(
            "video",
            Kind.PACKETS,
            time_base=TIME_BASE,
            codec="h264",
            extradata=b"".join(_START + unit for unit in sets),
            width=self._rung.width,
            height=self._rung.height,
            rate=self._rate,
        )
        with self._lock:
            self._track = self._file.add_track(initsegment.described(info))
        self._prefix = annexb.LengthPrefixer("h264", sets)
        self._context = context

    @property
    def used(self) -> str:
        """FFmpeg's encoder that does the work: the software one if the one that was asked for is not there."""
        return self._encoder

    def place(self, frame: VideoFrame) -> None:
        """Let the time of a picture count in `TIME_BASE`: deinterlacing counts in half ticks."""
        base = frame.time_base or TIME_BASE
        if base != TIME_BASE:
            frame.pts, frame.time_base = round((frame.pts or 0) * base / TIME_BASE), TIME_BASE

    def encode(self, frame: VideoFrame) -> None:
        """Encode a picture, later than the one before.

        Raises:
            Invalid: the encoder fails.
        """
        if self._context is None:
            self.open(frame)
        assert self._context is not None
        self.place(frame)
        at = (frame.pts or 0) * TIME_BASE
        is_key = at >= self._key_due
        frame.pict_type = PictureType.I if is_key else PictureType.NONE
        if is_key:
            self._key_due = (at // GOP_S + 1) * GOP_S
        self._put(self._encoded(frame))

    def finish(self) -> None:
        """Encode what is still inside. The file is not finished by this: it may have another track."""
        if self._context is not None and self._track is not None:
            self._put(self._encoded(None))
            with self._lock:
                self._file.finish_track(self._track)

    def _encoded(self, frame: VideoFrame | None) -> list[Any]:
        assert self._context is not None
        try:
            return list(self._context.encode(frame))
        except av.error.EOFError:
            return []
        except (av.error.FFmpegError, ValueError) as error:
            raise Invalid(f"{self._encoder} cannot encode a picture: {error}") from error

    def _put(self, packets: list[Any]) -> None:
        track = self._track
        assert track is not None
        assert self._prefix is not None
        for packet in packets:
            dts, pts = packet.dts or 0, packet.pts or 0
            payload = self._prefix(bytes(packet))
            payload = sei.without_free_text(payload) or payload
            with self._lock:
                if not track.lead and dts < 0 and not track.written and not track.dts:
                    track.lead = -dts
                self._file.add(
                    track,
                    payload,
                    dts + track.lead,
                    pts + track.lead,
                    packet.duration or self._usual,
                    is_key=packet.is_keyframe,
                )

    def _opened(self, like: VideoFrame) -> VideoCodecContext:
        if self._encoder != SOFTWARE:
            try:
                return self._context_of(like)
            except Invalid:
                self._encoder = SOFTWARE  # `used` says so
        return self._context_of(like)

    def _context_of(self, like: VideoFrame) -> VideoCodecContext:
        try:
            context = av.CodecContext.create(self._encoder, "w")
            assert isinstance(context, VideoCodecContext)
            context.width, context.height, context.pix_fmt = self._rung.width, self._rung.height, "yuv420p"
            context.time_base, context.framerate = TIME_BASE, self._rate
            context.colorspace, context.color_range = like.colorspace, like.color_range
            context.color_trc, context.color_primaries = like.color_trc, like.color_primaries
            context.flags |= _GLOBAL_HEADER
            context.gop_size = _NO_LIMIT if self._encoder == SOFTWARE else round(GOP_S * self._rate)
            context.thread_count = self._threads
            if self._encoder == SOFTWARE:
                context.options = self._software_options()
            else:
                context.bit_rate = self._rung.max_bitrate * 3 // 4
                context.options = {"forced-idr": "1", "forced_idr": "1"}
            context.open()
        except (av.error.FFmpegError, ValueError) as error:
            raise Invalid(
                f"{self._encoder} cannot encode {self._rung.width} x {self._rung.height}: {error}"
            ) from error
        return context

    def _software_options(self) -> dict[str, str]:
        return {
            "preset": self._preset,
            "profile": "high",
            "crf": "22",
            "maxrate": str(self._rung.max_bitrate),
            "bufsize": str(2 * self._rung.max_bitrate),
            "forced-idr": "1",
            "sc_threshold": "0",
            "x264-params": "open-gop=0",
        }
