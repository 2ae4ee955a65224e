"""Data tracks of stored videos as servers read them: by ranges of time, a bounded part at a time. Blocks for the store of objects; any thread.

What is in the records was sent by somebody: it is passed on as a value, never as text of a page, and what cannot be read is left out.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from framecast.clock import NS
from framecast.errors import Invalid, NotFound
from framecast.model import data_file
from framecast.model.data import unpack
from framecast.model.data_file import StoredRecord
from framecast.model.video import Video
from framecast.servers.stored_files import StoredName, find_file

if TYPE_CHECKING:
    from framecast.store.objects import Objects

# An answer ends after a block with which it has so many bytes, and says where to go on.
PART_BYTES = 1 << 20
# So many bytes of blocks are read for one answer, even if all of them have the same time.
_MOST_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """A data track of a video, and its two files."""

    name: str
    records: StoredName
    index: StoredName


@dataclass(frozen=True, slots=True)
class Part:
    """Records in the order of their times. `next_ns`: where to go on, None if this is all that was asked for."""

    records: tuple[StoredRecord, ...]
    next_ns: int | None


def find_track(video: Video, name: str) -> StoredTrack:
    """Return a data track of what is played of a video.

    Raises:
        NotFound: it has none of this name.
    """
    media = video.media
    for one in media.manifest.get("data", ()) if media is not None else ():
        if media is not None and one["name"] == name:
            files = (find_file(video, media.generation, one[part]) for part in ("records", "index"))
            return StoredTrack(name, *files)
    raise NotFound(f"this video has no data track {name!r:.80}")


def read_part(objects: Objects, track: StoredTrack, from_ns: int, to_ns: int) -> Part:
    """Return the records from `from_ns` up to `to_ns`, or the first part of them.

    Raises:
        NotFound: the files have gone. Invalid: they are not what they should be.
    """
    size = track.records.size
    if size is None:
        size = objects.size(track.records.key)
    index = objects.read(track.index.key, 0, data_file.MAX_INDEX_BYTES + 1)
    wanted = [
        one for one in data_file.entries(index, size) if one.last_ns >= from_ns and one.first_ns < to_ns
    ]
    found: list[StoredRecord] = []
    total, end_ns = 0, to_ns
    for entry in sorted(wanted, key=lambda one: one.first_ns):
        if total >= PART_BYTES and entry.first_ns > from_ns:
            end_ns = entry.first_ns
            break
        if total >= _MOST_BYTES:
            break
        block = objects.read(track.records.key, entry.offset, entry.end)
        total += len(block)
        found += [one for one in data_file.records(block) if from_ns <= one.time_ns < to_ns]
    part = sorted((one for one in found if one.time_ns < end_ns), key=lambda one: one.time_ns)
    return Part(tuple(part), end_ns if end_ns < to_ns else None)


def json_of(record: StoredRecord) -> str | None:
    """Return a record as JSON, None if it cannot be read.

    Times are seconds. A JSON value stands in `value`, bytes as base64 in `bytes`, an array in `array`: base64 of its numbers, with `dtype` and `shape`.
    """
    fields: dict[str, Any] = {"time_s": record.time_ns / NS, "captured_at": record.captured_at / NS}
    try:
        value = unpack(record.payload)
        if isinstance(value, np.ndarray):
            body = base64.b64encode(value.tobytes()).decode()
            fields["array"] = {"dtype": value.dtype.str, "shape": list(value.shape), "base64": body}
        elif isinstance(value, bytes):
            fields["bytes"] = base64.b64encode(value).decode()
        else:
            fields["value"] = value
        return json.dumps(fields, separators=(",", ":"), allow_nan=False)
    except (Invalid, ValueError, RecursionError):
        return None
