"""Records of one track as messages of its log, each encoded once for all subscribers. Pure.

Of video nothing is kept that a decoder could not use: what comes before the first key frame, and what follows a gap up to the next one.
It counts as lost.
"""

from __future__ import annotations

from framecast.bus import Record
from framecast.fanout.log import Limits, Log
from framecast.fanout.loss import Loss, loss_of
from framecast.servers.zmq.dialect import Dialect, Key
from framecast.servers.zmq.message import Message

QUEUE_BYTES = 8 << 20
QUEUE_RECORDS = 8192
# Of video: several groups of pictures of a good camera.
GROUPS_BYTES = 16 << 20
# A message costs so much beside its payload.
_OVERHEAD = 512


def limits_of(loss: Loss) -> Limits:
    """Return how late a subscriber may be."""
    most = GROUPS_BYTES if loss is Loss.GROUPS else QUEUE_BYTES
    return Limits(QUEUE_RECORDS, most, most)


class Encoder:
    """Fills `log` with the messages of one track."""

    def __init__(self, log: Log[Message], key: Key, dialect: Dialect) -> None:
        self._log = log
        self._stream, self._track = key
        self._dialect = dialect
        self._loss = loss_of(self._track)
        self._is_whole = False  # nothing is missing since the newest key frame

    def add(self, record: Record) -> None:
        """Add the next record."""
        log = self._log
        if record.dropped:
            log.count(0, record.dropped)
            self._is_whole = False
        starts = record.is_key or self._loss is not Loss.GROUPS
        self._is_whole = self._is_whole or starts
        if not self._is_whole:
            log.count(0)
            return
        message = self._dialect.message(self._stream, self._track, record)
        entry = log.add(message, message.size + _OVERHEAD, starts=starts)
        if self._loss is Loss.NEWEST:
            log.only_newest(0, entry)

    def cut(self) -> None:
        """What comes now does not continue what was."""
        self._is_whole = False
        self._log.cut()
