"""One picture as MJPEG viewers get it: a part of a multipart/x-mixed-replace body (RFC 2046 section 5.1).

A part ends with the boundary of the next one: Firefox, players and programs show a picture when they see its end, and
with the boundary only in front of each part, every picture would be shown one frame interval late. Chromium waits even
longer, for the next part's whole header (its bug 527446). It gets that early, without the length that is not known yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from framecast.clock import NS, monotonic_ns
from framecast.protocols.websocket import Opcode, framed

BOUNDARY = b"frame"
MEDIA_TYPE = "multipart/x-mixed-replace; boundary=frame"
# The body begins with the first boundary; every part brings the next.
OPENING = b"--" + BOUNDARY + b"\r\n"
# For Chromium the header of the next part belongs to that.
EAGER_OPENING = OPENING + b"Content-Type: image/jpeg\r\n\r\n"


class JpegPicture:
    """A picture: `data`, `eager` and `message` are the same objects for every viewer, `jpeg` is the picture alone."""

    __slots__ = ("_data", "_eager", "_message", "arrived_ns", "at_ns", "captured_at", "jpeg", "live")

    def __init__(
        self, jpeg: bytes, captured_at: int, at_ns: int, *, live: bool = True, arrived_ns: int = 0
    ) -> None:
        self.jpeg = jpeg
        self.captured_at = captured_at  # UTC ns
        self.at_ns = at_ns  # CLOCK_MONOTONIC ns when it was here
        self.arrived_ns = arrived_ns or at_ns  # CLOCK_MONOTONIC ns when its source had it
        self.live = live  # False for a "no signal" picture
        self._data: bytes | None = None
        self._eager: bytes | None = None
        self._message: bytes | None = None

    @property
    def age_s(self) -> float:
        """How long ago its source had it."""
        return (monotonic_ns() - self.arrived_ns) / NS

    @property
    def data(self) -> bytes:
        """Header, picture and the next boundary; built once, for all viewers."""
        if self._data is None:
            stamp = f"{self.captured_at // 1_000_000_000}.{self.captured_at // 1000 % 1_000_000:06d}"
            head = (
                f"Content-Type: image/jpeg\r\nContent-Length: {len(self.jpeg)}\r\n"
                f"X-Timestamp: {stamp}\r\nX-Live: {int(self.live)}\r\n\r\n"
            )
            self._data = b"".join((head.encode(), self.jpeg, b"\r\n", OPENING))
        return self._data

    @property
    def eager(self) -> bytes:
        """Picture, next boundary and next header, for Chromium; built once, for all viewers."""
        if self._eager is None:
            self._eager = b"".join((self.jpeg, b"\r\n", EAGER_OPENING))
        return self._eager

    @property
    def message(self) -> bytes:
        """The picture as a WebSocket message; built once, for all viewers."""
        if self._message is None:
            self._message = framed(Opcode.BINARY, self.jpeg)
        return self._message


def is_eager(headers: Mapping[str, str]) -> bool:
    """True for Chromium's own pictures (`<img>`), not for scripts that read the parts themselves."""
    return "Chrome/" in headers.get("user-agent", "") and headers.get("sec-fetch-dest") != "empty"
