"""What a video decoder needs to know before its first packet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import av
from av.video.codeccontext import VideoCodecContext

from framecast.model import UPRIGHT, Orientation, TrackInfo

# A packet in FFmpeg's memory, between its demuxers and decoders; the rest of the program has `model.EncodedPacket`.
FFmpegPacket: TypeAlias = "av.Packet[Any]"


# Codecs whose decoder in FFmpeg has another name.
_DECODERS = {"av1": "libdav1d"}


@dataclass(frozen=True, slots=True)
class Coding:
    """The parameters of a video track's codec. `decoder` is FFmpeg's own choice for `codec`: libdav1d for av1.

    `width` and `height` are the coded size; `orientation` says how pictures are turned before they are shown.
    """

    codec: str
    decoder: str
    extradata: bytes = b""
    width: int = 0
    height: int = 0
    pixels: str | None = None
    tag: str = ""
    bits: int = 0
    orientation: Orientation = UPRIGHT

    @classmethod
    def of_track(cls, info: TrackInfo) -> Coding:
        """Return the coding of a track that comes from the bus."""
        decoder = _DECODERS.get(info.codec, info.codec)
        return cls(info.codec, decoder, info.extradata, info.width, info.height, orientation=info.orientation)

    @classmethod
    def of(cls, context: VideoCodecContext, orientation: Orientation = UPRIGHT) -> Coding:
        """Return the coding that FFmpeg found."""
        return cls(
            codec=context.codec.canonical_name,
            decoder=context.codec.name,
            extradata=context.extradata or b"",
            width=context.width,
            height=context.height,
            pixels=context.pix_fmt,
            tag=context.codec_tag,
            bits=context.bits_per_coded_sample,
            orientation=orientation,
        )
