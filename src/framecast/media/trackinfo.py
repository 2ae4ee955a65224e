"""Descriptions of tracks, made from what FFmpeg's demuxers say. Any thread."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
from av.audio.codeccontext import AudioCodecContext
from av.audio.stream import AudioStream
from av.codec.context import CodecContext
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from framecast.errors import SourceError
from framecast.media import sps
from framecast.media.display import details_of
from framecast.media.planes import picture_of
from framecast.model import Kind, TrackInfo

_FALLBACK_RATE = Fraction(25)
_MAX_RATE = 1000  # above this, FFmpeg names the time base instead


def video_of(stream: VideoStream, *, is_live: bool = False) -> TrackInfo:
    """Describe a video track; `is_live` is True if FFmpeg has not looked at any picture.

    Raises:
        SourceError: FFmpeg has no decoder for it.
    """
    context: CodecContext | None = stream.codec_context
    if not isinstance(context, VideoCodecContext):
        raise SourceError("unsupported", "FFmpeg has no decoder for the source's video")
    rate = stream.average_rate or stream.guessed_rate or stream.base_rate
    if is_live and context.codec.canonical_name == "h264":
        # FFmpeg may name the rate of the fields, which is twice as high.
        rate = sps.rate_of(context.extradata or b"") or rate
    info = TrackInfo(
        "video",
        Kind.PACKETS,
        time_base=stream.time_base or Fraction(1, av.time_base),
        codec=context.codec.canonical_name,
        extradata=context.extradata or b"",
        width=context.width,
        height=context.height,
        rate=rate if rate and rate < _MAX_RATE else _FALLBACK_RATE,
        details=details_of(stream),
    )
    width, height = info.orientation.size(context.width, context.height)
    picture = picture_of(width, height, context.pix_fmt, context.colorspace, context.color_range)
    return replace(info, picture=picture)


def audio_of(stream: AudioStream) -> TrackInfo | None:
    """Describe an audio track; None if FFmpeg has no decoder for it."""
    context: CodecContext | None = stream.codec_context
    if not isinstance(context, AudioCodecContext):
        return None
    return TrackInfo(
        "audio",
        Kind.PACKETS,
        time_base=stream.time_base or Fraction(1, av.time_base),
        codec=context.codec.canonical_name,
        extradata=context.extradata or b"",
        sample_rate=context.sample_rate,
        channels=context.channels,
    )
