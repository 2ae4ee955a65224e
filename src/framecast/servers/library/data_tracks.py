"""The data tracks that are recorded beside a stream: its own, and those of other streams about it, such as detections. On the event loop.

A record gets its place on the time line of the recording by the time at which it was captured: that of the picture it is about, or between two pictures. So an answer that comes
late stands at its picture. What waits for that is bounded; a record that is too large, or beyond the limits, is left out, and the log says so once.
"""

from __future__ import annotations

import logging
from bisect import bisect_right, insort
from collections.abc import Callable, Sequence

from framecast.bus import Channel, Record
from framecast.clock import NS
from framecast.errors import NotFound
from framecast.fanout.persistent import Listener, PersistentSubscriber
from framecast.model import Subscription, TrackName
from framecast.model.data_file import MAX_RECORD_BYTES, MAX_TRACKS, DataFile, StoredRecord
from framecast.model.subscription import default_policy
from framecast.servers.library.recording_files import DataWrite

DATA = TrackName.parse("data")
# Of one track, in memory: what has come since the last segment of the recording.
MAX_WAITING_BYTES = 8 << 20
# Pictures whose times are remembered: 68 s at 60 a second. An answer about an older one stands at the oldest.
_MOST_PICTURES = 4096
# How long after the last picture data may have been captured to be kept, when the recording ends.
_TAIL_NS = 2 * NS

log = logging.getLogger("framecast.library")


class MediaTimes:
    """The place of something on the time line of a recording, by the pictures that were captured before and after it. Pure."""

    def __init__(self) -> None:
        self._pictures: list[tuple[int, int]] = []  # captured_at and time, in order

    @property
    def newest(self) -> int:
        """When the newest picture was captured, 0 before the first one."""
        return self._pictures[-1][0] if self._pictures else 0

    def picture(self, captured_at: int, time_ns: int) -> None:
        """Note a picture of the recording."""
        insort(self._pictures, (captured_at, time_ns))
        if len(self._pictures) > _MOST_PICTURES:
            del self._pictures[0]

    def place(self, captured_at: int) -> int | None:
        """Return the time of something, None if it was captured before the recording or long after its newest picture."""
        after = bisect_right(self._pictures, (captured_at, 1 << 62))
        if not after or captured_at > self.newest + _TAIL_NS:
            return None
        at, time_ns = self._pictures[after - 1]
        found = time_ns + captured_at - at
        # After a gap pictures go on later than by their clock, or earlier.
        return min(found, self._pictures[after][1]) if after < len(self._pictures) else found


class DataTracks:
    """The data of `stream` and of the streams `about` it, read from now on until `close`."""

    def __init__(self, stream: str, about: Sequence[str], connect: Callable[[], Channel]) -> None:
        names = list(dict.fromkeys((stream, *about)))[:MAX_TRACKS]
        self._times = MediaTimes()
        self._tracks = [_DataTrack(name, connect, waits=name != stream) for name in names]
        self._numbers: dict[str, int] = {}  # of those that have a file, in the order in which their data came

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """The tracks that have files, by their numbers, and how many records each has."""
        by_name = {track.name: track for track in self._tracks}
        return tuple((name, by_name[name].file.count) for name in self._numbers)

    def picture(self, captured_at: int, time_ns: int) -> None:
        """Note when a picture of the recording was captured, and its time in nanoseconds."""
        self._times.picture(captured_at, time_ns)

    def take(self, *, is_last: bool = False) -> tuple[DataWrite, ...]:
        """Return what the files get next: the records that were captured up to the newest picture; at the end all that are left."""
        made = []
        for track in self._tracks:
            blocks = track.file.blocks(track.due(self._times, is_last=is_last))
            if not blocks:
                continue
            is_new = track.name not in self._numbers
            number = self._numbers.setdefault(track.name, len(self._numbers))
            data = b"".join((track.file.head if is_new else b"", *(block for block, _ in blocks)))
            made.append(DataWrite(number, data, b"".join(bytes(entry) for _, entry in blocks)))
        return tuple(made)

    def close(self) -> None:
        """Read no more. Idempotent; `take` still gives what has come."""
        for track in self._tracks:
            track.close()


class _DataTrack:
    """One data track, and what has come of it."""

    def __init__(self, name: str, connect: Callable[[], Channel], *, waits: bool) -> None:
        self.name = name
        self.file = DataFile(name)
        self._waiting: list[tuple[int, bytes]] = []
        self._size = 0
        self._has_warned = False
        wanted = Subscription(name, DATA, default_policy(DATA.kind), label="recording", wait=waits)
        self._subscriber = PersistentSubscriber(wanted, connect, Listener(self._on_record, self._on_absent))

    def due(self, times: MediaTimes, *, is_last: bool) -> list[StoredRecord]:
        """Take out what can be placed now."""
        newest, rest, found = times.newest, [], []
        for captured_at, payload in self._waiting:
            if captured_at > newest and not is_last:
                rest.append((captured_at, payload))
                continue
            time_ns = times.place(captured_at)
            if time_ns is not None:
                found.append(StoredRecord(time_ns, captured_at, payload))
        self._waiting, self._size = rest, sum(len(payload) for _, payload in rest)
        return found

    def close(self) -> None:
        self._subscriber.close()

    def _on_record(self, record: Record) -> None:
        size = len(record.payload)
        if size > MAX_RECORD_BYTES or self._size + size > MAX_WAITING_BYTES:
            if not self._has_warned:
                self._has_warned = True
                log.warning(
                    "a record of %d bytes of the data of %s is not recorded: too large", size, self.name
                )
            return
        self._waiting.append((record.captured_at, bytes(record.payload)))
        self._size += size

    def _on_absent(self, _error: NotFound) -> None:
        """Most streams have no data."""
