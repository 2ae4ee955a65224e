"""The Huffman tables that some cameras leave out of their JPEG pictures, because they are always the same.

USB cameras and AVI files (AVI1) do so; browsers and most libraries cannot show such pictures. The tables are those of ITU-T T.81,
annex K.3.3, K.3 to K.6. Used by the rendition that passes a camera's own pictures on; any thread.
"""

from __future__ import annotations

_MARKER = 0xFF
_START = b"\xff\xd8"
_TABLES, _SCAN = 0xC4, 0xDA  # DHT, SOS
# Markers without a length: TEM, RST0 to RST7.
_BARE = frozenset((0x01, *range(0xD0, 0xD8)))

# Class and number of each table, how many codes have 1 to 16 bits, and their values in that order.
_STANDARD = """
    00 00010501010101010100000000000000 000102030405060708090a0b
    10 0002010303020403050504040000017d
        01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a161718191a25262728292a3435
        363738393a434445464748494a535455565758595a636465666768696a737475767778797a838485868788898a92939495969798
        999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4
        f5f6f7f8f9fa
    01 00030101010101010101010000000000 000102030405060708090a0b
    11 00020102040403040705040400010277
        000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434e125f11718191a262728292a
        35363738393a434445464748494a535455565758595a636465666768696a737475767778797a82838485868788898a9293949596
        9798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4
        f5f6f7f8f9fa
"""


def _segment() -> bytes:
    body = bytes.fromhex(_STANDARD)
    return bytes((_MARKER, _TABLES)) + (len(body) + 2).to_bytes(2) + body


_SEGMENT = _segment()


def complete(picture: bytes) -> bytes | None:
    """Return a JPEG picture with its tables, unchanged if it has them; None if it is not a JPEG picture."""
    if picture[:2] != _START:
        return None
    at = len(_START)
    while at + 4 <= len(picture) and picture[at] == _MARKER:
        kind = picture[at + 1]
        if kind == _TABLES:
            return picture
        if kind == _SCAN:
            return picture[:at] + _SEGMENT + picture[at:]
        at += _length(picture, at, kind)
    return None


def _length(picture: bytes, at: int, kind: int) -> int:
    """Yield the markers, one after the other."""
    if kind == _MARKER:
        return 1
    return 2 if kind in _BARE else 2 + int.from_bytes(picture[at + 2 : at + 4])
