"""How a live MP4 is cut into segments and parts for HLS. Pure; the live MP4 calls, players ask.

A segment begins at a key frame and lasts a second at least, so a camera's group of pictures is one segment; parts are half a
second. What is kept is bounded in time and bytes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from framecast.clock import NS
from framecast.errors import NotFound
from framecast.media.segmenter import CutRule
from framecast.servers.web.live.fragments import Fragments

MIN_SEGMENT_S = 1.0
# A segment is cut without a key frame only if none came for this long, or it would be larger than this.
MAX_SEGMENT_S = 20.0
MAX_SEGMENT_BYTES = 8 << 20
PART_S = 0.5
CUT = CutRule(MIN_SEGMENT_S, MAX_SEGMENT_S, MAX_SEGMENT_BYTES)
KEPT_SEGMENTS = 8
MAX_KEPT_BYTES = 24 << 20
# A part is full a little before its time, so that the picture that comes next does not make it too long.
_EARLY_S = 0.02


@dataclass(slots=True)
class Part:
    """Some pictures of a segment; a player may begin with it if it `opens`."""

    opens: bool
    start_ns: int
    end_ns: int
    buffers: list[bytes] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return (self.end_ns - self.start_ns) / NS


@dataclass(slots=True)
class Segment:
    """One segment; `version` is that of its init segment, `at_ms` when it was captured (UTC)."""

    number: int
    version: int
    at_ms: int
    has_gap: bool = False
    is_whole: bool = False
    size: int = 0
    parts: list[Part] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return sum(part.seconds for part in self.parts)

    @property
    def whole_parts(self) -> list[Part]:
        """All parts but the one that grows."""
        return self.parts if self.is_whole else self.parts[:-1]


class Segments:
    """The newest segments; the last one grows. `add` returns whether something has become whole."""

    def __init__(self) -> None:
        self.all: list[Segment] = []
        self.inits: dict[int, bytes] = {}
        self.gaps = 0  # discontinuities that are not in the list any more
        self.are_independent = True
        self.target_s = 2
        self.part_s = PART_S
        self._version = 0
        self._number = 0
        self._zero_ns = -1
        self._has_gap = False

    @property
    def whole(self) -> list[Segment]:
        """Those that do not grow any more."""
        return [segment for segment in self.all if segment.is_whole]

    def begin(self, init: bytes) -> None:
        """What comes now has this init segment."""
        self._has_gap = bool(self.all)
        self._close()
        self._version += 1
        self.inits[self._version] = init

    def add(self, fragments: Fragments) -> bool:
        """Add fragments of the live MP4; what comes before the first key frame is left out."""
        last = self.all[-1] if self.all and not self.all[-1].is_whole else None
        if last is None and not fragments.opens:
            return False
        segment = self._open(fragments) if last is None or self._is_full(last, fragments) else last
        part = segment.parts[-1] if segment.parts else None
        is_new = part is None or self._is_part_full(part, fragments)
        if part is None or is_new:
            if part is not None:
                part.end_ns = max(part.start_ns, fragments.start_ns)
            part = Part(fragments.opens, fragments.start_ns, fragments.start_ns)
            segment.parts.append(part)
        buffers, size = fragments.buffers(self._zero_ns)
        part.buffers += buffers
        part.end_ns = max(part.end_ns, fragments.items[0].dts_end_ns)
        segment.size += size
        return is_new

    def find(self, number: int) -> Segment:
        """Return a segment.

        Raises:
            NotFound: it is gone, or has not begun.
        """
        for segment in self.all:
            if segment.number == number:
                return segment
        raise NotFound(f"segment {number} is no longer available, or has not begun")

    def has(self, number: int, part: int | None) -> bool:
        """True if a segment, or a part of it, is whole, or was whole before it was forgotten.

        Raises:
            NotFound: it is more than the next.
        """
        if number > self._number + 1:
            raise NotFound(f"segment {number} is too far ahead")
        newest = self._number - 1
        if number != newest:
            return number < newest
        segment = self.all[-1]
        return segment.is_whole or (part is not None and len(segment.whole_parts) > part)

    def _is_full(self, segment: Segment, fragments: Fragments) -> bool:
        seconds = (fragments.start_ns - segment.parts[0].start_ns) / NS
        if not CUT.ends(seconds, segment.size, is_key=fragments.opens):
            return False
        self.are_independent = self.are_independent and fragments.opens
        return True

    def _is_part_full(self, part: Part, fragments: Fragments) -> bool:
        """Sound alone begins no part, if the stream has pictures."""
        is_full = (fragments.start_ns - part.start_ns) / NS >= PART_S - _EARLY_S
        return is_full and (fragments.items[0].is_video or fragments.opens)

    def _open(self, fragments: Fragments) -> Segment:
        if self._zero_ns < 0:
            self._zero_ns = fragments.start_ns
        if self.all and not self.all[-1].is_whole:
            last = self.all[-1].parts[-1]
            last.end_ns = max(
                last.start_ns, fragments.start_ns
            )  # no hole if a picture lasted longer than announced
        self._close()
        segment = Segment(self._number, self._version, fragments.captured_ms, self._has_gap)
        self._has_gap = False
        self._number += 1
        self.all.append(segment)
        return segment

    def _close(self) -> None:
        """The last segment is whole; the oldest go."""
        if not self.all or self.all[-1].is_whole:
            return
        segment = self.all[-1]
        segment.is_whole = True
        self.target_s = max(self.target_s, math.ceil(segment.seconds))
        self.part_s = max(self.part_s, *(part.seconds for part in segment.parts))
        while len(self.all) > KEPT_SEGMENTS or (
            len(self.all) > 2 and sum(one.size for one in self.all) > MAX_KEPT_BYTES
        ):
            self.gaps += self.all.pop(0).has_gap
        oldest = self.all[0].version
        self.inits = {version: init for version, init in self.inits.items() if version >= oldest}
