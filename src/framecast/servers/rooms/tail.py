"""The newest events of one room in memory, in order and without a gap, bounded in number and bytes. Pure.

An event keeps its JSON form, which is made once. A message stands there as it is now: what was edited, deleted or reacted to since changes in
place, so nobody who enters is sent what was taken away.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from framecast.model.room import Event, EventKind, Message, Quote
from framecast.servers.rooms.outlet import Once

MOST_EVENTS = 2000
MOST_BYTES = 4 << 20
_OVERHEAD = 1500  # bytes of an event beside its text, in memory, with its JSON form

Fields = dict[str, Any]


@dataclass(slots=True)
class _Entry:
    event: Event
    size: int
    fields: Fields = field(default_factory=dict)


class RoomTail:
    """The events up to `last`; `epoch` is empty for a room in which nothing has happened."""

    def __init__(self, most: int = MOST_EVENTS, most_bytes: int = MOST_BYTES) -> None:
        self.epoch = ""
        self.last = 0
        self._most = most
        self._most_bytes = most_bytes
        self._entries: deque[_Entry] = deque()
        self._bytes = 0

    @property
    def first(self) -> int:
        """The number of the oldest event that is kept; behind the last one if there is none."""
        return self._entries[0].event.seq if self._entries else self.last + 1

    def reset(self, epoch: str, last: int, events: Iterable[Event]) -> None:
        """Begin again with the newest events of a log."""
        self._entries.clear()
        self._bytes = 0
        self.epoch = epoch
        self.last = last
        for event in events:
            if self._entries and event.seq != self._entries[-1].event.seq + 1:
                self._entries.clear()
                self._bytes = 0
            self._keep(event)

    def add(self, event: Event) -> bool:
        """Keep the next event. False: it is not the next one."""
        if event.seq != self.last + 1:
            return False
        self.last = event.seq
        self._change(event)
        self._keep(event)
        return True

    def between(self, after: int, until: int) -> list[Fields] | None:
        """Return what came after a number, in order, up to another one; None if the oldest of that is not kept any more."""
        if after + 1 < self.first:
            return None
        return self._slice(after + 1, until)

    def newest(self, most: int, until: int) -> list[Fields]:
        """Return the newest events up to a number, at most `most`, the oldest of them first."""
        return self._slice(max(self.first, until - most + 1), until)

    def forget_before(self, seq: int) -> None:
        """Let go of what was removed because it is too old."""
        while self._entries and self._entries[0].event.seq < seq:
            self._bytes -= self._entries.popleft().size

    def _slice(self, begin: int, until: int) -> list[Fields]:
        first = self.first
        return [
            _fields_of(entry)
            for entry in islice(self._entries, max(0, begin - first), max(0, until + 1 - first))
        ]

    def _keep(self, event: Event) -> None:
        size = _OVERHEAD + (0 if event.message is None else 4 * len(event.message.text))
        self._entries.append(_Entry(event, size))
        self._bytes += size
        while len(self._entries) > self._most or (self._bytes > self._most_bytes and len(self._entries) > 1):
            self._bytes -= self._entries.popleft().size

    def _change(self, event: Event) -> None:
        """Bring the messages that are kept to what they are after an event."""
        author = str(event.data.get("author"))
        if event.kind is EventKind.EDIT and event.message is not None:
            new = event.message
            self._replace(lambda old: new if old.seq == new.seq else _with_quote(old, new.seq, new.text))
        elif event.kind is EventKind.DELETE and event.target is not None:
            gone = event.target
            self._replace(lambda old: _deleted(old) if old.seq == gone else _with_quote(old, gone, ""))
        elif event.kind is EventKind.CLEAR:
            cleared = self._messages_of(author)
            self._replace(lambda old: _cleared(old, author, cleared))
        elif event.kind is EventKind.REACT:
            self._replace(lambda old: _with_reaction(old, event) if old.seq == event.target else old)

    def _messages_of(self, author: str) -> frozenset[int]:
        messages = (entry.event.message for entry in self._entries)
        return frozenset(one.seq for one in messages if one is not None and one.author.id == author)

    def _replace(self, change: Callable[[Message], Message]) -> None:
        for entry in self._entries:
            old = entry.event.message
            if old is not None:
                new = change(old)
                if new is not old:
                    entry.event = replace(entry.event, message=new)
                    entry.fields = {}


def _fields_of(entry: _Entry) -> Fields:
    if not entry.fields:
        entry.fields = Once(entry.event.to_json())
    return entry.fields


def _deleted(message: Message) -> Message:
    return replace(message, text="", spans=(), reactions=(), is_deleted=True)


def _with_quote(message: Message, seq: int, text: str) -> Message:
    quote = message.reply_to
    if quote is None or quote.seq != seq:
        return message
    return replace(message, reply_to=Quote(seq, quote.name, text[:_QUOTED]))


def _cleared(message: Message, author: str, cleared: frozenset[int]) -> Message:
    if message.author.id == author:
        return _deleted(message)
    quote = message.reply_to
    return _with_quote(message, quote.seq, "") if quote is not None and quote.seq in cleared else message


def _with_reaction(message: Message, event: Event) -> Message:
    emoji: str = event.data["emoji"]
    count: int = event.data["count"]
    known = [(one, number) for one, number in message.reactions if one != emoji or count]
    changed = [(one, count if one == emoji else number) for one, number in known]
    if count and emoji not in dict(changed):
        changed.append((emoji, count))
    return replace(message, reactions=tuple(changed))


_QUOTED = 100  # characters of a quote
