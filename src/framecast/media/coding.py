"""What a video decoder has to know before its first packet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Coding:
    """The parameters of a video track's codec. `decoder` is FFmpeg's own choice for `codec`: libdav1d for av1."""

    codec: str
    decoder: str
    extradata: bytes = b""
    width: int = 0
    height: int = 0
    pixels: str | None = None
    tag: str = ""
    bits: int = 0

    @classmethod
    def of(cls, context: Any) -> Coding:
        """Return the coding that FFmpeg found; `context` is a VideoCodecContext."""
        return cls(
            codec=context.codec.canonical_name,
            decoder=context.codec.name,
            extradata=context.extradata or b"",
            width=context.width,
            height=context.height,
            pixels=context.pix_fmt,
            tag=context.codec_tag,
            bits=context.bits_per_coded_sample,
        )
