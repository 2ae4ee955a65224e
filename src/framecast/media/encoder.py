"""H.264 from pictures, without delay: every picture that goes in comes out as one packet.

Used by the `h264` rendition and by programs that publish frames; one thread. The encoder reads the planes where they
lie. libx264, no B frames, no lookahead, one thread: latency and the CPU of other streams count more than bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import av
import av.error
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType

from framecast.errors import SourceError
from framecast.media.pixels import Pixels, convert, converted, wrap
from framecast.model import Picture

GOP_S = 2
_UNKNOWN_RATE = Fraction(25)
# AVColorSpace and AVColorRange (H.273): SMPTE 170M is BT.601 for 525 lines, whose matrix is the same as for 625.
_MATRICES = {"bt601": 6, "bt709": 1, "bt2020": 9}
_RANGES = {False: 1, True: 2}
# Constant quality, with a limit in bits per pixel for scenes that would need too many.
_QUALITY = 23
_BITS_PER_PIXEL = 0.15
_MIN_BITRATE = 300_000
_GLOBAL_HEADER = 1 << 22


@dataclass(frozen=True, slots=True)
class Encoded:
    """One packet. Times count in the encoder's time base."""

    payload: bytes
    pts: int
    dts: int
    duration: int
    is_key: bool


class VideoEncoder:
    """An H.264 encoder for pictures of one format and size. Packets are Annex B; `extradata` holds SPS and PPS.

    Raises:
        SourceError: FFmpeg has no libx264, or libx264 does not accept this picture.
    """

    def __init__(
        self,
        picture: Picture,
        time_base: Fraction,
        rate: Fraction | None = None,
        preset: str = "superfast",
        pixel_ratio: Fraction = Fraction(1),
    ) -> None:
        self._source = picture
        planar = picture if picture.format in ("i420", "nv12") else converted(picture, "i420")
        self._picture = planar
        self.width, self.height = planar.layout.padded_width, planar.layout.padded_height
        rate = rate or _UNKNOWN_RATE
        try:
            self._context = _opened(planar, time_base, rate, preset, pixel_ratio)
        except (av.error.FFmpegError, ValueError) as error:
            raise SourceError(
                "unsupported",
                f"FFmpeg cannot encode pictures of {self.width} x {self.height} as H.264: {error}",
            ) from error
        self._time_base = time_base
        self._duration = max(1, round(1 / (rate * time_base)))

    @property
    def picture(self) -> Picture:
        """The picture that a decoder will show."""
        return replace(self._picture, format="i420", width=self.width, height=self.height)

    @property
    def extradata(self) -> bytes:
        """SPS and PPS, Annex B."""
        return self._context.extradata or b""

    def encode(self, buffer: Pixels, pts: int, *, key: bool = False, duration: int = 0) -> list[Encoded]:
        """Return the packet of a picture; with `key` it is one where decoding can begin.

        Raises:
            SourceError: the encoder refuses the picture, for example because time runs backwards.
        """
        if self._source.format != self._picture.format:
            buffer = convert(self._source, buffer, self._picture.format).reshape(-1)
        frame = wrap(self._picture, buffer)
        frame.pts, frame.time_base = pts, self._time_base
        if key:
            frame.pict_type = PictureType.I
        try:
            packets = self._context.encode(frame)
        except av.error.FFmpegError as error:
            raise SourceError("failed", f"FFmpeg cannot encode a picture as H.264: {error}") from error
        return [
            Encoded(
                bytes(packet),
                packet.pts or 0,
                packet.dts or 0,
                duration or self._duration,
                packet.is_keyframe,
            )
            for packet in packets
        ]


def _opened(
    picture: Picture, time_base: Fraction, rate: Fraction, preset: str, pixel_ratio: Fraction
) -> VideoCodecContext:
    width, height = picture.layout.padded_width, picture.layout.padded_height
    ceiling = max(_MIN_BITRATE, int(_BITS_PER_PIXEL * width * height * min(float(rate), 60.0)))
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height = width, height
    context.pix_fmt = "yuv420p" if picture.format == "i420" else "nv12"
    context.time_base, context.framerate = time_base, rate
    if pixel_ratio != 1:
        context.sample_aspect_ratio = pixel_ratio
    context.colorspace, context.color_range = _MATRICES[picture.matrix], _RANGES[picture.full_range]
    context.gop_size = max(1, round(GOP_S * rate))
    context.max_b_frames = 0
    context.thread_count = 1
    context.flags |= _GLOBAL_HEADER
    context.options = {
        "preset": preset,
        "tune": "zerolatency",
        "crf": str(_QUALITY),
        "maxrate": str(ceiling),
        "bufsize": str(ceiling),
        "forced-idr": "1",
        "sc_threshold": "0",
    }
    context.open()
    return context
