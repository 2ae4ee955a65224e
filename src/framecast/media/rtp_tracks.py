"""Tracks of a session description as the bus and FFmpeg's decoders need them: the same as FFmpeg's demuxer would say. Any thread."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import av
import av.error
from av.audio.codeccontext import AudioCodecContext
from av.video.codeccontext import VideoCodecContext

from framecast.errors import Invalid, SourceError
from framecast.media import annexb, sps
from framecast.media.audio import decoder_context
from framecast.media.coding import Coding
from framecast.media.planes import picture_of
from framecast.model import Kind, TrackInfo
from framecast.protocols.rtp.implementation import PYTHON, Implementation
from framecast.protocols.rtp.sound import AacMode
from framecast.protocols.rtp.unit import Damaged, Depacketiser
from framecast.protocols.sdp import Media, Unfit, aac_widths

_FALLBACK_RATE = Fraction(25)
_MAX_RATE = 1000
_AAC_SAMPLES = 1024
# Sampling frequencies of AAC by their index, channels by configuration (ISO 14496-3, 1.6.3).
_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AAC_CHANNELS = (0, 1, 2, 3, 4, 5, 6, 8)
_AAC_ESCAPE = 15


@dataclass(frozen=True, slots=True)
class Picture:
    """A video track. `delay` is how many pictures a decoder holds back to put them in order; it may be more unless `is_delay_exact`."""

    info: TrackInfo
    coding: Coding
    delay: int
    is_delay_exact: bool = False


def depacketiser(media: Media, rtp: Implementation = PYTHON) -> Depacketiser:
    """Return the depacketiser of a track, of an implementation."""
    if media.codec == "h264":
        return rtp.h264()
    if media.codec == "hevc":
        return rtp.h265()
    if media.codec == "opus":
        return rtp.opus()
    if media.codec == "aac":
        bits = aac_widths(media.parameters)
        rate, _ = aac_shape(media.extradata)
        # With SBR the clock may be twice the core's: a unit then lasts 2048 of its ticks.
        ticks = _AAC_SAMPLES * media.clock_rate // rate if rate else _AAC_SAMPLES
        return rtp.aac(AacMode(bits[0], bits[1], bits[2], ticks))
    return rtp.g711(media.channels)


def video(media: Media, extradata: bytes) -> Picture:
    """Describe a video track by its parameter sets.

    Raises:
        Damaged: they do not describe the picture.
    """
    context = _opened(media.codec, extradata)
    if media.codec == "h264":
        sets = [unit for unit in annexb.units(extradata) if annexb.kind("h264", unit) == sps.SPS]
        if not sets:
            raise Damaged("no sequence parameter set")
        found = sps.parse(sets[0])
    else:
        found = sps.PictureParameters(
            context.width,
            context.height,
            context.pix_fmt or "yuv420p",
            int(context.colorspace),
            int(context.color_range),
            context.framerate or None,
            context.reorder_depth,
            is_delay_exact=True,
        )
    picture = picture_of(found.width, found.height, found.pixels, found.matrix, found.colour_range)
    if picture is None:
        raise Damaged("no size of a picture")
    rate = found.rate if found.rate and found.rate < _MAX_RATE else media.rate or _FALLBACK_RATE
    info = TrackInfo(
        "video",
        Kind.PACKETS,
        time_base=Fraction(1, media.clock_rate),
        codec=media.codec,
        extradata=extradata,
        picture=picture,
        width=found.width,
        height=found.height,
        rate=rate,
    )
    coding = Coding(
        media.codec, context.codec.name, extradata, found.width, found.height, found.pixels, "\0\0\0\0"
    )
    return Picture(info, coding, found.delay, found.is_delay_exact)


def audio(media: Media) -> tuple[TrackInfo, AudioCodecContext]:
    """Describe an audio track.

    Raises:
        Unfit: only FFmpeg can find out what it is.
    """
    extradata, channels = media.extradata, media.channels
    if media.codec == "opus":
        extradata = _opus_head(channels)
    elif media.codec == "aac":
        rate, configured = aac_shape(extradata)
        if not rate:
            raise Unfit("AAC with an unknown configuration")
        channels = configured or channels
    info = TrackInfo(
        "audio",
        Kind.PACKETS,
        time_base=Fraction(1, media.clock_rate),
        codec=media.codec,
        extradata=extradata,
        sample_rate=media.clock_rate,
        channels=channels,
    )
    try:
        return info, decoder_context(info)
    except (SourceError, Invalid):
        raise Unfit(f"{media.codec} that cannot be decoded") from None


def aac_shape(config: bytes) -> tuple[int, int]:
    """Return the core's sampling rate and the channels of an AudioSpecificConfig, 0 for values that are not in the tables."""
    if len(config) < 2 or config[0] >> 3 == 31:
        return 0, 0
    index = (config[0] & 7) << 1 | config[1] >> 7
    if index == _AAC_ESCAPE or index >= len(_AAC_RATES):
        return 0, 0
    number = config[1] >> 3 & 15
    return _AAC_RATES[index], _AAC_CHANNELS[number] if number < len(_AAC_CHANNELS) else 0


def _opened(codec: str, extradata: bytes) -> VideoCodecContext:
    try:
        context = av.CodecContext.create(codec, "r")
        assert isinstance(context, VideoCodecContext)
        context.extradata = extradata
        context.thread_count = 1
        context.open()
    except (av.error.FFmpegError, ValueError) as error:
        raise Damaged(f"parameter sets that FFmpeg cannot read ({type(error).__name__})") from None
    return context


def _opus_head(channels: int) -> bytes:
    """OpusHead (RFC 7845 section 5.1): version, channels, no pre-skip, 48 kHz, no gain, mapping family 0."""
    return b"OpusHead\x01" + bytes((channels, 0, 0)) + (48000).to_bytes(4, "little") + b"\x00\x00\x00"
