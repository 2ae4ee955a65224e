"""Finds JPEG pictures in a byte stream, whatever a camera puts around them. Pure: bytes in, pictures out.

The pictures' own markers (ITU-T T.81 annex B) say where each begins and ends. Boundaries, part headers, text parts, and lengths of
multipart bodies are not looked at, since cameras write all of them wrong. A preview inside a picture belongs to it. A picture that is cut off by the next one
ends there; no picture is larger than `max_bytes`. Every byte is read a bounded number of times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from framecast.errors import SourceError

BEGIN = b"\xff\xd8\xff"
_END = b"\xff\xd9"
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
# Coded data ends at a marker that is neither a stuffed byte, a restart marker nor a fill byte.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
# Markers without a length.
_BARE = frozenset((0x01, *range(0xD0, 0xD8)))
# What cameras may write behind a picture that has no end marker.
_TAIL = re.compile(rb"\r?\n--[ -~]{1,200}\r?\n")


class Jpegs:
    """Takes bytes and returns whole pictures. `is_inside` is True while a picture has begun."""

    def __init__(self, max_bytes: int) -> None:
        self._max = max_bytes
        self._data = bytearray()
        self._at = 0  # up to here the picture is known
        self._in_scan = False
        self._lost = False  # the lengths of the picture's segments are wrong: look for its end alone
        self.is_inside = False

    def take(self, piece: bytes) -> Iterator[bytes]:
        """Yield the pictures that this piece completes.

        Raises:
            SourceError: bad-data if a picture is too large.
        """
        self._data += piece
        while True:
            if not self.is_inside and not self._find_begin():
                return
            end = self._find_end()
            if end is None:
                if len(self._data) > self._max:
                    raise SourceError(
                        "bad-data",
                        f"a JPEG picture is larger than {self._max >> 20} MiB, the limit",
                    )
                return
            picture = bytes(self._data[:end])
            del self._data[:end]
            self.is_inside = False
            yield picture if picture.endswith(_END) else _TAIL.split(picture, 1)[0] + _END

    def _find_begin(self) -> bool:
        at = self._data.find(BEGIN)
        if at < 0:
            del self._data[: max(0, len(self._data) - len(BEGIN) + 1)]
            return False
        del self._data[:at]
        self.is_inside, self._at, self._in_scan, self._lost = True, 2, False, False
        return True

    def _find_end(self) -> int | None:
        """Return the position of the end of the picture, None if it has not come yet."""
        data = self._data
        while True:
            if self._in_scan or self._lost:
                found = _MARKER.search(data, self._at)
                if found is None:
                    self._at = max(self._at, len(data) - 1)
                    return None
                self._at = found.start()
                if self._lost and data[self._at + 1] not in (_EOI, _SOI):
                    self._at += 2
                    continue
                self._in_scan = False
            if len(data) < self._at + 4 and not self._is_end_at(self._at):
                return None
            if (end := self._step()) is not None:
                return end

    def _is_end_at(self, at: int) -> bool:
        return len(self._data) >= at + 2 and self._data[at] == 0xFF and self._data[at + 1] in (_EOI, _SOI)

    def _step(self) -> int | None:
        """Go past one marker; return the end of the picture if the marker ends it."""
        data, at = self._data, self._at
        kind = data[at + 1]
        if data[at] != 0xFF:
            self._lost = True
        elif kind == _EOI:
            return at + 2
        elif kind == _SOI:
            return at
        elif kind == 0xFF:
            self._at += 1
        elif kind in _BARE:
            self._at += 2
        else:
            self._at += 2 + max(2, int.from_bytes(data[at + 2 : at + 4], "big"))
            self._in_scan = kind == _SOS
        return None
