"""How a container says its pictures are to be shown: turned, mirrored, with pixels that are not square.

A demuxer writes it into the details of a track once. `shown` returns what is left of it after the pictures have been turned; `apply`
writes it into a file. Any thread.
"""

from __future__ import annotations

import io
import struct
from fractions import Fraction

import av
import av.error
from av.video.stream import VideoStream

from framecast.model import Orientation, TrackInfo
from framecast.model.orientation import text_of

_OPTIONS = {"movflags": "+empty_moov+skip_trailer"}
_IDENTITY = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_MATRIX = struct.Struct(">9i")
# In tkhd before its matrix: version and flags, times, track, duration, layer, group, volume (ISO/IEC 14496-12, 8.3.2).
_MATRIX_AT = {0: 40, 1: 52}
_MAX_PART = 1 << 16


def details_of(stream: VideoStream) -> dict[str, str]:
    """Return the details of a demuxed track: `display_matrix` and `rotation`, `sample_aspect_ratio`; {} for most."""
    found: dict[str, str] = {}
    matrix = _matrix_of(stream)
    if matrix and matrix != _IDENTITY:
        orientation = Orientation.of(matrix)
        found["display_matrix"] = text_of(matrix)
        found["rotation"] = str(orientation.rotation) + (" mirrored" if orientation.is_mirrored else "")
    return found | _ratio(stream.sample_aspect_ratio)


def shown(info: TrackInfo) -> dict[str, str]:
    """Return the details of pictures that were decoded and turned: the shape of their pixels."""
    ratio = info.pixel_ratio
    return _ratio(1 / ratio if info.orientation.transpose else ratio)


def apply(stream: VideoStream, info: TrackInfo) -> None:
    """Set how the pictures of a stream in an output file are shown."""
    if info.display_matrix:
        stream.set_display_matrix(info.display_matrix)
    if info.pixel_ratio != 1:
        stream.codec_context.sample_aspect_ratio = info.pixel_ratio


def _ratio(ratio: Fraction | None) -> dict[str, str]:
    usable = ratio is not None and ratio not in (0, 1) and max(ratio.numerator, ratio.denominator) < _MAX_PART
    return {"sample_aspect_ratio": f"{ratio.numerator}:{ratio.denominator}"} if ratio and usable else {}


def _matrix_of(stream: VideoStream) -> tuple[int, ...]:
    """PyAV does not show a stream's side data, but copies it: an MP4 header with the same stream has the matrix."""
    file = io.BytesIO()
    try:
        with av.open(file, "w", format="mov", options=_OPTIONS) as container:
            container.add_stream_from_template(stream, opaque=True)
            container.start_encoding()
            written = file.getvalue()
    except (av.error.FFmpegError, ValueError):
        return ()  # a codec that QuickTime does not support has no matrix
    at = written.find(b"tkhd") + 4
    begin = at + _MATRIX_AT.get(written[at], 0) if at > 4 else len(written)
    if begin + _MATRIX.size > len(written):
        return ()
    matrix: tuple[int, ...] = _MATRIX.unpack_from(written, begin)
    return matrix
