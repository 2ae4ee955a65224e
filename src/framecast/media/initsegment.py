"""The beginning of a fragmented MP4: what FFmpeg's muxer writes, and what a browser must know about it.

Parameters of a codec that are not in the track's description are taken from a key frame. Any thread.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib import import_module
from types import ModuleType

from framecast.errors import Invalid
from framecast.media import annexb
from framecast.model import TrackInfo

_START = b"\x00\x00\x00\x01"
_AV1_SEQUENCE_HEADER = 1
# ISO/IEC 14496-3 table 1.18.
_AAC_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)
_AAC_LC = 2
# Channels -> configuration, table 1.19. Seven channels have no configuration.
_AAC_CHANNELS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 6, 8: 7}


@dataclass(frozen=True, slots=True)
class InitSegment:
    """ftyp and moov, with each track's timescale and codec string (RFC 6381)."""

    payload: bytes
    timescales: tuple[int, ...]
    codecs: tuple[str, ...]


def load() -> ModuleType:
    """Return what writes the beginning of a file, with FFmpeg: its import takes 0.1 s, and a server may do without until it has a viewer."""
    return import_module("framecast.media.template")


def described(info: TrackInfo, key_frame: bytes = b"") -> TrackInfo:
    """Return the track with the extradata that MP4 needs, from a key frame if the track has none.

    Raises:
        Invalid: it is nowhere, or MP4 cannot have this codec.
    """
    if info.codec not in CODECS:
        raise misfit(info)
    extradata = info.extradata
    if annexb.is_annex_b(info.codec, extradata):
        sets = annexb.parameter_sets(info.codec, extradata) or annexb.parameter_sets(info.codec, key_frame)
        extradata = b"".join(_START + unit for unit in sets)
    elif info.codec == "av1" and not extradata:
        extradata = _sequence_header(key_frame)
    elif info.codec == "aac" and not extradata:
        extradata = _aac_config(info.sample_rate, info.channels)
    if not extradata and info.codec in ("h264", "hevc", "av1"):
        raise Invalid(f"track {info.name} has no parameter sets of {info.codec}: pass its first key frame")
    return replace(info, extradata=extradata)


def misfit(info: TrackInfo) -> Invalid:
    """Return the error for a track whose codec MP4, or a browser, does not know."""
    return Invalid(f"MP4 for players cannot hold {info.codec}: expected one of {', '.join(CODECS)}")


def write(
    tracks: Sequence[TrackInfo], lead: Fraction = Fraction(0), audio_lead: Fraction = Fraction(0)
) -> InitSegment:
    """Return the init segment for tracks that are `described`.

    The first picture of the video is shown `lead` seconds after its decoding time: an edit list takes that back, so that its
    pictures are shown in step with the sound although some wait for others. Another one hides the first `audio_lead`
    seconds of the sound, which an encoder puts before the first sample.

    Raises:
        Invalid: FFmpeg refuses them.
    """
    payload = load().head(tracks)
    # Apple's players want the parameter sets promised to be outside of the samples.
    payload = payload.replace(b"hev1", b"hvc1", 1)
    boxes = _track_boxes(payload)
    timescales = tuple(_timescale(box) for box in boxes)
    for index, info in enumerate(tracks):
        begin = lead if info.width else audio_lead
        if begin:
            payload = _with_edit(payload, index, round(begin * timescales[index]))
    return InitSegment(
        payload,
        timescales,
        tuple(CODECS[info.codec](box) for info, box in zip(tracks, boxes, strict=True)),
    )


def _track_boxes(payload: bytes) -> list[bytes]:
    moov = next(body for kind, body in _boxes(payload) if kind == b"moov")
    return [body for kind, body in _boxes(moov) if kind == b"trak"]


def _with_edit(payload: bytes, track: int, media_time: int) -> bytes:
    """Insert an edit list that begins at `media_time`, behind the head of a track (ISO/IEC 14496-12, 8.6.5); 0 lasts for ever."""
    edit = struct.pack(">I4sI4sIIIiI", 36, b"edts", 28, b"elst", 0, 1, 0, media_time, 1 << 16)
    moov = payload.index(b"moov") - 4
    trak = moov + 8
    for _ in range(track + 1):
        trak = payload.index(b"trak", trak + 8) - 4
    (head_size,) = struct.unpack_from(">I", payload, trak + 8)  # tkhd comes first
    at = trak + 8 + head_size
    changed = bytearray(payload[:at] + edit + payload[at:])
    for box in (moov, trak):
        (size,) = struct.unpack_from(">I", payload, box)
        struct.pack_into(">I", changed, box, size + len(edit))
    return bytes(changed)


def _boxes(data: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        found.append((kind, data[at + 8 : at + size]))
        at += max(size, 8)
    return found


def _inside(box: bytes, kind: bytes) -> bytes:
    """What follows the name of a box somewhere inside: there are few bytes in which it could stand by chance."""
    at = box.find(kind)
    if at < 0:
        raise Invalid(f"FFmpeg wrote an MP4 header without {kind.decode()}")
    return box[at + 4 :]


def _timescale(box: bytes) -> int:
    """From mdhd, version 0 or 1 (ISO/IEC 14496-12, 8.4.2)."""
    body = _inside(box, b"mdhd")
    return int(struct.unpack_from(">I", body, 20 if body[0] else 12)[0])


def _h264(box: bytes) -> str:
    """Profile, constraints and level as they stand in avcC (RFC 6381 section 3.3)."""
    return f"avc1.{_inside(box, b'avcC')[1:4].hex()}"


def _hevc(box: bytes) -> str:
    """ISO/IEC 14496-15 annex E: profile, compatibility in reverse order of bits, tier and level, constraints."""
    body = _inside(box, b"hvcC")
    space, tier, profile = body[1] >> 6, body[1] >> 5 & 1, body[1] & 31
    compatible = int(f"{int.from_bytes(body[2:6], 'big'):032b}"[::-1], 2)
    constraints = body[6:12].rstrip(b"\x00")
    parts = [f"{('', 'A', 'B', 'C')[space]}{profile}", f"{compatible:X}", f"{'LH'[tier]}{body[12]}"]
    return ".".join(["hvc1", *parts, *(f"{byte:X}" for byte in constraints)])


def _av1(box: bytes) -> str:
    """'AV1 Codec ISO Media File Format Binding' section 5: profile, level, tier and bits."""
    body = _inside(box, b"av1C")
    tier, high, twelve = body[2] >> 7, body[2] >> 6 & 1, body[2] >> 5 & 1
    return f"av01.{body[1] >> 5}.{body[1] & 31:02d}{'MH'[tier]}.{8 + 2 * high + 2 * (high & twelve):02d}"


def _vp9(box: bytes) -> str:
    """'VP Codec ISO Media File Format Binding': profile, level, bits."""
    body = _inside(box, b"vpcC")
    return f"vp09.{body[4]:02d}.{body[5]:02d}.{body[6] >> 4:02d}"


def _aac(box: bytes) -> str:
    """The object type, in the first bits of AudioSpecificConfig, which stands behind tag 5 (ISO/IEC 14496-3, 1.6.2)."""
    body = _inside(box, b"esds")
    at = body.find(b"\x05\x80\x80\x80") + 5
    kind = body[at] >> 3
    if kind == 31:
        kind = 32 + ((body[at] & 7) << 3 | body[at + 1] >> 5)
    return f"mp4a.40.{kind}"


# FFmpeg's name of each codec that browsers play from MP4, and how its string is found.
CODECS: dict[str, Callable[[bytes], str]] = {
    "h264": _h264,
    "hevc": _hevc,
    "av1": _av1,
    "vp9": _vp9,
    "aac": _aac,
    "opus": lambda _box: "opus",
}


def _sequence_header(payload: bytes) -> bytes:
    """The sequence header OBU of a temporal unit in the low-overhead format (AV1 section 5.3)."""
    at = 0
    while at + 1 < len(payload):
        begin, header = at, payload[at]
        at += 2 if header & 4 else 1
        size, shift = 0, 0
        while at < len(payload) and shift < 56:
            byte = payload[at]
            size |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                break
        at += size
        if header >> 3 & 15 == _AV1_SEQUENCE_HEADER and at <= len(payload):
            return payload[begin:at]
    return b""


def _aac_config(sample_rate: int, channels: int) -> bytes:
    """AudioSpecificConfig of AAC-LC, which is what ADTS nearly always holds (ISO/IEC 14496-3, 1.6.2.1)."""
    if sample_rate not in _AAC_RATES or channels not in _AAC_CHANNELS:
        raise Invalid(
            f"AAC of {sample_rate} Hz and {channels} channels needs its configuration (extradata) for MP4"
        )
    return struct.pack(
        ">H", _AAC_LC << 11 | _AAC_RATES.index(sample_rate) << 7 | _AAC_CHANNELS[channels] << 3
    )
