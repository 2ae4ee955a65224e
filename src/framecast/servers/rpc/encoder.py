"""Records as messages of a feed's log: several to a message, each encoded once for all clients. Pure.

A message ends where a client may begin, where something was lost, where a track is described differently, and where it is large enough.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from framecast.bus import Record
from framecast.fanout.log import Log
from framecast.servers.rpc import messages

# A message grows to this at most: clients accept 4 MiB by default. A larger record is a message of its own.
MAX_MESSAGE_BYTES = 1 << 20

Part: TypeAlias = "bytes | NDArray[np.uint8]"
# By track: the response that describes it, b"" before its first record.
Descriptions: TypeAlias = tuple[bytes, ...]


class Batch:
    """Records that travel in one message, joined at its first use: pictures that no client has time for are not copied."""

    __slots__ = ("_data", "_parts")

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts: Sequence[Part] = parts
        self._data = b""

    @property
    def data(self) -> bytes:
        """The message, ready to be sent."""
        if self._parts:
            self._data, self._parts = b"".join(self._parts), ()  # type: ignore[arg-type]  # arrays are buffers
        return self._data


class Encoder:
    """Fills `log` with records of the tracks `names`; of those that are `latest` only the newest record is kept.

    `on_message` is called for each message, with whether the main track is in it: the first one that the stream has.
    """

    def __init__(
        self,
        log: Log[Batch],
        names: Sequence[str],
        latest: Sequence[bool],
        on_message: Callable[[bool], None],
    ) -> None:
        self.main = 0
        self._log = log
        self._names = names
        self._latest = latest
        self._on_message = on_message
        self._infos: list[object] = [None] * len(names)
        log.description = (b"",) * len(names)
        self._parts: list[Part] = []  # of the message that is being filled
        self._size = 0
        self._before = log.counts
        self._starts = False

    @property
    def is_empty(self) -> bool:
        """True if no record waits for `flush`."""
        return not self._parts

    @property
    def has_main(self) -> bool:
        """True if a record of the main track waits for `flush`."""
        return self._log.counts[self.main] != self._before[self.main]

    def add(self, number: int, record: Record) -> None:
        """Add a record of a track; a record of a `latest` track is a message of its own."""
        payload, alone = record.payload, self._latest[number]
        starts = number == self.main and record.is_key
        if (
            alone
            or (starts and not self._starts)
            or record.dropped
            or record.info is not self._infos[number]
            or self._size + len(payload) > MAX_MESSAGE_BYTES
        ):
            self.flush()
            self._describe(number, record)
        if not self._parts:
            self._before, self._starts = self._log.counts, starts
        self._log.count(number)
        head = messages.record_head(self._names[number], record, len(payload))
        self._parts += (head, payload)
        self._size += len(head) + len(payload)
        if alone:
            self._append(alone=number)

    def flush(self) -> None:
        """End the message that is being filled."""
        if self._parts:
            self._append()

    def _describe(self, number: int, record: Record) -> None:
        """Note, between two messages, what was lost before a record and what it is."""
        log = self._log
        if record.dropped:
            log.count(number, record.dropped)
        if record.info is not self._infos[number]:
            self._infos[number] = record.info
            described: Descriptions = log.description  # type: ignore[assignment]  # this encoder's own
            log.description = (
                *described[:number],
                messages.track_description(record.info),
                *described[number + 1 :],
            )

    def _append(self, alone: int = -1) -> None:
        parts, size = self._parts, self._size
        has_main = self.has_main
        self._parts, self._size = [], 0
        entry = self._log.append(
            Batch(parts), size, self._before, starts=self._starts, records=len(parts) // 2
        )
        self._starts = False
        if alone >= 0:
            self._log.only_newest(alone, entry)
        self._before = self._log.counts
        self._on_message(has_main)
