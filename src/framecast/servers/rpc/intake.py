"""What a client publishes, checked: tracks that can be, and records that are what their track says.

Readers of the bus trust their publisher with what records are; this is where a stranger's are looked at. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction

import numpy as np

from framecast.clock import Clock, monotonic_ns, utc_ns
from framecast.errors import Invalid
from framecast.model import Flag, Kind, Meta, Picture, TrackInfo, TrackName, number
from framecast.model.data import unpack
from framecast.model.picture import MAX_SIDE
from framecast.protocols.grpc import CLOCKS
from framecast.v1 import media_pb2, streams_pb2

MAX_RECORD_BYTES = 64 << 20
MAX_EXTRADATA_BYTES = 64 << 10
MAX_DETAILS = 32
MAX_DETAIL = 200
MAX_CHANNELS = 64
MAX_SAMPLE_RATE = 768_000
_CODEC = re.compile(r"[a-z0-9_]{1,32}")
_MOST_OF_FRACTION = 9_999_999_999
_MAX_DURATION = 0xFFFFFFFF  # u32 on the bus
_MAX_AGE_NS = 3600 * 10**9


def track_info(track: streams_pb2.Track) -> TrackInfo:
    """Return the description of a declared track.

    Raises:
        Invalid: a field is wrong; the message names it.
    """
    name = TrackName.parse(track.name)
    if name.is_rendition and name.base != "jpeg":
        raise Invalid(
            f"track {name} is a rendition, which the node makes itself: publish {name.base} instead"
        )
    if track.kind and track.kind != name.kind:
        raise Invalid(f"track {name} must be of kind {name.kind}, got {track.kind!r:.40}")
    if len(track.extradata) > MAX_EXTRADATA_BYTES:
        raise Invalid(
            f"extradata of {name} must be at most {MAX_EXTRADATA_BYTES} bytes, got {len(track.extradata)}"
        )
    if len(track.details) > MAX_DETAILS or any(
        len(key) + len(text) > MAX_DETAIL for key, text in track.details.items()
    ):
        raise Invalid(
            f"details of {name} must be at most {MAX_DETAILS}, each of at most {MAX_DETAIL} characters"
        )
    if max(track.width, track.height) > MAX_SIDE:
        raise Invalid(
            f"width and height of {name} must be at most {MAX_SIDE} pixels, got {track.width} x {track.height}"
        )
    picture = _picture(name, track)
    return TrackInfo(
        str(name),
        name.kind,
        time_base=_fraction(name, "time_base", track.time_base or "1/1000000"),
        codec=_codec(name, track),
        extradata=track.extradata,
        picture=picture,
        width=picture.width if picture else track.width,
        height=picture.height if picture else track.height,
        rate=_fraction(name, "rate", track.rate) if track.rate else None,
        sample_rate=track.sample_rate,
        channels=track.channels,
        details=dict(track.details),
    )


def meta(info: TrackInfo, record: media_pb2.Record) -> Meta:
    """Return a record's times and flags, after checking its payload.

    Raises:
        Invalid: it is not what its track says, or has a number that the bus cannot carry.
    """
    _CHECKS[info.kind](info, record.payload)
    if record.duration > _MAX_DURATION:
        raise Invalid(f"duration must be between 0 (unknown) and {_MAX_DURATION}, got {record.duration}")
    if record.clock not in CLOCKS and record.clock != media_pb2.CLOCK_UNSPECIFIED:
        raise Invalid(f"clock {record.clock} is not known: see the enum Clock")
    flags = Flag(record.flags & 15)
    if info.kind is not Kind.PACKETS:
        flags = flags & ~Flag.HIDDEN | Flag.KEY  # each stands for itself
    now = utc_ns()
    return Meta(
        record.pts,
        record.captured_at or now,
        _arrived_ns(record.arrived_at, now),
        CLOCKS.get(record.clock, Clock.DEVICE),
        record.dts if record.HasField("dts") else None,
        record.duration,
        flags,
    )


def _arrived_ns(arrived_at: int, now: int) -> int:
    """Return the client's wall clock on this machine's monotonic clock; a time in the future or too far back counts as now."""
    age = now - arrived_at if arrived_at else 0
    return monotonic_ns() - (age if 0 <= age <= _MAX_AGE_NS else 0)


def _picture(name: TrackName, track: streams_pb2.Track) -> Picture | None:
    if name.base != "frames":
        return None
    if not track.HasField("picture"):
        raise Invalid("a frames track needs its picture: set format, width and height")
    given = track.picture
    picture = Picture(given.format, given.width, given.height, given.matrix or "bt601", given.full_range)
    if picture.layout.size_bytes > MAX_RECORD_BYTES:
        raise Invalid(
            f"a {picture.format} picture of {picture.width} x {picture.height} has {picture.layout.size_bytes} bytes, "
            f"but a record may have at most {MAX_RECORD_BYTES}"
        )
    return picture


def _codec(name: TrackName, track: streams_pb2.Track) -> str:
    if name.base == "jpeg":
        return "mjpeg"
    if name.kind is Kind.SAMPLES:
        if track.codec not in ("", "s16"):
            raise Invalid(f"codec of samples must be s16 (interleaved), got {track.codec!r:.40}")
        if not (0 < track.channels <= MAX_CHANNELS and 0 < track.sample_rate <= MAX_SAMPLE_RATE):
            raise Invalid(
                f"samples need a sample_rate of 1 to {MAX_SAMPLE_RATE} and channels of 1 to {MAX_CHANNELS}, "
                f"got {track.sample_rate} Hz and {track.channels} channels"
            )
        return "s16"
    if name.kind is Kind.PACKETS and not _CODEC.fullmatch(track.codec):
        raise Invalid(f"codec of {name} must be FFmpeg's name, such as h264 or aac, got {track.codec!r:.40}")
    return track.codec if name.kind is Kind.PACKETS else ""


def _fraction(name: TrackName, field: str, text: str) -> Fraction:
    try:
        found = number.fraction(text, 0, 9_999_999_999)
    except ValueError:
        found = Fraction(0)
    if not found or max(found.numerator, found.denominator) > _MOST_OF_FRACTION:
        raise Invalid(f"{field} of {name} must be a fraction such as 1/90000, got {text!r:.40}")
    return found


def _check_packet(info: TrackInfo, payload: bytes) -> None:
    if not payload:
        raise Invalid(f"a packet of {info.name} is empty")


def _check_frame(info: TrackInfo, payload: bytes) -> None:
    picture = info.picture
    assert picture is not None
    expected = picture.layout.size_bytes
    if len(payload) != expected:
        raise Invalid(
            f"a {picture.format} picture of {picture.width} x {picture.height} has {expected} bytes, "
            f"but the record holds {len(payload)}: declare the track again when the size changes"
        )


def _check_samples(info: TrackInfo, payload: bytes) -> None:
    step = 2 * info.channels
    if not payload or len(payload) % step:
        raise Invalid(
            f"a block of s16 samples in {info.channels} channels must have a multiple of {step} bytes, got {len(payload)}"
        )


def _check_data(_info: TrackInfo, payload: bytes) -> None:
    unpack(np.frombuffer(payload, np.uint8))


_CHECKS: Mapping[Kind, Callable[[TrackInfo, bytes], None]] = {
    Kind.PACKETS: _check_packet,
    Kind.FRAMES: _check_frame,
    Kind.SAMPLES: _check_samples,
    Kind.DATA: _check_data,
}
