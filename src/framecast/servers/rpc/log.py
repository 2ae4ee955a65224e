"""What a feed keeps for those who come late or read slowly: a log that every client has a position in.

No client has a queue of its own, so the memory is that of the log, however many there are: the newest group of pictures,
and behind it as much as a slow one may be late. Pure.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from framecast.model import Kind
from framecast.servers.rpc.batch import Batch, Counts, Heads, Part

MiB = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """How late a client may be, in records and bytes, and how large a group of pictures is kept (`most`)."""

    records: int
    late_bytes: int
    most_bytes: int


# Whatever they hold: batches of pictures that were superseded hold nothing.
MAX_BATCHES = 1 << 14
_LATE = {Kind.PACKETS: 8 * MiB, Kind.SAMPLES: 4 * MiB, Kind.DATA: 32 * MiB, Kind.FRAMES: 64 * MiB}


def limits_for(kinds: Iterable[Kind], records: int) -> Limits:
    """Return the limits of a log with tracks of these kinds."""
    late = max(_LATE[kind] for kind in kinds)
    return Limits(max(1, records), late, max(late, 32 * MiB))


class Log:
    """Batches in their order, numbered from 0. At least the newest is kept."""

    def __init__(self, limits: Limits) -> None:
        self.bytes = 0
        self._limits = limits
        self._batches: deque[Batch] = deque()
        self._records = 0
        self._end = 0
        self._start = -1  # the newest batch that a client can begin with
        self._newest: dict[int, Batch] = {}  # of tracks of which only the newest counts

    @property
    def start(self) -> int:
        """The number of the batch that a new client begins with, -1 where it has to wait for one."""
        return self._start if self._batches and self._start >= self._batches[0].number else -1

    @property
    def first(self) -> int:
        """The number of the oldest batch that is kept."""
        return self._batches[0].number if self._batches else self._end

    def at(self, number: int) -> Batch | None:
        """Return a batch that is kept, None where it has not come yet."""
        return self._batches[number - self.first] if number < self._end else None

    def append(
        self, heads: Heads, before: Counts, after: Counts, *, parts: Sequence[Part], starts: bool
    ) -> Batch:
        """Keep a new batch, and let go of what is too old."""
        batch = Batch(self._end, heads, before, after, parts=parts, starts=starts)
        self._batches.append(batch)
        self._end += 1
        self._records += batch.records
        self.bytes += batch.size
        if starts:
            self._start = batch.number
        self._trim()
        return batch

    def only_newest(self, track: int, batch: Batch) -> None:
        """Let go of the one before of a track of which only the newest counts."""
        older = self._newest.get(track)
        self._newest[track] = batch
        if older is not None and older.number >= self.first:
            self.bytes -= older.size
            older.supersede()

    def clear(self) -> None:
        """Let go of everything."""
        self._batches.clear()
        self._newest.clear()
        self.bytes = self._records = 0

    def _trim(self) -> None:
        limits, batches = self._limits, self._batches
        while len(batches) > 1:
            spare = batches[0].number < self._start and (
                self._records > limits.records or self.bytes > limits.late_bytes
            )
            full = self.bytes > limits.most_bytes or len(batches) > MAX_BATCHES
            if not (spare or full or not batches[0].size):
                return
            oldest = batches.popleft()
            self._records -= oldest.records
            self.bytes -= oldest.size
