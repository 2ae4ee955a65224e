"""MP4, Matroska and AVI files built byte by byte, so that each field can be what no muxer writes. Their pictures are JPEG.

What is built without arguments is a video that the check accepts; `test_hostile` looks at that first.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import simplejpeg

WIDTH, HEIGHT, PICTURES, RATE = 64, 48, 10, 25


@cache
def jpeg(width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Return a picture; other sides than its own are written into its header only."""
    picture = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    content = bytearray(simplejpeg.encode_jpeg(picture, colorsubsampling="420"))
    at = content.index(b"\xff\xc0") + 5  # SOF0: after marker, length and precision
    struct.pack_into(">HH", content, at, height, width)
    return bytes(content)


# --- MP4 (ISO/IEC 14496-12, QuickTime File Format)


def box(kind: bytes, *parts: bytes) -> bytes:
    """Return a box."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, body: bytes, version: int = 0) -> bytes:
    """Return a box with a version."""
    return box(kind, struct.pack(">I", version << 24), body)


FTYP = box(b"ftyp", b"qt  \0\0\0\0qt  ")
MATRIX = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)


@dataclass(frozen=True, slots=True)
class Track:
    """One track of pictures. `tables` replaces boxes of its sample table."""

    sample: bytes = b""
    width: int = WIDTH
    height: int = HEIGHT
    count: int = PICTURES
    timescale: int = RATE
    delta: int = 1
    fourcc: bytes = b"jpeg"
    dref: bytes = box(b"url ", b"\0\0\0\1")
    edits: bytes = b""
    tables: tuple[tuple[bytes, bytes], ...] = ()

    def trak(self, number: int, offset: int) -> bytes:
        """Return its box; its samples begin at `offset` of the file."""
        size = len(self.sample or jpeg())
        duration = self.count * self.delta % (1 << 32)
        entry = struct.pack(
            ">6xH16xHHIIIH32xHh",
            1,
            self.width & 0xFFFF,
            self.height & 0xFFFF,
            72 << 16,
            72 << 16,
            0,
            1,
            24,
            -1,
        )
        tables = {
            b"stsd": full(b"stsd", struct.pack(">I", 1) + box(self.fourcc, entry)),
            b"stts": full(b"stts", struct.pack(">III", 1, self.count, self.delta)),
            b"stsc": full(b"stsc", struct.pack(">IIII", 1, 1, self.count, 1)),
            b"stsz": full(b"stsz", struct.pack(">II", size, self.count)),
            b"stco": full(b"stco", struct.pack(">II", 1, offset)),
        } | dict(self.tables)
        stbl = box(b"stbl", *tables.values())
        dinf = box(b"dinf", full(b"dref", struct.pack(">I", 1) + self.dref))
        vmhd = full(b"vmhd", bytes(8))
        hdlr = full(b"hdlr", b"\0\0\0\0vide" + bytes(12) + b"\0")
        mdhd = full(b"mdhd", struct.pack(">IIIII", 0, 0, self.timescale, duration, 0))
        tkhd = full(
            b"tkhd",
            struct.pack(">IIIII", 0, 0, number, 0, duration)
            + bytes(16)
            + MATRIX
            + struct.pack(">II", self.width << 16 & 0xFFFFFFFF, self.height << 16 & 0xFFFFFFFF),
        )
        return box(b"trak", tkhd, self.edits, box(b"mdia", mdhd, hdlr, box(b"minf", vmhd, dinf, stbl)))


def mp4(*tracks: Track, head: bytes = FTYP, more: bytes = b"") -> bytes:
    """Return a file with these tracks, all of which show the same samples; `more` stands in its moov."""
    tracks = tracks or (Track(),)
    first = tracks[0]
    samples = (first.sample or jpeg()) * min(first.count, PICTURES)
    media = box(b"mdat", samples)
    offset = len(head) + 8
    mvhd = full(b"mvhd", struct.pack(">IIII", 0, 0, RATE, PICTURES) + bytes(80))
    traks = (track.trak(number, offset) for number, track in enumerate(tracks, 1))
    return head + media + box(b"moov", mvhd, *traks, more)


def alias(path: str) -> bytes:
    """Return a reference to another file as old Macs wrote it: an alias record with an absolute path."""
    place = ("V" + path.replace("/", ":")).encode()
    place += b"\0" * (len(place) % 2)
    record = bytes(10) + b"\x01V".ljust(28, b"\0") + bytes(12) + b"\x06canary".ljust(64, b"\0") + bytes(16)
    record += struct.pack(">HH", 0, 0) + bytes(16) + struct.pack(">HH", 2, len(place)) + place
    return box(b"alis", b"\0\0\0\0", record + struct.pack(">hH", -1, 0) + bytes(16))


# --- Matroska (RFC 9559)


def element(number: int, *parts: bytes) -> bytes:
    """Return an element of EBML."""
    body = b"".join(parts)
    return (
        number.to_bytes((number.bit_length() + 7) // 8, "big") + struct.pack(">Q", len(body) | 1 << 56) + body
    )


def unsigned(number: int, value: int) -> bytes:
    """Return an element that is a number."""
    return element(number, value.to_bytes(8, "big"))


def ebml(doctype: bytes = b"matroska") -> bytes:
    """Return the head of a file."""
    return element(
        0x1A45DFA3,
        unsigned(0x4286, 1),
        unsigned(0x42F7, 1),
        element(0x4282, doctype),
        unsigned(0x4287, 4),
        unsigned(0x4285, 2),
    )


def track(
    number: int = 1, width: int = WIDTH, height: int = HEIGHT, codec: bytes = b"V_MJPEG", every_ns: int = 0
) -> bytes:
    """Return the entry of a video track."""
    video = element(0xE0, unsigned(0xB0, width), unsigned(0xBA, height))
    pace = unsigned(0x23E383, every_ns) if every_ns else b""
    return element(
        0xAE,
        unsigned(0xD7, number),
        unsigned(0x73C5, number),
        unsigned(0x83, 1),
        element(0x86, codec),
        pace,
        video,
    )


def mkv(
    *,
    tracks: Iterable[bytes] = (),
    more: Iterable[bytes] = (),
    times: Sequence[int] = tuple(range(0, 400, 40)),
    first: int = 0,
    scale: int = 1_000_000,
    duration: bytes = struct.pack(">d", 400.0),
    sample: bytes = b"",
) -> bytes:
    """Return a file with one cluster of pictures at `times` after `first`; `more` stands before it."""
    info = element(
        0x1549A966,
        unsigned(0x2AD7B1, scale),
        element(0x4489, duration) if duration else b"",
        element(0x4D80, b"x"),
        element(0x5741, b"x"),
    )
    entries = element(0x1654AE6B, *(tuple(tracks) or (track(),)))
    blocks = [element(0xA3, b"\x81" + struct.pack(">hB", time, 0x80) + (sample or jpeg())) for time in times]
    cluster = element(0x1F43B675, unsigned(0xE7, first), *blocks)
    return ebml() + element(0x18538067, info, entries, *more, cluster)


def chapters(count: int) -> bytes:
    """Return chapters, each a millisecond long."""
    atoms = (
        element(
            0xB6,
            unsigned(0x73C4, number + 1),
            unsigned(0x91, number * 10**6),
            element(0x80, element(0x85, b"x"), element(0x437C, b"und")),
        )
        for number in range(count)
    )
    return element(0x1043A770, element(0x45B9, *atoms))


def tags(count: int, size: int = 10, depth: int = 0) -> bytes:
    """Return metadata: many fields, long ones, or fields within fields."""
    value = element(0x4487, b"x" * size)
    inner = b""
    for level in range(depth):
        inner = element(0x67C8, element(0x45A3, b"N%d" % level), value, inner)
    fields = (element(0x67C8, element(0x45A3, b"F%d" % number), value, inner) for number in range(count))
    return element(0x1254C367, element(0x7373, element(0x63C0), *fields))


# --- AVI (RIFF)


def chunk(kind: bytes, *parts: bytes) -> bytes:
    """Return a chunk of RIFF."""
    body = b"".join(parts)
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def avi(
    *,
    subtitles: bytes = b"",
    sample: bytes = b"",
    width: int = WIDTH,
    height: int = HEIGHT,
    rate: int = RATE,
    codec: bytes = b"MJPG",
) -> bytes:
    """Return a file with pictures, and with a stream of subtitles if some are given."""
    avih = chunk(
        b"avih",
        struct.pack(
            "<14I", 40000, 0, 0, 0x10, PICTURES, 0, 1 + bool(subtitles), 0, width, height, 0, 0, 0, 0
        ),
    )
    strh = chunk(
        b"strh",
        b"vids",
        codec,
        struct.pack(
            "<IHHIIIIIIII4H", 0, 0, 0, 0, 1, rate, 0, PICTURES, 0, 0, 0, 0, 0, width & 0xFFFF, height & 0xFFFF
        ),
    )
    strf = chunk(b"strf", struct.pack("<IiiHH4sIiiII", 40, width, height, 1, 24, codec, 0, 0, 0, 0, 0))
    lists = [chunk(b"LIST", b"strl", strh, strf)]
    blocks = [chunk(b"00dc", sample or jpeg()) for _ in range(PICTURES)]
    if subtitles:
        strh = chunk(
            b"strh",
            b"txts",
            bytes(4),
            struct.pack("<IHHIIIIIIII4H", 0, 0, 0, 0, 1, rate, 0, 1, 0, 0, 0, 0, 0, 0, 0),
        )
        lists.append(chunk(b"LIST", b"strl", strh, chunk(b"strf")))
        text = (
            struct.pack("<5sHI", b"GAB2\0", 2, 2)
            + bytes(2)
            + struct.pack("<HI", 4, len(subtitles))
            + subtitles
        )
        blocks.insert(0, chunk(b"01tx", text))
    hdrl = chunk(b"LIST", b"hdrl", avih, *lists)
    return chunk(b"RIFF", b"AVI ", hdrl, chunk(b"LIST", b"movi", *blocks))
