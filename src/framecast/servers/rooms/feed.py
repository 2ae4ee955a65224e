"""One room that somebody of this process is in: its newest events in memory, and the fan-out to its members. Event loop.

The log in the database is the truth. The feed has a place in it: it looks for what is new after its own changes, at a notice, and when the hub has
seen a higher number; it takes an event that this process has stored itself without another look. What is new is encoded once for each
encoding, after a pause that grows with the number of members, and handed to all of them. Nobody waits for a member: one that does not take an event is
sent none until it asks for more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol

from framecast.errors import FramecastError
from framecast.model.room import Event, EventKind, Room, RoomKey, Sent, Tail, Visitor
from framecast.servers.rooms.crowd import Crowd
from framecast.servers.rooms.desk import RoomDesk
from framecast.servers.rooms.outlet import Encoding, Once, Outlet
from framecast.servers.rooms.tail import RoomTail
from framecast.servers.rooms.views import RoomViews

if TYPE_CHECKING:
    from framecast.rooms import Rooms

# The members that are sent to before the others of the process get a turn.
TURN = 64
# Events are gathered this long for each member, and never longer than LONGEST_PAUSE_S.
PAUSE_S = 25e-6
LONGEST_PAUSE_S = 0.05
PRESENCE_S = 1.0
NEWEST = 100  # events that a member begins with
PAGE = 500  # events of one message, and of one look
RETRY_S = 1.0
_MOST_LOOKS = 3  # that somebody who enters waits for
# What changes the room itself, so that it is read again.
_OF_ROOM = frozenset(
    {
        EventKind.PIN,
        EventKind.ROLE,
        EventKind.SETTINGS,
        EventKind.PLAYBACK,
        EventKind.EDIT,
        EventKind.DELETE,
        EventKind.CLEAR,
    }
)

Fields = dict[str, Any]

log = logging.getLogger("framecast.rooms")


class Listener(Protocol):
    """A member, as its feed sees it."""

    outlet: Outlet
    visitor: Visitor
    had: int  # the number of the newest event that it was sent; -1: it gets none

    def fall_behind(self) -> None:
        """An event was not taken: it gets none until it asks."""

    def on_reset(self) -> None:
        """The numbers of the room begin again: what it had is worth nothing."""


@dataclass(slots=True)
class FeedFigures:
    """What a hub counts of all its feeds."""

    sent: int = 0  # messages to members, however many events are in one
    events: int = 0
    behind: int = 0
    under_way: int = 0  # fan-outs that have begun and not ended


@dataclass(frozen=True, slots=True)
class _Found:
    """What one look has found. `tail` is there if the events do not continue what is known."""

    room: Room | None
    events: tuple[Event, ...] = ()
    tail: Tail | None = None


_NOTHING = _Found(None)


class RoomFeed:
    """The feed of `key`. `on_side` is called when something has changed that is not in the log."""

    def __init__(
        self, key: RoomKey, desk: RoomDesk, figures: FeedFigures, on_side: Callable[[RoomFeed], None]
    ) -> None:
        self.key = key
        self.room: Room | None = None  # None: nothing has happened in it
        self.tail = RoomTail()
        self.crowd = Crowd()
        self.members: dict[Listener, None] = {}
        self._desk = desk
        self._figures = figures
        self._on_side = on_side
        self._views: dict[bool, Once] = {}  # by whether somebody moderates
        self._side = 0
        self.sent = 0  # the newest event that was handed out: where those who enter now begin
        self._sent_at = self._presence_at = 0.0
        self._presence: Fields | None = None  # as it was sent last
        self._is_presence_due = self._is_presence_timed = self._is_looking = False
        self.coming = 0  # how many are about to enter
        self._is_whole = False  # the next look goes on where the last one ended
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._looked: asyncio.Future[None] | None = None
        self._hint = asyncio.Event()
        self._wake = asyncio.Event()
        self._hint.set()
        self._tasks = [asyncio.create_task(work, name=f"room {key}") for work in (self._look(), self._send())]

    async def ready(self) -> None:
        """Wait for the first look, and for one that is due: who enters then finds the room as it is.

        Raises:
            FramecastError: the database cannot be read.
        """
        await asyncio.shield(self._ready)
        for _ in range(_MOST_LOOKS):
            if not self._hint.is_set() and not self._is_looking:
                return
            await self._next_look()

    async def reach(self, seq: int) -> None:
        """Look again for a client that has seen a number of which this process has not heard yet."""
        if self.tail.last < seq:
            self._hint.set()
            await self._next_look()
        if self.sent < seq <= self.tail.last:
            await asyncio.sleep(2 * LONGEST_PAUSE_S)  # it is being sent

    def hint(self) -> None:
        """Look now: there may be something new."""
        self._hint.set()

    def take(self, event: Event) -> None:
        """Take an event that this process has stored."""
        if self.room is not None and self.tail.add(event):
            self._wake.set()
            if event.kind in _OF_ROOM:
                self._hint.set()
        elif event.seq > self.tail.last:
            self._hint.set()

    def view(self, views: RoomViews, *, may_moderate: bool) -> Once:
        """Return what somebody who enters hears of the room."""
        found = self._views.get(may_moderate)
        if found is None:
            found = Once(views.room(self.key, self.room, may_moderate=may_moderate))
            self._views[may_moderate] = found
        return found

    def has_fallen_behind(self, position: tuple[str, int, int] | None) -> bool:
        """Return whether the database is further: epoch, last, side of the room, None if it has gone."""
        return position != (None if self.room is None else (self.tail.epoch, self.tail.last, self._side))

    def change_presence(self) -> None:
        """Tell the members of the people in the room, at most once a second."""
        self._is_presence_due = True
        self._wake.set()

    def end(self) -> None:
        """Stop."""
        for task in self._tasks:
            task.cancel()
        for waited in (self._ready, self._looked):
            if waited is not None and not waited.done():
                waited.cancel()

    # --- looking

    async def _next_look(self) -> None:
        self._looked = self._looked or asyncio.get_running_loop().create_future()
        await asyncio.shield(self._looked)

    async def _look(self) -> None:
        while True:
            await self._hint.wait()
            self._hint.clear()
            self._is_looking = True
            try:
                found = await self._desk.look(self._read, _NOTHING)
            except FramecastError as error:
                log.warning("room %s cannot be read now: %s", self.key, error)
                self._end_look(error)
                await asyncio.sleep(RETRY_S)
                self._hint.set()
                continue
            self._note(found)
            self._end_look()

    def _end_look(self, error: FramecastError | None = None) -> None:
        self._is_looking = False
        looked, self._looked = self._looked, None
        for waited in (self._ready, looked):
            if waited is None or waited.done():
                continue
            if error is None:
                waited.set_result(None)
            else:
                waited.set_exception(error)
                waited.exception()  # a caller that waits gets it; without one it is not lost

    def _read(self, rooms: Rooms) -> _Found:
        """Return the room and what is new in it; on a thread. The events first: so what is said of the room is as new as they are."""
        epoch, last = self.tail.epoch, self.tail.last
        events = tuple(rooms.events(self.key, last, PAGE)) if epoch and self._is_whole else ()
        room = rooms.find(self.key)
        if room is None:
            return _NOTHING
        continues = self._is_whole and room.epoch == epoch and room.last >= last
        return _Found(room, events) if continues else _Found(room, (), rooms.tail(self.key, NEWEST))

    def _note(self, found: _Found) -> None:
        before, room = self.room, found.room
        self.room = room
        self._views.clear()
        if found.tail is not None or room is None:
            self._begin_again(found.tail or Tail("", 0, 0, ()))
        else:
            # False: events were removed before they were read here.
            self._is_whole = all(self.tail.add(event) for event in found.events if event.seq > self.tail.last)
            if not self._is_whole or room.last > self.tail.last or len(found.events) == PAGE:
                self._hint.set()
        if room is not None:
            self.tail.forget_before(room.first)
        self._wake.set()
        side = 0 if room is None else room.side
        if side != self._side or _rules(before) != _rules(room):
            self._side = side
            self._on_side(self)

    def _begin_again(self, tail: Tail) -> None:
        before, is_ready = (self.tail.epoch, self.tail.last), self._ready.done()
        # The first events of a room: members have seen that it was empty, and miss none of them.
        continues = is_ready and self._is_whole and before == ("", 0) and len(tail.events) == tail.last
        self._is_whole = True
        self.tail.reset(tail.epoch, tail.last, tail.events)
        if not continues:
            self.sent = tail.last
            if is_ready:
                for member in tuple(self.members):
                    member.on_reset()

    # --- sending

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            pause = self._sent_at + min(LONGEST_PAUSE_S, PAUSE_S * len(self.members)) - monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
            if self.sent < self.tail.last:
                self._sent_at = monotonic()
                await self._send_events()
            if self._is_presence_due:
                await self._send_presence()

    async def _send_events(self) -> None:
        events = self.tail.between(self.sent, self.sent + PAGE)
        if events is None:
            self.sent = self.tail.last
            for member in tuple(self.members):
                member.fall_behind()
            return
        first, last = self.sent + 1, self.sent + len(events)
        self.sent = last
        self._figures.events += len(events)
        await self._hand_out({"type": "events", "epoch": self.tail.epoch, "events": events}, first, last)
        if last < self.tail.last:
            self._wake.set()

    async def _send_presence(self) -> None:
        wait = self._presence_at + PRESENCE_S - monotonic()
        if wait > 0:
            if not self._is_presence_timed:
                self._is_presence_timed = True
                asyncio.get_running_loop().call_later(wait, self._wake_for_presence)
            return
        self._is_presence_due = False
        found = self.crowd.to_json()
        if found == self._presence:
            return
        self._presence, self._presence_at = found, monotonic()
        await self._hand_out({"type": "presence", **found}, 0, 0)

    def _wake_for_presence(self) -> None:
        """Look again. A timer of uvloop fires up to 1.2 ms early (measured); `_send_presence` then sets it again for the rest."""
        self._is_presence_timed = False
        self._wake.set()

    async def _hand_out(self, fields: Fields, first: int, last: int) -> None:
        """Send to all members: events from `first` to `last`, or with 0 something without a number."""
        self._figures.under_way += 1
        try:
            await self._send_to_all(fields, first, last)
        finally:
            self._figures.under_way -= 1
        self._figures.sent += len(self.members)

    async def _send_to_all(self, fields: Fields, first: int, last: int) -> None:
        encoded: dict[Encoding, Any] = {}
        before = first - 1 if first else None
        for count, member in enumerate(tuple(self.members), 1):
            had = member.had
            # Another number: it has entered or come back since, and has this already; or it gets nothing.
            if had == before or (before is None and had >= 0):
                outlet = member.outlet
                data = encoded.get(outlet.encoding)
                if data is None:
                    data = encoded[outlet.encoding] = outlet.encoding.encode(fields)
                if not outlet.offer(data):
                    self._figures.behind += 1
                    member.fall_behind()
                elif first:
                    member.had = last
            if not count % TURN:
                await asyncio.sleep(0)


def event_in(result: object) -> Event | None:
    """Return the event that a change of a room has made, None if it has made no single one."""
    found = result.event if isinstance(result, Sent) else result
    return found if isinstance(found, Event) else None


def _rules(room: Room | None) -> tuple[object, ...]:
    """Return what the rights of members depend on beside their standing."""
    if room is None:
        return ()
    return room.settings, None if room.playback is None else room.playback.leader
