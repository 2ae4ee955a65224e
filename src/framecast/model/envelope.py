"""What accompanies a record outside of this host: its topic and a JSON header, the same for all programs that exchange records.

Written down in docs/reference/zeromq.md; change both together and raise VERSION. A header that was received is checked field by
field here; what passes describes a track and a record in their ranges. Pure; no I/O.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from framecast.clock import Clock
from framecast.errors import Invalid
from framecast.model import number
from framecast.model.data import KINDS, MAX_DIMENSIONS
from framecast.model.picture import MATRICES, Picture
from framecast.model.record import Flag
from framecast.model.stream import check_name
from framecast.model.track import Kind, TrackInfo, TrackName

VERSION = 1
# Ends a topic, so that no track's topic begins another's: `door/video$` is not the beginning of `door/video/h264$`.
END = "$"
MAX_HEADER_BYTES = 1 << 18
MAX_EXTRADATA_BYTES = 1 << 16
# How encoded video is shown: details of its track, and fields of its header.
DISPLAY = ("display_matrix", "rotation", "sample_aspect_ratio")
_MAX_INT = 1 << 63
_SAMPLES = {"s16": "<i2", "s32": "<i4", "flt": "<f4", "dbl": "<f8", "u8": "|u1"}
_FLAGS = {
    "key": Flag.KEY,
    "discontinuity": Flag.DISCONTINUITY,
    "corrupt": Flag.CORRUPT,
    "hidden": Flag.HIDDEN,
}
_CLOCKS = {clock.name.lower(): clock for clock in Clock}


def refused(reason: str, words: str) -> Invalid:
    """Return the error for a message that is refused: `reason` is the word by which refusals are counted."""
    return Invalid(f"{reason}: {words}", reason=reason)


def topic_of(stream: str, track: object) -> str:
    """Return the topic of a track."""
    return f"{stream}/{track}{END}"


def parse_topic(raw: bytes) -> tuple[str, TrackName]:
    """Return stream and track of a topic.

    Raises:
        Invalid: it is not a topic.
    """
    text = raw[:256].decode("utf-8", "replace")
    stream, slash, track = text.partition("/")
    if not slash or not track.endswith(END):
        raise Invalid(f"{text!r:.80} is not a topic: expected NAME/TRACK{END}")
    return check_name(stream), TrackName.parse(track.removesuffix(END))


def shape_of(picture: Picture) -> tuple[int, ...]:
    """Return the shape of a picture's bytes as one uint8 array, as OpenCV takes it: planes of 4:2:0 below each other."""
    if picture.format in ("bgr", "rgb"):
        return (picture.height, picture.width, 3)
    if picture.format == "gray":
        return (picture.height, picture.width)
    place = picture.layout
    return (place.padded_height * 3 // 2, place.padded_width)


def describe(info: TrackInfo) -> dict[str, Any]:
    """Return the fields that say what a track's records are; extradata, which goes with key frames only, is left out."""
    fields: dict[str, Any] = {"kind": str(info.kind), "epoch": info.epoch, "time_base": str(info.time_base)}
    if info.rate:
        fields["rate"] = str(info.rate)
    picture = info.picture if info.kind is Kind.FRAMES else None
    if picture:
        fields |= {
            "format": picture.format,
            "dtype": "|u1",
            "shape": shape_of(picture),
            "width": picture.width,
            "height": picture.height,
            "matrix": picture.matrix,
            "full_range": picture.full_range,
        }
    elif info.codec:
        fields["format"] = info.codec
        if info.width and info.height:
            fields |= {"width": info.width, "height": info.height}
        fields |= {key: info.details[key] for key in DISPLAY if key in info.details}
    if info.sample_rate:
        fields |= {"sample_rate": info.sample_rate, "channels": info.channels}
    if info.kind is Kind.SAMPLES and info.codec in _SAMPLES:
        fields["dtype"] = _SAMPLES[info.codec]
    return fields


def read_json(raw: bytes, max_bytes: int = MAX_HEADER_BYTES) -> dict[str, Any]:
    """Return the fields of a header.

    Raises:
        Invalid: it is too long, or no JSON object.
    """
    if len(raw) > max_bytes:
        raise refused("header", f"{len(raw)} bytes, at most {max_bytes} are read")
    try:
        fields = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise refused("header", "it is not JSON") from error
    if not isinstance(fields, dict):
        raise refused("header", "it is not a JSON object")
    return fields


@dataclass(frozen=True, slots=True)
class Envelope:
    """A header that was received. None stands for what it does not say: the receiver then counts and times by itself."""

    info: TrackInfo
    seq: int | None
    pts: int | None
    dts: int | None
    duration: int
    captured_at: int | None
    clock: Clock
    flags: Flag
    dropped: int
    data: Mapping[str, Any] | None = None  # of a data record: its type, and of an array dtype and shape

    @classmethod
    def parse(cls, track: TrackName, raw: bytes, size: int) -> Envelope:
        """Return the header `raw` of a record of `size` bytes.

        Raises:
            Invalid: it is not one, or does not fit the payload; the message begins with what is wrong.
        """
        fields = read_json(raw)
        version = fields.get("v", VERSION)
        if version != VERSION:
            raise refused("version", f"the header has {version!r:.20}, this side speaks {VERSION}")
        kind = track.kind
        if fields.get("kind", kind) != kind:
            raise refused("kind", f"{fields['kind']!r:.20} in a topic of {kind}")
        info = _INFOS[kind](track, fields, size)
        return cls(
            info,
            _whole(fields, "seq", 0),
            _whole(fields, "pts", -_MAX_INT),
            _whole(fields, "dts", -_MAX_INT),
            _whole(fields, "duration", 0) or 0,
            _whole(fields, "captured_at", 0),
            _clock(fields),
            _flags(fields, track, info.codec),
            _whole(fields, "dropped", 0) or 0,
            _data(fields, size) if kind is Kind.DATA else None,
        )


def _whole(fields: Mapping[str, Any], key: str, low: int) -> int | None:
    value = fields.get(key)
    if value is None:
        return None
    if type(value) is not int or not low <= value < _MAX_INT:
        raise refused(key, f"must be a whole number in its range, got {value!r:.40}")
    return value


def _size(fields: Mapping[str, Any], key: str, most: int) -> int:
    value = _whole(fields, key, 0) or 0
    if value > most:
        raise refused(key, f"{value} is more than {most}")
    return value


def _text(fields: Mapping[str, Any], key: str, default: str = "", most: int = 64) -> str:
    value = fields.get(key, default)
    if not isinstance(value, str) or len(value) > most:
        raise refused(key, f"must be a text of at most {most} characters, got {value!r:.40}")
    return value


def _fraction(fields: Mapping[str, Any], key: str) -> Fraction | None:
    text = _text(fields, key)
    if not text:
        return None
    try:
        value = number.fraction(text, 0, 10**9)
    except ValueError as error:
        raise refused(key, f"must be a fraction, such as 1/90000, got {text!r:.40}") from error
    if not value or value.denominator >= 1 << 31:
        raise refused(key, f"must be greater than 0 with a denominator below 2^31, got {text!r:.40}")
    return value


def _clock(fields: Mapping[str, Any]) -> Clock:
    clock = _CLOCKS.get(_text(fields, "clock", "arrival"))
    if clock is None:
        raise refused("clock", f"{fields['clock']!r:.40} is not one of {', '.join(_CLOCKS)}")
    return clock


def _flags(fields: Mapping[str, Any], track: TrackName, codec: str) -> Flag:
    """Of video only key frames are entry points, and they say so; everything else is one."""
    flags, always = Flag.NONE, track.base != "video" or codec == "mjpeg"
    for key, flag in _FLAGS.items():
        value = fields.get(key, False)
        if not isinstance(value, bool):
            raise refused(key, f"{value!r:.20} is not true or false")
        flags |= flag if value else Flag.NONE
    return flags | (Flag.KEY if always else Flag.NONE)


def _common(track: TrackName, fields: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    return {
        "name": track.base,
        "kind": kind,
        "time_base": _fraction(fields, "time_base") or Fraction(1, 1_000_000),
        "rate": _fraction(fields, "rate"),
        "epoch": _whole(fields, "epoch", 0) or 0,
    }


def _frames(track: TrackName, fields: Mapping[str, Any], size: int) -> TrackInfo:
    name, shape = _text(fields, "format"), _shape(fields)
    width, height = _size(fields, "width", 1 << 20), _size(fields, "height", 1 << 20)
    if not width and not height and len(shape) >= 2:
        height, width = shape[:2]
        if name in ("i420", "nv12"):
            height = height * 2 // 3
    matrix = _text(fields, "matrix", "bt601")
    try:
        picture = Picture(
            name, width, height, matrix if matrix in MATRICES else "bt601", fields.get("full_range") is True
        )
    except Invalid as error:
        raise refused("picture", f"{error}") from error
    expected = shape_of(picture)
    if shape and shape != expected and shape != (*expected, 1):
        raise refused(
            "shape", f"{name} of {width} x {height} has {list(expected)}, the header says {list(shape)!r:.60}"
        )
    if fields.get("dtype", "|u1") not in ("|u1", "u1", "uint8"):
        raise refused("dtype", f"{fields['dtype']!r:.20}, pictures are of uint8")
    if picture.layout.size_bytes != size:
        raise refused(
            "size", f"{name} of {width} x {height} has {picture.layout.size_bytes} bytes, {size} came"
        )
    return TrackInfo(**_common(track, fields, Kind.FRAMES), picture=picture, width=width, height=height)


def _packets(track: TrackName, fields: Mapping[str, Any], size: int) -> TrackInfo:
    codec = _text(fields, "format", "mjpeg" if track.base == "jpeg" else "")
    if not codec or not codec.isascii() or not codec.replace("_", "").isalnum():
        raise refused("format", f"{codec!r:.40} is not the name of a codec, such as h264")
    if not size:
        raise refused("size", "a packet is empty")
    rest = _common(track, fields, Kind.PACKETS)
    if track.base == "jpeg":
        rest["name"] = "video"
    return TrackInfo(
        **rest,
        codec=codec,
        extradata=_extradata(fields),
        width=_size(fields, "width", 1 << 16),
        height=_size(fields, "height", 1 << 16),
        sample_rate=_size(fields, "sample_rate", 1 << 20),
        channels=_size(fields, "channels", 64),
        details={key: text for key in DISPLAY if (text := _text(fields, key, most=128))},
    )


def _samples(track: TrackName, fields: Mapping[str, Any], size: int) -> TrackInfo:
    codec = _text(fields, "format", "s16")
    rate, channels = _size(fields, "sample_rate", 1 << 20), _size(fields, "channels", 64)
    if codec != "s16" or not rate or not channels:
        raise refused("format", "samples are s16, with sample_rate and channels")
    if not size or size % (2 * channels):
        raise refused("size", f"{size} bytes are not whole samples of {channels} channels")
    return TrackInfo(**_common(track, fields, Kind.SAMPLES), codec=codec, sample_rate=rate, channels=channels)


def _data_info(track: TrackName, fields: Mapping[str, Any], _size: int) -> TrackInfo:
    return TrackInfo(**_common(track, fields, Kind.DATA))


_INFOS = {Kind.FRAMES: _frames, Kind.PACKETS: _packets, Kind.SAMPLES: _samples, Kind.DATA: _data_info}


def _data(fields: Mapping[str, Any], size: int) -> dict[str, Any]:
    kind = _text(fields, "type")
    if kind in ("json", "bytes"):
        return {"type": kind}
    if kind != "array":
        raise refused("type", f"{kind!r:.40}, data are array, json or bytes")
    dtype = fields.get("dtype")
    if (
        not isinstance(dtype, str)
        or not 3 <= len(dtype) <= 4
        or dtype[0] not in "<|"
        or dtype[1] not in KINDS
        or not number.is_digits(dtype[2:])
    ):
        raise refused("dtype", f"{dtype!r:.40} is not a plain number type, such as '<f8'")
    shape = _shape(fields)
    if math.prod(shape) * number.integer(dtype[2:], 0, 99) != size:
        raise refused("size", f"an array of {dtype} {list(shape)!r:.60} does not have {size} bytes")
    return {"type": "array", "dtype": dtype, "shape": list(shape)}


def _shape(fields: Mapping[str, Any]) -> tuple[int, ...]:
    given = fields.get("shape", [])
    if (
        not isinstance(given, list)
        or len(given) > MAX_DIMENSIONS
        or not all(type(side) is int and 0 <= side < 1 << 40 for side in given)
    ):
        raise refused("shape", f"must be a list of whole numbers, got {given!r:.60}")
    return tuple(given)


def _extradata(fields: Mapping[str, Any]) -> bytes:
    given = fields.get("extradata", "")
    if not isinstance(given, str) or len(given) > MAX_EXTRADATA_BYTES:
        raise refused("extradata", f"must be base64 text of at most {MAX_EXTRADATA_BYTES} characters")
    try:
        return base64.b64decode(given, validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused("extradata", "must be base64 text") from error
