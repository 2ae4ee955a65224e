"""MP4 files with other edit lists than FFmpeg would write (ISO/IEC 14496-12, 8.6.6)."""

import struct
from collections.abc import Sequence
from pathlib import Path

NOTHING = -1  # a media time: nothing is shown for so long


def edited(source: Path, out: Path, edits: Sequence[tuple[float, float]], track: int = 0) -> Path:
    """Copy an MP4 whose moov stands last, with `edits` (seconds, media time in seconds or NOTHING) for one track."""
    content = source.read_bytes()
    begin = _find(content, b"moov", 0, len(content))
    head, moov = content[:begin], content[begin:]
    timescale = struct.unpack_from(">I", moov, _find(moov, b"mvhd", 8, len(moov)) + 20)[0]
    trak = _find(moov, b"trak", 8, len(moov))
    for _ in range(track):
        trak = _find(moov, b"trak", trak + _size(moov, trak), len(moov))
    body = moov[trak : trak + _size(moov, trak)]
    mdia = _find(body, b"mdia", 8, len(body))
    media_scale = struct.unpack_from(">I", body, _find(body, b"mdhd", mdia + 8, len(body)) + 20)[0]
    entries = b"".join(
        struct.pack(
            ">IiI", round(seconds * timescale), NOTHING if media < 0 else round(media * media_scale), 1 << 16
        )
        for seconds, media in edits
    )
    elst = _box(b"elst", struct.pack(">II", 0, len(edits)) + entries)
    tkhd = _find(body, b"tkhd", 8, len(body))
    inside = body[tkhd : tkhd + _size(body, tkhd)] + _box(b"edts", elst) + body[mdia:]
    rest = moov[trak + _size(moov, trak) :]
    out.write_bytes(head + _box(b"moov", moov[8:trak] + _box(b"trak", inside) + rest))
    return out


def _size(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">I", data, at)[0])


def _find(data: bytes, kind: bytes, at: int, end: int) -> int:
    """Where the next box of a kind begins among its siblings."""
    while at < end:
        if data[at + 4 : at + 8] == kind:
            return at
        at += _size(data, at)
    raise ValueError(f"no box {kind.decode()}")


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body
