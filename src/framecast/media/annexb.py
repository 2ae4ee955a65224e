"""Annex B, the form in which H.264 and H.265 come from cameras and encoders, and how MP4 wants them.

Each unit follows a start code there (H.264 and H.265 annex B); MP4 puts lengths before them (ISO/IEC 14496-15). The
search is `bytes.find`, at the speed of memory. No state, any thread.
"""

from __future__ import annotations

from collections.abc import Iterator

_START = b"\x00\x00\x01"
# Parameter sets (H.264 table 7-1: SPS, PPS; H.265 table 7-1: VPS, SPS, PPS), and the delimiters that MP4 does without.
_SETS = {"h264": (7, 8), "hevc": (32, 33, 34)}
_DELIMITER = {"h264": 9, "hevc": 35}


def is_annex_b(codec: str, extradata: bytes) -> bool:
    """True if packets of a track with this extradata are Annex B: extradata of the MP4 form begins with its version, 1."""
    return codec in _SETS and extradata[:1] != b"\x01"


def units(payload: bytes) -> Iterator[bytes]:
    """Yield the units of a packet without their start codes."""
    at = payload.find(_START)
    while at >= 0:
        begin = at + 3
        at = payload.find(_START, begin)
        unit = payload[begin:] if at < 0 else payload[begin:at]
        # Zeros before a start code belong to it (zero_byte, trailing_zero_8bits); a unit never ends with one.
        unit = unit.rstrip(b"\x00")
        if unit:
            yield unit


def parameter_sets(codec: str, payload: bytes) -> list[bytes]:
    """Return the parameter sets in a packet or in extradata, each once, in their order."""
    return list(dict.fromkeys(unit for unit in units(payload) if kind(codec, unit) in _SETS[codec]))


def kind(codec: str, unit: bytes) -> int:
    """Return the unit's type."""
    return unit[0] & 31 if codec == "h264" else unit[0] >> 1 & 63


class LengthPrefixer:
    """Turns packets into the form of MP4. `known` holds the parameter sets that the file has already: they are left out."""

    def __init__(self, codec: str, known: list[bytes]) -> None:
        self._known = frozenset(known)
        self._droppable = frozenset(unit[0] for unit in known)
        # The first byte of a delimiter: H.264 has nal_ref_idc 0, H.265 layer 0.
        self._delimiter = _DELIMITER[codec] << 1 if codec == "hevc" else _DELIMITER[codec]

    def __call__(self, payload: bytes) -> bytes:
        """Return the packet with 4-byte lengths."""
        parts: list[bytes] = []
        for unit in units(payload):
            first = unit[0]
            if first == self._delimiter or (first in self._droppable and unit in self._known):
                continue
            parts += (len(unit).to_bytes(4, "big"), unit)
        return b"".join(parts)
