"""Tracks: what a stream is made of, how a track is named and what its records are.

The name says everything that a reader may ask for, so it is also the key of a rendition:

    video                      encoded video packets of the source
    audio                      encoded audio packets
    frames                     decoded pictures, native layout and size
    frames/bgr                 the same in another format
    frames/bgr/640x360         and size (one side may be 0: kept in proportion; even sizes)
    jpeg/75  jpeg/75/640x360   JPEG pictures by quality (1-100) and size
    video/h264                 the pictures as H.264 that every browser plays, re-encoded
    video/h264/640x360         and smaller (one side may be 0)
    audio/aac                  the sound as AAC
    samples                    PCM
    data                       arrays, JSON, bytes
"""

from __future__ import annotations

import base64
import re
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from fractions import Fraction
from typing import Any

from framecast.errors import Invalid
from framecast.model import number
from framecast.model.orientation import Orientation, matrix_of
from framecast.model.picture import FORMATS, MAX_SIDE, Picture
from framecast.model.text import shown


class Kind(StrEnum):
    """The four kinds of tracks."""

    PACKETS = "packets"
    FRAMES = "frames"
    SAMPLES = "samples"
    DATA = "data"


_RATIO = re.compile(r"([1-9][0-9]{0,8}):([1-9][0-9]{0,8})")
_SIZE = re.compile(r"([0-9]{1,5})x([0-9]{1,5})")
_MOST = (1 << 63) - 1
_LONGEST_CODEC = 64
_MOST_DETAILS, _LONGEST_DETAIL = 64, 1000
_PLAIN = {
    "video": Kind.PACKETS,
    "audio": Kind.PACKETS,
    "frames": Kind.FRAMES,
    "samples": Kind.SAMPLES,
    "data": Kind.DATA,
}


@dataclass(frozen=True, slots=True)
class TrackName:
    """A parsed track name. `base` is its first word; the rest is None if the name does not say it.

    `format` is a pixel format of frames, a codec of video and audio.
    """

    base: str
    format: str | None = None
    quality: int | None = None
    size: tuple[int, int] | None = None

    @classmethod
    def parse(cls, text: object) -> TrackName:
        """Return the parsed name.

        Raises:
            Invalid: the text is no track name.
        """
        if not isinstance(text, str) or len(text) > 64:
            raise Invalid(f"{text!r:.80} is not a track name")
        base, *rest = text.split("/")
        size = _parse_size(rest.pop()) if rest and _SIZE.fullmatch(rest[-1]) else None
        if base == "jpeg" and len(rest) == 1 and (quality := _parse_quality(rest[0])):
            return cls("jpeg", quality=quality, size=size)
        if base == "frames" and len(rest) == 1 and rest[0] in FORMATS:
            return cls("frames", format=rest[0], size=size)
        if (base, *rest) == ("video", "h264"):
            return cls("video", format="h264", size=size)
        if (base, *rest) == ("audio", "aac") and size is None:
            return cls("audio", format="aac")
        if base in _PLAIN and not rest and size is None:
            return cls(base)
        raise Invalid(
            f"{text!r} is not a track name: use video, audio, frames, samples, data, "
            "frames/FORMAT[/WxH], jpeg/QUALITY[/WxH], video/h264[/WxH] or audio/aac"
        )

    @property
    def kind(self) -> Kind:
        """Which of the four kinds its records are."""
        return Kind.PACKETS if self.base == "jpeg" else _PLAIN[self.base]

    @property
    def is_rendition(self) -> bool:
        """True if the name itself asks for a conversion."""
        return self.format is not None or self.quality is not None

    def __str__(self) -> str:
        parts = [self.base]
        if self.format is not None:
            parts.append(self.format)
        if self.quality is not None:
            parts.append(str(self.quality))
        if self.size is not None:
            parts.append(f"{self.size[0]}x{self.size[1]}")
        return "/".join(parts)


def _parse_quality(text: str) -> int:
    """1 to 100, 0 for anything else."""
    try:
        return number.integer(text, 1, 100) if number.is_digits(text) else 0
    except ValueError:
        return 0


def _parse_size(text: str) -> tuple[int, int]:
    width, height = (number.integer(side, 0, 99999) for side in text.split("x"))
    if width > MAX_SIDE or height > MAX_SIDE or width + height == 0:
        raise Invalid(f"the sides of a picture must be 1 to {MAX_SIDE} pixels (one may be 0), got {text}")
    return width, height


@dataclass(frozen=True, slots=True)
class TrackInfo:
    """What the records of one epoch of a track are. Fields that do not apply to its kind keep their defaults.

    `codec` is FFmpeg's name (h264, hevc, mjpeg, av1, vp9, vp8, aac, opus, pcm_alaw, ...), for samples the sample
    format (s16, interleaved). `extradata` is the codec's, as FFmpeg gives it. `rate` is frames per second where known.

    Of encoded video `width` and `height` are the coded size; `picture` is what is shown. They differ where `details` has a
    `display_matrix` (nine numbers, see `Orientation`; `rotation` says it in degrees clockwise, for people). Details may also
    have `sample_aspect_ratio`, such as "64:45": how wide a pixel is by its height, where pixels are no squares.
    """

    name: str
    kind: Kind
    time_base: Fraction = Fraction(1, 1_000_000)
    codec: str = ""
    extradata: bytes = b""
    picture: Picture | None = None
    width: int = 0
    height: int = 0
    rate: Fraction | None = None
    sample_rate: int = 0
    channels: int = 0
    details: dict[str, str] = field(default_factory=dict)
    epoch: int = 0

    @property
    def display_matrix(self) -> tuple[int, ...]:
        """The nine numbers of the display matrix, () where the coded picture is shown as it is."""
        return matrix_of(self.details.get("display_matrix", ""))

    @property
    def orientation(self) -> Orientation:
        """How coded pictures of this track are turned before they are shown."""
        return Orientation.of(self.display_matrix)

    @property
    def pixel_ratio(self) -> Fraction:
        """Width of a pixel by its height: 1 where it is a square or nothing is known."""
        match = _RATIO.fullmatch(self.details.get("sample_aspect_ratio", ""))
        if match is None:
            return Fraction(1)
        wide, high = (number.integer(match[part], 1, 999_999_999) for part in (1, 2))
        return Fraction(wide, high)

    @property
    def stands_alone(self) -> bool:
        """True if each record can be used without the ones before it: all but packets of video that refer to each other."""
        return (
            self.kind is not Kind.PACKETS or self.codec == "mjpeg" or self.name.partition("/")[0] != "video"
        )

    def at_epoch(self, epoch: int) -> TrackInfo:
        """Return the same description for another epoch."""
        return replace(self, epoch=epoch)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form, which `from_json` reads."""
        fields: dict[str, Any] = {
            "name": self.name,
            "kind": str(self.kind),
            "time_base": str(self.time_base),
            "codec": self.codec,
            "extradata": base64.b64encode(self.extradata).decode(),
            "width": self.width,
            "height": self.height,
            "rate": str(self.rate) if self.rate else None,
            "sample_rate": self.sample_rate,
            "channels": self.channels,
            "details": self.details,
            "epoch": self.epoch,
        }
        if self.picture:
            fields["picture"] = asdict(self.picture)
        return fields

    @classmethod
    def from_json(cls, fields: object) -> TrackInfo:
        """Return the description that another process sent.

        Raises:
            Invalid: it is not one.
        """
        try:
            return cls._from_fields(dict(fields))  # type: ignore[call-overload]
        except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
            raise Invalid(f"a track description cannot be read: {error}") from error

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> TrackInfo:
        picture, rate = fields.get("picture"), fields.get("rate")
        return cls(
            name=str(TrackName.parse(fields["name"])),
            kind=Kind(fields["kind"]),
            time_base=_fraction(fields["time_base"]),
            codec=shown(str(fields.get("codec", "")), _LONGEST_CODEC),
            extradata=base64.b64decode(fields.get("extradata", "")),
            picture=Picture(**picture) if picture else None,
            width=number.whole(fields.get("width", 0), 0, _MOST),
            height=number.whole(fields.get("height", 0), 0, _MOST),
            rate=_fraction(rate) if rate else None,
            sample_rate=number.whole(fields.get("sample_rate", 0), 0, _MOST),
            channels=number.whole(fields.get("channels", 0), 0, _MOST),
            details=_details(dict(fields.get("details", {}))),
            epoch=number.whole(fields.get("epoch", 0), 0, _MOST),
        )


def _details(given: dict[Any, Any]) -> dict[str, str]:
    first = list(given.items())[:_MOST_DETAILS]
    return {shown(str(key), _LONGEST_DETAIL): shown(str(text), _LONGEST_DETAIL) for key, text in first}


def _fraction(text: str) -> Fraction:
    value = number.fraction(text, 0, _MOST)
    if not value:
        raise ValueError("a time base or rate of 0")
    return value
