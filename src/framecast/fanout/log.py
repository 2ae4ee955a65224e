"""The log of a feed: messages in order that all clients share; each client has a place in it (`cursor`).

No client has a queue of its own, so memory does not grow with the number of clients. The log keeps the newest group of
pictures for clients that join, and what the slowest cursor still needs, up to `Limits`. Beyond these it lets go of the
oldest, and the cursors find out by the counts. Pure: no I/O, no clock. It belongs to one thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, Protocol, TypeAlias, TypeVar

from framecast.model import Kind

MiB = 1 << 20
# Entries that are kept, whatever they hold: superseded ones hold nothing.
MAX_ENTRIES = 1 << 14
_LATE = {Kind.PACKETS: 8 * MiB, Kind.SAMPLES: 4 * MiB, Kind.DATA: 32 * MiB, Kind.FRAMES: 64 * MiB}

# By track: how many records (or whatever its feed counts) it has had so far, lost ones included.
Counts: TypeAlias = tuple[int, ...]
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Limits:
    """How late a client may be, in records and bytes; how large a group of pictures is kept (`most_bytes`).

    With `keeps_start` the start of a larger group is kept, and nothing behind it: a client that joins sees that at once.
    """

    records: int
    late_bytes: int
    most_bytes: int
    keeps_start: bool = False


def limits_for(kinds: Iterable[Kind], records: int) -> Limits:
    """Return the limits of a log with tracks of these kinds, for clients that may be `records` late."""
    late = max(_LATE[kind] for kind in kinds)
    return Limits(max(1, records), late, max(late, 32 * MiB))


class Entry(Generic[M]):
    """One message. A client that had everything up to `before` has everything up to `after` with it.

    `starts`: a client can begin here. `message` is None if a newer record has taken its place. `description` is what a
    client has to know before the message: the same object for as long as that is the same.
    """

    __slots__ = ("after", "before", "description", "message", "number", "records", "size", "starts")

    def __init__(
        self, number: int, message: M, size: int, *, before: Counts, after: Counts, description: object
    ) -> None:
        self.number = number
        self.message: M | None = message
        self.size = size
        self.before = before
        self.after = after
        self.description = description
        self.records = 1
        self.starts = False


class Place(Protocol):
    """What a log has to know of a cursor: the number of the entry that it needs next, -1 if it waits for a start."""

    number: int

    @property
    def lost(self) -> int:
        """How many records it has lost so far."""
        ...


class Log(Generic[M]):
    """Entries in order, numbered from 0. At least the newest is kept."""

    def __init__(self, limits: Limits, tracks: int = 1) -> None:
        self.bytes = 0
        self.first = 0  # the number of the oldest entry that is kept
        self.end = 0  # the number of the next entry
        self.counts: Counts = (0,) * tracks
        self.description: object = None  # of the entries that come now
        self._limits = limits
        self._entries: deque[Entry[M]] = deque()
        self._records = 0
        self._start = -1  # the newest entry that a client can begin with
        self._reduced = -2  # the start of the newest group of which only that is kept
        self._kept_from = -1  # what lies before it is kept only for slow cursors
        self._newest: dict[int, Entry[M]] = {}  # of tracks of which only the newest record counts
        self._places: set[Place] = set()
        self._waiting: list[Place] = []  # of these, for a start
        self._lost = 0  # by cursors that have gone

    @property
    def start(self) -> int:
        """The number of the entry that a new client begins with, -1 if it has to wait for one."""
        return self._start if self._start >= self.first else -1

    @property
    def is_whole(self) -> bool:
        """False if only the start of the newest group is kept."""
        return self._reduced != self._start

    def kept(self) -> Iterator[M]:
        """Give the messages that a client begins with which is pushed to: from the newest start on."""
        if self.start >= 0:
            for entry in islice(self._entries, self._start - self.first, None):
                if entry.message is not None:
                    yield entry.message

    @property
    def lost(self) -> int:
        """How many records its clients have lost so far."""
        return self._lost + sum(place.lost for place in self._places)

    def at(self, number: int) -> Entry[M] | None:
        """Return an entry that is kept, None if it has not come yet."""
        return self._entries[number - self.first] if number < self.end else None

    def count(self, track: int, records: int = 1) -> None:
        """Count records of a track that are in the next entry, or that were lost before it."""
        counts = self.counts
        self.counts = (*counts[:track], counts[track] + records, *counts[track + 1 :])

    def add(self, message: M, size: int, *, starts: bool, track: int = 0) -> Entry[M]:
        """Count one record, and keep its message."""
        before = self.counts
        self.count(track)
        return self.append(message, size, before, starts=starts)

    def append(self, message: M, size: int, before: Counts, *, starts: bool, records: int = 1) -> Entry[M]:
        """Keep a message of records that were counted since `before`, and let go of what is too old."""
        entry = Entry(self.end, message, size, before=before, after=self.counts, description=self.description)
        entry.records, entry.starts = records, starts
        self._entries.append(entry)
        self.end += 1
        self._records += records
        self.bytes += size
        if starts:
            self._start = self._kept_from = entry.number
            for place in self._waiting:
                place.number = entry.number
            self._waiting.clear()
        if len(self._entries) > 1:
            self._trim()
            if self._limits.keeps_start and not starts:
                self._keep_start(entry)
        return entry

    def only_newest(self, track: int, entry: Entry[M]) -> None:
        """Let go of the previous message of a track of which only the newest counts."""
        older = self._newest.get(track)
        self._newest[track] = entry
        if older is not None and older.number >= self.first:
            self._supersede(older)

    def cut(self) -> None:
        """What comes now does not continue what was: no new client begins with that, and what no cursor needs goes."""
        self._start, self._kept_from = -1, self.end
        self._trim(0)

    def clear(self) -> None:
        """Let go of everything."""
        self._entries.clear()
        self._newest.clear()
        self.bytes = self._records = 0
        self._start, self.first = -1, self.end

    def join(self, place: Place) -> None:
        """Keep what a cursor needs from now on; it begins with the newest start, or waits for one."""
        self._places.add(place)
        place.number = self.start
        if place.number < 0:
            self._waiting.append(place)

    def wait(self, place: Place) -> None:
        """Let a cursor go on with the next start."""
        place.number = -1
        self._waiting.append(place)

    def leave(self, place: Place) -> None:
        """A cursor has gone. Idempotent."""
        if place in self._places:
            self._places.discard(place)
            self._lost += place.lost
            if place in self._waiting:
                self._waiting.remove(place)

    def _supersede(self, entry: Entry[M]) -> None:
        self.bytes -= entry.size
        entry.message, entry.size, entry.starts = None, 0, False

    def _keep_start(self, newest: Entry[M]) -> None:
        """Let go of what follows the start of a group that has become too large."""
        if not self.is_whole:
            self._supersede(newest)
        elif self.bytes > self._limits.most_bytes:
            self._reduced = self._start
            for entry in islice(self._entries, 1, None):
                self._supersede(entry)

    def _trim(self, least: int = 1) -> None:
        limits, entries = self._limits, self._entries
        needed = -1  # by the slowest cursor; looked up only where it decides
        while len(entries) > least:
            oldest = entries[0]
            large = self.bytes > limits.most_bytes and not (
                limits.keeps_start and oldest.number == self._start
            )
            full = large or len(entries) > MAX_ENTRIES
            if not (full or oldest.message is None):
                if oldest.number >= self._kept_from:
                    return
                late = self._records > limits.records or self.bytes > limits.late_bytes
                needed = self._needed() if needed < 0 else needed
                if not late and oldest.number >= needed:
                    return
            entries.popleft()
            self.first = oldest.number + 1
            self._records -= oldest.records
            self.bytes -= oldest.size

    def _needed(self) -> int:
        return min((place.number for place in self._places if place.number >= 0), default=self.end)
