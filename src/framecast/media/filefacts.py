"""What a file says about its pictures before any of them is read, as OpenCV counts it: how many, how fast, in which codec.

As text, because it travels in the `details` of a track. Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import av
from av.codec.context import CodecContext
from av.container import InputContainer
from av.video.stream import VideoStream

# RIFF's codes for codecs whose name has not four letters (libavformat/riff.c), which OpenCV takes.
_RIFF = {
    "av1": "AV01",
    "cinepak": "cvid",
    "dvvideo": "dvsd",
    "ffvhuff": "FFVH",
    "flv1": "FLV1",
    "huffyuv": "HFYU",
    "mjpeg": "MJPG",
    "mpeg1video": "mpg1",
    "mpeg2video": "mpg2",
    "mpeg4": "FMP4",
    "msmpeg4v2": "MP42",
    "msmpeg4v3": "MP43",
    "png": "MPNG",
    "theora": "theo",
    "vc1": "WVC1",
    "vp8": "VP80",
    "vp9": "VP90",
}


def facts_of(stream: VideoStream) -> dict[str, str]:
    """Return `frame_count` (0 if the file does not say), `rate` (a fraction, frames per second) and `fourcc` (up to four letters)."""
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate or Fraction(0)
    count = stream.frames or int(_duration_s(stream) * rate + Fraction(1, 2))
    context: CodecContext | None = stream.codec_context
    name = context.codec.canonical_name if context is not None else ""
    tag = context.codec_tag.rstrip("\0") if context is not None else ""
    fourcc = name if len(name) == 4 else _RIFF.get(name, tag)
    return {"frame_count": str(count), "rate": str(rate), "fourcc": fourcc}


def facts_in(details: Mapping[str, str]) -> dict[str, str]:
    """Return the facts among the details of a track: they are true of its decoded pictures, too."""
    return {name: details[name] for name in ("frame_count", "rate", "fourcc") if name in details}


def _duration_s(stream: VideoStream) -> Fraction:
    container = stream.container
    if isinstance(container, InputContainer) and container.duration is not None and container.duration > 0:
        return Fraction(container.duration, av.time_base)
    if stream.duration is not None and stream.duration > 0 and stream.time_base is not None:
        return stream.duration * stream.time_base
    return Fraction(0)
