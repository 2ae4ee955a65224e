"""One picture as MJPEG viewers get it: a part of a multipart/x-mixed-replace body (RFC 2046 section 5.1).

A part ends with the boundary of the next one. Browsers show a part when they see its end; with the boundary only in
front of each part, every picture would be shown one frame interval late.
"""

from __future__ import annotations

from dataclasses import dataclass

BOUNDARY = b"frame"
MEDIA_TYPE = "multipart/x-mixed-replace; boundary=frame"
# The body begins with the first boundary; every part brings the next.
OPENING = b"--" + BOUNDARY + b"\r\n"


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A picture: `data` is the same object for every viewer, `jpeg` the picture alone."""

    data: bytes
    jpeg: bytes
    captured_at: int  # UTC ns
    at_ns: int  # CLOCK_MONOTONIC ns when it was here
    live: bool  # False for a "no signal" picture


def part(jpeg: bytes, captured_at: int, at_ns: int, *, live: bool = True) -> Part:
    """Return the part of one picture. Copies the picture once, for all viewers."""
    stamp = f"{captured_at // 1_000_000_000}.{captured_at // 1000 % 1_000_000:06d}"
    head = (
        f"Content-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n"
        f"X-Timestamp: {stamp}\r\nX-Live: {int(live)}\r\n\r\n"
    )
    return Part(b"".join((head.encode(), jpeg, b"\r\n", OPENING)), jpeg, captured_at, at_ns, live)
