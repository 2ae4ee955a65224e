"""Notices that a video track changes its parameters midway: another size, another profile.

RTSP and MPEG-TS carry them in the packets themselves. `signature` is cheap and computed for every key frame; only if it
differs from the last one, the key frame is decoded once to find the rest. No state, any thread.
"""

from __future__ import annotations

from collections.abc import Callable

from framecast.media.coding import Coding
from framecast.media.decoder import Damaged, Decoder
from framecast.model import Picture

# Parameter sets stand in front of the first slice.
_HEAD_BYTES = 4096
_START = b"\x00\x00\x01"
_H264_SETS = (7, 8)  # SPS, PPS (H.264 table 7-1)
_HEVC_SETS = (32, 33, 34)  # VPS, SPS, PPS (H.265 table 7-1)
_AV1_SEQUENCE_HEADER = 1  # AV1 section 6.2.2
_JPEG_SIZE = (0xC0, 0xC1, 0xC2)  # SOF0 to SOF2 (T.81 table B.1)
_JPEG_SCAN = 0xDA


def signature(codec: str, payload: memoryview) -> bytes:
    """Return what a key frame says about its parameters; b'' if it says nothing.

    For H.264 and H.265 in Annex B it is the parameter sets, which are also the new extradata.
    """
    reader = _READERS.get(codec)
    return reader(bytes(payload[:_HEAD_BYTES])) if reader else b""


def is_extradata(codec: str) -> bool:
    """True if a signature can be the extradata of the codec."""
    return codec in ("h264", "hevc")


def probe(coding: Coding, key_frame: bytes) -> Picture | None:
    """Return what a key frame decodes to; None if it cannot be decoded."""
    decoder = Decoder(coding)
    try:
        pictures = decoder.decode(key_frame, 0, 0) or decoder.finish()
    except Damaged:
        return None
    return pictures[0].picture if pictures else None


def _annex_b(head: bytes, wanted: tuple[int, ...], kind: Callable[[int], int], last_set: int) -> bytes:
    """Collect the parameter sets before the first slice; nothing if the packet has length prefixes instead.

    Each counts once: some senders repeat them within one key frame, and only within some.
    """
    found: dict[bytes, None] = {}
    at = head.find(_START)
    if at not in (0, 1):
        return b""
    while at >= 0 and at + 3 < len(head):
        begin = at + 3
        at = head.find(_START, begin)
        unit = kind(head[begin])
        if unit in wanted:
            end = at if at >= 0 else len(head)
            found[b"\x00" + _START + head[begin:end].rstrip(b"\x00")] = None
        elif _is_slice(unit, last_set):
            break
    return b"".join(found)


def _is_slice(unit: int, last_set: int) -> bool:
    """H.264 has its slices below the parameter sets (1 to 5), H.265 as well (0 to 31)."""
    return unit <= 5 if last_set == _H264_SETS[-1] else unit < 32


def _h264(head: bytes) -> bytes:
    return _annex_b(head, _H264_SETS, lambda byte: byte & 31, _H264_SETS[-1])


def _hevc(head: bytes) -> bytes:
    return _annex_b(head, _HEVC_SETS, lambda byte: byte >> 1 & 63, _HEVC_SETS[-1])


def _mjpeg(head: bytes) -> bytes:
    """Height, width and sampling of the frame header."""
    at = 2
    while at + 10 <= len(head) and head[at] == 0xFF and head[at + 1] != _JPEG_SCAN:
        if head[at + 1] in _JPEG_SIZE:
            return head[at + 4 : at + 12]
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    return b""


def _vp8(head: bytes) -> bytes:
    """Width and height with their scaling, of a key frame (RFC 6386 section 9.1)."""
    return head[6:10] if head[3:6] == b"\x9d\x01\x2a" else b""


def _vp9(head: bytes) -> bytes:
    """The uncompressed header of a key frame from its sync code on: colour and size (VP9 section 6.2)."""
    return head[4:10] if head[1:4] == b"\x49\x83\x42" else b""


def _av1(head: bytes) -> bytes:
    """The sequence header, if it comes first or after a temporal delimiter (AV1 section 5.3)."""
    at = 2 if head[:1] in (b"\x12", b"\x16") else 0
    if len(head) < at + 2 or head[at] >> 3 & 15 != _AV1_SEQUENCE_HEADER:
        return b""
    return head[at + 2 : at + 2 + head[at + 1]]


_READERS: dict[str, Callable[[bytes], bytes]] = {
    "h264": _h264,
    "hevc": _hevc,
    "mjpeg": _mjpeg,
    "vp8": _vp8,
    "vp9": _vp9,
    "av1": _av1,
}
