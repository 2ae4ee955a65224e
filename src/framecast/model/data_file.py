r"""Data tracks of stored videos as files: records of `model.data` on the time line of the video, and an index by time. Pure.

A track is two files that only grow, `data-N.records` and `data-N.index`:

    records: "fcdata1\n", u32 length of a JSON object, the object {"track": name}, then blocks one behind the other
    block:   for each record u32 size of its payload, i64 time, i64 captured_at, the payload (`model.data`)
    index:   for each block u64 offset, u32 size, u32 count of records, i64 first time, i64 last time

All numbers are little-endian; times are nanoseconds, from the first picture of the video, and `captured_at` of 1970 (UTC). The records of a block are in the order of
their times; records that came late stand in a later block, so blocks may overlap in time. An entry of the index is written when its block is on the disk: what
a crash leaves behind is cut off behind the last whole entry.
"""

from __future__ import annotations

import json
import struct
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from framecast.clock import NS
from framecast.errors import Invalid
from framecast.model.stream import check_name

# A larger record is not kept. A detector's answer with 100 boxes has about 6 KiB.
MAX_RECORD_BYTES = 256 << 10
# A block is ended when it has so many bytes; one reading of a track holds a few blocks.
BLOCK_BYTES = 256 << 10
# What a track of one video may take; what comes after that is not kept.
MAX_TRACK_BYTES = 1 << 30
MAX_TRACKS = 8
RECORDS, INDEX = ".records", ".index"
_MAGIC = b"fcdata1\n"
_LENGTH = struct.Struct("<I")
_RECORD = struct.Struct("<Iqq")
_ENTRY = struct.Struct("<QIIqq")
MAX_HEAD_BYTES = len(_MAGIC) + _LENGTH.size + 256
# 1 GiB of blocks has so many entries at most; a file with more is not ours.
MAX_INDEX_BYTES = _ENTRY.size * 65536


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record of a stored video. `payload` is as `model.data.pack` makes it; times are nanoseconds."""

    time_ns: int  # from the first picture of the video
    captured_at: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """The place of a block in the file of records, and which times it has."""

    offset: int
    size: int
    count: int
    first_ns: int
    last_ns: int

    def __bytes__(self) -> bytes:
        return _ENTRY.pack(self.offset, self.size, self.count, self.first_ns, self.last_ns)

    @property
    def end(self) -> int:
        """The offset behind the block."""
        return self.offset + self.size


class DataFile:
    """A track that is being written. `blocks` gives what the two files get next; `head` comes first in the file of records."""

    def __init__(self, track: str) -> None:
        self.track = track
        self.head = _head(track)
        self.size = len(self.head)  # of the file of records
        self.count = 0
        self.index_size = 0

    def blocks(self, records: Iterable[StoredRecord]) -> list[tuple[bytes, Entry]]:
        """Return the blocks of more records, in the order of their times, and their entries. Records beyond the limits of a track are left out."""
        made: list[tuple[bytes, Entry]] = []
        block: list[StoredRecord] = []
        size = 0
        for record in sorted(records, key=lambda one: one.time_ns):
            one = _RECORD.size + len(record.payload)
            if len(record.payload) > MAX_RECORD_BYTES or not self._has_room(size + one):
                continue
            if size + one > BLOCK_BYTES and block:
                made.append(self._block(block))
                block, size = [], 0
            block.append(record)
            size += one
        if block:
            made.append(self._block(block))
        return made

    def _has_room(self, size: int) -> bool:
        return self.size + size <= MAX_TRACK_BYTES and self.index_size + _ENTRY.size <= MAX_INDEX_BYTES

    def _block(self, records: list[StoredRecord]) -> tuple[bytes, Entry]:
        data = b"".join(
            _RECORD.pack(len(one.payload), one.time_ns, one.captured_at) + one.payload for one in records
        )
        entry = Entry(self.size, len(data), len(records), records[0].time_ns, records[-1].time_ns)
        self.size += len(data)
        self.count += len(records)
        self.index_size += _ENTRY.size
        return data, entry


def file_pair(records_path: str) -> tuple[Path, Path]:
    """Return the two files of a track from the path of its records."""
    path = Path(records_path)
    return path, path.with_suffix(INDEX)


def track_of(head: bytes) -> str:
    """Return the name of the track in the first `MAX_HEAD_BYTES` of a file of records.

    Raises:
        Invalid: it is no such file.
    """
    start = len(_MAGIC) + _LENGTH.size
    if len(head) < start or not head.startswith(_MAGIC):
        raise Invalid("this is not a data track file: its first bytes are wrong")
    (length,) = _LENGTH.unpack_from(head, len(_MAGIC))
    try:
        fields = json.loads(head[start : start + length])
        return check_name(fields["track"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Invalid("the header of this data track file is damaged") from error


def entries(index: bytes, size: int) -> list[Entry]:
    """Return the entries of an index whose blocks lie within a file of `size` bytes; an entry that is not whole is left out.

    Raises:
        Invalid: it is no such index.
    """
    if len(index) > MAX_INDEX_BYTES:
        raise Invalid(f"the index of a data track must have at most {MAX_INDEX_BYTES} bytes")
    whole = len(index) - len(index) % _ENTRY.size
    found = [Entry(*values) for values in _ENTRY.iter_unpack(index[:whole])]
    for entry in found:
        if entry.size > BLOCK_BYTES + MAX_RECORD_BYTES or entry.first_ns > entry.last_ns:
            raise Invalid(
                f"an entry of the index of a data track must name at most {BLOCK_BYTES + MAX_RECORD_BYTES} bytes, and end after it begins"
            )
    return [entry for entry in found if entry.end <= size]


def index_size(found: Iterable[Entry]) -> int:
    """Return the bytes of an index with these entries."""
    return _ENTRY.size * sum(1 for _ in found)


def records(block: bytes) -> Iterator[StoredRecord]:
    """Yield the records of a block.

    Raises:
        Invalid: it is no such block.
    """
    at = 0
    while at < len(block):
        if at + _RECORD.size > len(block):
            raise Invalid("a block of a data track ends within a record")
        size, time_ns, captured_at = _RECORD.unpack_from(block, at)
        at += _RECORD.size
        if at + size > len(block):
            raise Invalid("a block of a data track ends within a record")
        yield StoredRecord(time_ns, captured_at, block[at : at + size])
        at += size


class Place(NamedTuple):
    """Reading begins at the records of a time, of which the first `skip` are left out."""

    time_ns: int
    skip: int = 0


def between(
    found: Iterable[Entry],
    read: Callable[[int, int], bytes],
    start: Place,
    to_ns: int,
    *,
    part_bytes: int,
    most_bytes: int,
) -> tuple[list[StoredRecord], Place | None]:
    """Return the records from a place up to before a time, in their order, and where to go on: None if these are all.

    Records of one time are in the order in which they were written. `read` gives bytes of the file of records, from and up to. A part has about `part_bytes`
    of records, and `most_bytes` of blocks are read for it at most: more overlap only if data was published out of order for a long time.

    Raises:
        Invalid: a block ends within a record, or too many blocks overlap.
    """
    part = _Part(start, to_ns, part_bytes)
    total = 0
    for entry in found:
        if part.end_ns <= start.time_ns:
            break
        if entry.last_ns < start.time_ns or entry.first_ns >= part.end_ns or part.leaves_out(entry):
            continue
        total += entry.size
        if total > most_bytes:
            raise Invalid(
                f"more than {most_bytes >> 20} MiB of this data track lie at {start.time_ns / NS:.3f} s out of order: read from a later time"
            )
        part.add(read(entry.offset, entry.end))
    return part.records, part.next


class _Part:
    """The first records of a span of time that come in the order of the file; what is behind `part_bytes` of them is let go."""

    def __init__(self, start: Place, to_ns: int, part_bytes: int) -> None:
        self.records: list[StoredRecord] = []
        self.end_ns = to_ns  # records of this time or later are not in the part
        self.next: Place | None = None
        self._start = start
        self._skip = start.skip
        self._part_bytes = part_bytes

    def leaves_out(self, entry: Entry) -> bool:
        """Leave a block out without reading it, if all of it was read before."""
        if not entry.first_ns == entry.last_ns == self._start.time_ns or entry.count > self._skip:
            return False
        self._skip -= entry.count
        return True

    def add(self, block: bytes) -> None:
        """Take what is wanted of a block."""
        at_ns = self._start.time_ns
        for one in records(block):
            if not at_ns <= one.time_ns < self.end_ns:
                continue
            if one.time_ns == at_ns and self._skip:
                self._skip -= 1
            else:
                self.records.append(one)
        self.records.sort(key=lambda one: one.time_ns)  # keeps the order of equal times
        self._cut()

    def _cut(self) -> None:
        sizes = accumulate(_RECORD.size + len(one.payload) for one in self.records)
        count = 1 + sum(1 for size in sizes if size < self._part_bytes)
        if count >= len(self.records):
            return
        at_ns = self.records[count].time_ns
        whole = bisect_left(self.records, at_ns, key=lambda one: one.time_ns)
        if whole:  # those of one time come together, if they can
            self.next = Place(at_ns)
        else:
            self.next = Place(at_ns, count + (self._start.skip if at_ns == self._start.time_ns else 0))
        del self.records[whole or count :]
        self.end_ns = at_ns


def _head(track: str) -> bytes:
    text = json.dumps({"track": check_name(track)}).encode()
    return _MAGIC + _LENGTH.pack(len(text)) + text
