"""One byte range of a file that never changes, as HTTP asks for it (RFC 9110 section 14). Pure: headers in, a range out.

A range that cannot be understood is ignored, and so are several ranges in one request: then the whole file is the answer, as the RFC allows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from framecast.model import number

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,19})-([0-9]{0,19})[ \t]*")
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e]*")')
_MOST = 10**19


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `start` up to `end` of a file of `size` bytes. `is_part`: the answer is 206."""

    start: int
    end: int
    size: int
    is_part: bool

    @property
    def length(self) -> int:
        """How many bytes it has."""
        return self.end - self.start

    def headers(self) -> dict[str, str]:
        """Return the headers that say what the answer has."""
        found = {"Accept-Ranges": "bytes", "Content-Length": str(self.length)}
        if self.is_part:
            found["Content-Range"] = f"bytes {self.start}-{self.end - 1}/{self.size}"
        return found


def wanted_range(headers: Mapping[str, str], etag: str, size: int) -> ByteRange | None:
    """Return what a GET asks for of a file with this strong entity tag; None if no byte of it is in the file (416)."""
    whole = ByteRange(0, size, size, is_part=False)
    condition = headers.get("if-range")
    if condition is not None and condition.strip() != etag:
        return whole
    found = _RANGE.fullmatch(headers.get("range", ""))
    if found is None or found[0].strip().endswith("=-"):
        return whole
    return _limited(found[1], found[2], whole)


def is_known(headers: Mapping[str, str], etag: str) -> bool:
    """Return whether the client has the file with this tag already (If-None-Match, compared weakly)."""
    given = headers.get("if-none-match", "")
    return given.strip() == "*" or etag in _TAG.findall(given)


def _limited(first: str, last: str, whole: ByteRange) -> ByteRange | None:
    """Return the range from its two numbers, cut to the file. Without the first one it is the end of the file."""
    size = whole.size
    if not first:
        length = min(number.integer(last, 0, _MOST), size)
        return ByteRange(size - length, size, size, is_part=True) if length else None
    start = number.integer(first, 0, _MOST)
    stop = number.integer(last, 0, _MOST) + 1 if last else size
    if last and stop <= start:  # no range at all
        return whole
    if start >= size:
        return None
    return ByteRange(start, min(stop, size), size, is_part=True)
