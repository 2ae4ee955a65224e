"""What waits for one subscriber of one track, and what is left out where it reads too slowly.

Pictures: only the newest counts. Video packets: a subscriber that falls behind loses whole groups of pictures. Everything
else is queued, up to a bound, and loses its oldest. Event loop only; holds no more than its bounds.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from framecast.model import Kind, TrackName
from framecast.servers.zmq.message import Message

QUEUE_BYTES = 8 << 20
QUEUE_RECORDS = 8192
# A message costs so much beside its payload.
_OVERHEAD = 512


class Lane(Protocol):
    """A queue with an opinion. `lost` counts the records that were left out so far."""

    lost: int

    def offer(self, message: Message) -> None:
        """Take a record, or leave it or others out for it."""
        ...

    def take(self) -> tuple[Message, int] | None:
        """Return the next record and how many were lost before it; None where nothing waits."""
        ...


class Latest:
    """The newest record only."""

    def __init__(self) -> None:
        self.lost = 0
        self._waiting: Message | None = None
        self._dropped = 0

    def offer(self, message: Message) -> None:
        """Replace what waits."""
        if self._waiting is not None:
            self._dropped += 1
            self.lost += 1
        self._dropped += message.lost
        self.lost += message.lost
        self._waiting = message

    def take(self) -> tuple[Message, int] | None:
        """Return it once."""
        message, self._waiting = self._waiting, None
        if message is None:
            return None
        dropped, self._dropped = self._dropped, 0
        return message, dropped


class Queue:
    """Records in order; with `groups` video packets, of which only whole groups of pictures are lost."""

    def __init__(self, *, groups: bool = False) -> None:
        self.lost = 0
        self._groups = groups
        self._waiting: deque[Message] = deque()
        self._bytes = 0
        self._dropped = 0
        self._wait_key = groups

    def offer(self, message: Message) -> None:
        """Append; where that is too much, leave out the oldest, of video everything up to the next key frame."""
        if self._wait_key and not message.is_key:
            self._lose(message)
            return
        if self._groups and message.lost and not message.is_key:
            self._wait_key = True  # the bus itself left something out
            self._lose(message)
            return
        self._wait_key = False
        self._waiting.append(message)
        self._bytes += message.size + _OVERHEAD
        while len(self._waiting) > 1 and (self._bytes > QUEUE_BYTES or len(self._waiting) > QUEUE_RECORDS):
            self._overflow()

    def take(self) -> tuple[Message, int] | None:
        """Return the oldest."""
        if not self._waiting:
            return None
        message = self._waiting.popleft()
        self._bytes -= message.size + _OVERHEAD
        dropped, self._dropped = self._dropped + message.lost, 0
        self.lost += message.lost
        return message, dropped

    def _overflow(self) -> None:
        if not self._groups:
            self._lose(self._shift())
            return
        newest = self._waiting[-1]
        while len(self._waiting) > 1 or (self._waiting and not newest.is_key):
            self._lose(self._shift())
        self._wait_key = not self._waiting

    def _shift(self) -> Message:
        message = self._waiting.popleft()
        self._bytes -= message.size + _OVERHEAD
        return message

    def _lose(self, message: Message) -> None:
        self._dropped += 1 + message.lost
        self.lost += 1 + message.lost


def lane_for(track: TrackName) -> Lane:
    """Return the lane that suits a track."""
    if track.kind is Kind.FRAMES or track.base == "jpeg":
        return Latest()
    return Queue(groups=track.base == "video")
