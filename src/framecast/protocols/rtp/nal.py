"""Access units of H.264 and H.265 from NAL units (RFC 6184, RFC 7798), as Annex B with four-byte start codes.

An access unit is complete at the marker bit. Cameras break that rule in many ways, and each is handled:

- no marker bit: the access unit is complete when the time stamp changes, or when a unit comes that only the next picture can begin with;
- a marker after each packet or parameter set: a marker inside a fragment or before the first slice is ignored;
- a marker after each slice: noticed when a slice that is not the first of a picture follows the marker with the same time stamp. That
  picture is then returned again as a whole, and markers are ignored from then on;
- parameter sets with the time stamp of the picture before: units without a slice wait for one and take its time;
- several units with start codes between them in one unit: they are split.
"""

from __future__ import annotations

from framecast.protocols.rtp.unit import MAX_BYTES, PART_BYTES, Damaged, Unit

START = b"\x00\x00\x00\x01"
_SHORT_START = b"\x00\x00\x01"
# After this many pictures with correct markers, the last picture is not kept for repair any more.
_PROBATION = 50


class NalDepacketiser:
    """The common part of H.264 and H.265; the subclasses know the types of units."""

    def __init__(self) -> None:
        self._out: list[Unit] = []
        self._parts: list[bytes] = []
        self._size = 0
        self._ticks: int | None = None
        self._slices = 0
        self._is_key = self._is_corrupt = False
        self._misses_some = False  # packets are missing before this access unit
        self._has_orphans = False  # packets are missing, and what follows may be the rest of their unit
        self._fragment_at: int | None = None  # where in `_parts` the unit begins whose fragments are coming
        self._fragment_kind = 0
        self._fragment_counts = False  # as a slice of the picture
        self._believes_markers = True
        self._given = 0
        self._last: Unit | None = None  # the last picture that went out at a marker

    def take(self, payload: bytes, ticks: int, marker: bool, lost: bool) -> list[Unit]:
        """Return the access units that a payload completes.

        Raises:
            Damaged: the payload is malformed.
        """
        if lost:
            self._lose()
        if ticks != self._ticks:
            if self._slices:
                self._give(by_marker=False)
            if self._is_corrupt:
                self._is_corrupt, self._misses_some = False, True  # nothing was left of that picture
            self._ticks = ticks
        try:
            self._unpack(payload)
        except Damaged:
            if not self._out:
                raise
        if marker and self._slices and self._fragment_at is None and self._believes_markers:
            self._give(by_marker=True)
        if not self._out:
            return self._out
        out, self._out = self._out, []
        return out

    # --- what the codecs say

    def _unpack(self, payload: bytes) -> None:
        """Pass the units in a payload to `_unit` and `_fragment`."""
        raise NotImplementedError

    def _kind(self, unit: bytes) -> int:
        """Return the type of a unit."""
        raise NotImplementedError

    def _look(self, kind: int, head: bytes) -> bool:
        """A unit of this type begins, with these bytes: call `_slice` or `_beginning`. True for a slice."""
        raise NotImplementedError

    def _is_slice(self, kind: int) -> bool:
        raise NotImplementedError

    # --- units

    def _aggregate(self, payload: bytes, at: int) -> None:
        """Several units from `at` on, each behind its length in two bytes."""
        while at + 2 <= len(payload):
            end = at + 2 + (payload[at] << 8 | payload[at + 1])
            if end > len(payload):
                raise Damaged("an aggregate beyond its packet")
            self._unit(payload[at + 2 : end])
            at = end

    def _unit(self, unit: bytes) -> None:
        """A whole unit."""
        if not unit:
            return
        self._has_orphans = False
        self._drop_fragment()
        kind = self._kind(unit)
        if not self._is_slice(kind) and _SHORT_START in unit:
            self._split(unit)
            return
        self._look(kind, unit)
        self._append(START, unit)

    def _fragment(self, kind: int, header: bytes, data: bytes, first: bool, last: bool) -> None:
        """A part of a unit whose own header is `header`."""
        if first:
            self._has_orphans = False
            self._drop_fragment()
            self._fragment_counts = self._look(kind, header + data[:1])
            self._fragment_at, self._fragment_kind = len(self._parts), kind
            self._append(START + header, data)
        elif self._fragment_at is None or kind != self._fragment_kind:
            self._drop_fragment()
            self._is_corrupt = True
            if not self._has_orphans:
                raise Damaged("a fragment without its first one")
            return
        else:
            self._append(data)
        if last:
            self._end_fragment()

    def _end_fragment(self) -> None:
        at, self._fragment_at = self._fragment_at, None
        if at is None or self._is_slice(self._fragment_kind):
            return
        unit = b"".join(self._parts[at:])[len(START) :]
        if _SHORT_START in unit:
            del self._parts[at:]
            self._split(unit)

    def _split(self, unit: bytes) -> None:
        """Parameter sets and slices in one unit, with start codes between them, as some cameras send them."""
        for part in unit.split(_SHORT_START):
            inner = part.rstrip(b"\x00")
            if inner:
                self._look(self._kind(inner), inner)
                self._append(START, inner)

    def _drop_fragment(self) -> None:
        """The rest of a unit is missing: nothing of it can be used."""
        if self._fragment_at is not None:
            del self._parts[self._fragment_at :]
            self._fragment_at = None
            self._slices -= self._fragment_counts
            self._is_key &= self._slices > 0
            self._is_corrupt = True

    def _go_on(self, data: bytes) -> None:
        """A fragment in the middle of its unit: most packets are one."""
        self._size += len(data) + PART_BYTES
        if self._size > MAX_BYTES:
            self._clear()
            raise Damaged("an access unit above the limit of 8 MiB")
        self._parts.append(data)

    def _append(self, *parts: bytes) -> None:
        self._size += sum(map(len, parts)) + PART_BYTES
        if self._size > MAX_BYTES:
            self._clear()
            raise Damaged("an access unit above the limit of 8 MiB")
        self._parts += parts

    # --- access units

    def _slice(self, *, first: bool, key: bool) -> None:
        """A slice begins, which is or is not the first of its picture."""
        if first and self._slices:
            self._give(by_marker=False)
        elif not first and not self._slices:
            self._mend()
        self._slices += 1
        self._is_key |= key

    def _beginning(self) -> None:
        """A unit that only stands before the first slice of a picture."""
        if self._slices:
            self._give(by_marker=False)

    def _mend(self) -> None:
        """Handle a picture whose first slice is missing, or was returned already because of a wrong marker."""
        last = self._last
        if last is None or last.ticks != self._ticks:
            self._is_corrupt = True
            return
        self._believes_markers = False
        self._last = None
        if last.payload:
            self._slices += 1
            self._parts.insert(0, last.payload)
            self._size += len(last.payload) + PART_BYTES
            self._is_key, self._is_corrupt = last.is_key, last.is_corrupt
        else:
            self._is_corrupt = True

    def _give(self, *, by_marker: bool) -> None:
        assert self._ticks is not None
        self._drop_fragment()
        if not self._slices:
            return  # the only slice was not whole
        # Pictures may be missing that this one is made from; a key frame is made from none.
        is_corrupt = self._is_corrupt or (self._misses_some and not self._is_key)
        unit = Unit(b"".join(self._parts), self._ticks, 0, self._is_key, is_corrupt)
        self._clear()
        self._misses_some = False
        self._out.append(unit)
        self._given += 1
        self._last = unit if by_marker and self._given <= _PROBATION else None
        if by_marker and self._last is None:
            self._last = unit._replace(payload=b"")

    def _lose(self) -> None:
        """Packets are missing before the next one."""
        self._drop_fragment()
        self._has_orphans = True
        if self._parts:
            self._is_corrupt = True
        else:
            self._misses_some = True

    def _clear(self) -> None:
        self._parts, self._size, self._fragment_at = [], 0, None
        self._slices = 0
        self._is_key = self._is_corrupt = False
