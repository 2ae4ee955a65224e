"""What cameras and encoders write into H.264 beside the pictures (SEI, annex D): free text is taken out of what is published.

Messages of type 5 (user data, unregistered) hold whatever their maker likes: positions of drones, settings of encoders. All other messages stay:
captions, times, and where decoding can begin. Works on packets with lengths, as MP4 has them; looks behind pictures too, where some
programs write. Pure.
"""

from __future__ import annotations

import re

_SEI = 6
_FREE_TEXT = 5
_END = b"\x80"  # rbsp_trailing_bits
_NEEDS_ESCAPE = re.compile(rb"\x00\x00(?=[\x00-\x03])")


def without_free_text(payload: bytes | memoryview, width: int = 4) -> bytes | None:
    """Return the packet without messages of free text, None if it has none. `width` is the size of each length."""
    at, kept_from = 0, 0
    kept: list[bytes] = []
    total = len(payload)
    while at + width < total:
        size = int.from_bytes(payload[at : at + width], "big")
        begin, end = at + width, at + width + size
        if payload[begin] & 31 == _SEI and (changed := _filtered(bytes(payload[begin:end]))) is not None:
            kept.append(bytes(payload[kept_from:at]))
            if changed:
                kept.append(len(changed).to_bytes(width, "big") + changed)
            kept_from = end
        at = end
    if not kept_from:
        return None
    return b"".join([*kept, bytes(payload[kept_from:])])


def _filtered(unit: bytes) -> bytes | None:
    """The unit without free text, b'' if nothing is left, None if it has none."""
    body = unit[1:].replace(b"\x00\x00\x03", b"\x00\x00")
    kept: list[bytes] = []
    at, found = 0, False
    while at < len(body) and body[at:] != _END:
        begin = at
        kind, at = _number(body, at)
        size, at = _number(body, at)
        at += size
        if kind == _FREE_TEXT:
            found = True
        else:
            kept.append(body[begin:at])
    if not found:
        return None
    left = b"".join(kept)
    return unit[:1] + _NEEDS_ESCAPE.sub(b"\x00\x00\x03", left + _END) if left else b""


def _number(body: bytes, at: int) -> tuple[int, int]:
    """A number of bytes of 255 and a last one (7.3.2.3.1), and where it ends."""
    value = 0
    while at < len(body):
        value += body[at]
        at += 1
        if body[at - 1] != 255:
            break
    return value, at
