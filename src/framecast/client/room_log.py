"""The place of a program in the log of a room: what it gets next, each event once and in order, or word of a gap. Pure.

What has arrived waits here, bounded in number and bytes. What does not fit is let go: the database has it, and it is asked for again by its number
when there is room. `position` is behind the newest event that waits, `taken` behind the newest one that the program has.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framecast.client.room_values import RoomEvent, event_from, message_from
from framecast.errors import Invalid
from framecast.model import number

if TYPE_CHECKING:
    from framecast.v1 import rooms_pb2

MOST_EVENTS = 1000
MOST_BYTES = 4 << 20
_MOST_SEQ = (1 << 53) - 1
_OVERHEAD = 400  # bytes of an event beside its text
NOW = "now"


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a log: behind the event `seq` of an epoch. The epoch is empty as long as it is not known."""

    epoch: str
    seq: int

    def __str__(self) -> str:
        return f"{self.epoch}/{self.seq}"


def position_from(since: int | str | None) -> Position | None:
    """Return where a program wants to begin; None: behind everything that was said before.

    Raises:
        Invalid: it is no place in a log.
    """
    if since is None:
        return Position("", 0)
    if since == NOW:
        return None
    epoch, _, seq = since.rpartition("/") if isinstance(since, str) else ("", "", str(since))
    try:
        return Position(epoch, number.integer(seq, 0, _MOST_SEQ))
    except ValueError:
        raise Invalid(
            f"since must be the seq of a message, the position of a room (EPOCH/SEQ), or '{NOW}'; got {since!r:.60}"
        ) from None


class RoomLog:
    """`since` as `position_from` gives it."""

    def __init__(
        self, since: Position | None, most_events: int = MOST_EVENTS, most_bytes: int = MOST_BYTES
    ) -> None:
        self._starts_now = since is None
        self.position = since or Position("", 0)
        self.taken = self.position
        self.is_caught_up = since is None  # what follows is what is sent
        self.gaps = 0
        self._is_after_gap = False
        self._waiting: deque[tuple[RoomEvent, int, str]] = deque()
        self._bytes = 0
        self._most_events = most_events
        self._most_bytes = most_bytes

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """True if nothing more is kept now."""
        return len(self._waiting) >= self._most_events or self._bytes >= self._most_bytes

    @property
    def is_low(self) -> bool:
        """True if it is time to ask for what was let go."""
        return len(self._waiting) <= self._most_events // 2 and self._bytes <= self._most_bytes // 2

    @property
    def since(self) -> int | None:
        """What to ask for when the room is entered: events after this number; None: none of before."""
        return self.position.seq if self.is_caught_up and not self._starts_now else None

    def take(self) -> RoomEvent | None:
        """Return the next event, None if none waits."""
        if not self._waiting:
            return None
        event, size, epoch = self._waiting.popleft()
        self._bytes -= size
        self.taken = Position(epoch, event.seq)
        return event

    def on_page(self, answer: rooms_pb2.GetMessagesResponse, most: int) -> None:
        """Take the messages after `position`; fewer than `most` are the last ones of now."""
        if self._is_other(answer.epoch):
            self._begin_again(answer.epoch, 0)
            self.is_caught_up = False
            return
        self.position = Position(answer.epoch or self.position.epoch, self.position.seq)
        for message in answer.messages:
            if self.is_full:
                return
            if message.seq > self.position.seq:
                if not message.is_deleted:
                    gap, self._is_after_gap = self._is_after_gap, False
                    found = message_from(message, is_after_gap=gap)
                    self._keep(
                        RoomEvent("message", found.seq, found.sent_at, found.author, found), len(found.text)
                    )
                self.position = Position(self.position.epoch, message.seq)
        if len(answer.messages) < most:
            self.is_caught_up = True
            self.position = Position(self.position.epoch, max(self.position.seq, answer.last))

    def on_welcome(self, given: rooms_pb2.JoinResponse.Welcome) -> None:
        """Take what is sent when the room is entered."""
        if self._starts_now:
            self._starts_now = False
            self.position = self.taken = Position(given.epoch, given.last)
            return
        if not self.is_caught_up:
            return
        if self._is_other(given.epoch) or given.last < self.position.seq:
            self._begin_again(given.epoch, given.events[0].seq - 1 if given.events else given.last)
        elif given.is_gap:  # more than is sent: the messages are read page by page
            self.is_caught_up = False
            return
        self.on_events(given.events, given.epoch)

    def on_events(self, events: Iterable[rooms_pb2.RoomEvent], epoch: str) -> None:
        """Take events as they come. What is known already is passed over; of what does not fit, or does not follow, nothing is taken."""
        if self._is_other(epoch):
            self.is_caught_up = False
            return
        self.position = Position(epoch or self.position.epoch, self.position.seq)
        for event in events:
            if not self.is_caught_up or event.seq <= self.position.seq:
                continue
            if self.is_full or event.seq != self.position.seq + 1:
                self.is_caught_up = False
                return
            gap = self._is_after_gap and event.HasField("message")
            self._is_after_gap = self._is_after_gap and not gap
            self._keep(event_from(event, is_after_gap=gap), event.ByteSize())
            self.position = Position(self.position.epoch, event.seq)

    def _is_other(self, epoch: str) -> bool:
        """Whether numbers of now are not those of before. A room has no epoch before its first event."""
        known = self.position.epoch
        return bool(known) and epoch != known

    def _begin_again(self, epoch: str, seq: int) -> None:
        self.gaps += 1
        self._is_after_gap = True
        self.position = Position(epoch, seq)
        self._keep(RoomEvent("gap", seq, 0.0), 0)

    def _keep(self, event: RoomEvent, size: int) -> None:
        """`size` is what its text takes."""
        size += _OVERHEAD
        self._waiting.append((event, size, self.position.epoch))
        self._bytes += size
