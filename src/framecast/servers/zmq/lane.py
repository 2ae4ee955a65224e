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
# Of video: several groups of pictures of a good camera.
GROUPS_BYTES = 16 << 20
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
        self._limit = GROUPS_BYTES if groups else QUEUE_BYTES
        self._waiting: deque[tuple[Message, int]] = deque()  # each with what was lost right before it
        self._bytes = 0
        self._gap = 0  # lost behind the newest that waits
        self._wait_key = groups

    def offer(self, message: Message) -> None:
        """Append; where that is too much, leave out the oldest, of video up to a key frame."""
        self.lost += message.lost
        if self._groups and message.lost:
            self._wait_key = True  # the bus itself left something out
        self._wait_key = self._wait_key and not message.is_key
        self._gap += message.lost
        if self._wait_key:
            self._gap += 1
            self.lost += 1
            return
        self._waiting.append((message, self._gap))
        self._gap = 0
        self._bytes += message.size + _OVERHEAD
        while len(self._waiting) > 1 and (self._bytes > self._limit or len(self._waiting) > QUEUE_RECORDS):
            self._lose_oldest()

    def take(self) -> tuple[Message, int] | None:
        """Return the oldest."""
        if not self._waiting:
            return None
        message, dropped = self._waiting.popleft()
        self._bytes -= message.size + _OVERHEAD
        return message, dropped

    def _lose_oldest(self) -> None:
        """The oldest record; of video everything up to the next key frame that waits, or that comes."""
        self._lose_first()
        while self._groups and self._waiting and not self._waiting[0][0].is_key:
            self._lose_first()
        self._wait_key = self._groups and not self._waiting

    def _lose_first(self) -> None:
        message, dropped = self._waiting.popleft()
        self._bytes -= message.size + _OVERHEAD
        self.lost += 1
        if self._waiting:
            following, gap = self._waiting[0]
            self._waiting[0] = (following, gap + dropped + 1)
        else:
            self._gap += dropped + 1


def lane_for(track: TrackName) -> Lane:
    """Return the lane that suits a track."""
    if track.kind is Kind.FRAMES or track.base == "jpeg":
        return Latest()
    return Queue(groups=track.base == "video")
