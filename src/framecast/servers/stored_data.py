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
from framecast.model.data_file import Place, StoredRecord
from framecast.model.video import Video
from framecast.servers.stored_files import StoredName, find_file

if TYPE_CHECKING:
    from framecast.store.objects import Objects

# An answer ends when it has so many bytes of records, and says where to go on.
PART_BYTES = 1 << 20
# So many bytes of blocks are read for one answer, if they overlap in time.
_MOST_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class StoredTrack:
    """A data track of a video, and its two files."""

    name: str
    records: StoredName
    index: StoredName


@dataclass(frozen=True, slots=True)
class Part:
    """Records in the order of their times. `next`: where to go on, None if this is all that was asked for."""

    records: tuple[StoredRecord, ...]
    next: Place | None


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


def read_part(objects: Objects, track: StoredTrack, start: Place, to_ns: int) -> Part:
    """Return the records from a place up to before a time, or the first part of them.

    Raises:
        NotFound: the files have gone. Invalid: they are not what they should be.
    """
    size = track.records.size
    if size is None:
        size = objects.size(track.records.key)
    index = objects.read(track.index.key, 0, data_file.MAX_INDEX_BYTES + 1)
    part, following = data_file.between(
        data_file.entries(index, size),
        lambda start, end: objects.read(track.records.key, start, end),
        start,
        to_ns,
        part_bytes=PART_BYTES,
        most_bytes=_MOST_BYTES,
    )
    return Part(tuple(part), following)


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
