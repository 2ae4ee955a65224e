"""The look once a second at all rooms that somebody of this process is in: one go on a thread for all of them. Event loop.

It writes who is here and what was read, reads who is elsewhere and how far each log is, and lets the shared playback wait for a player that stalls.
A stall is written at once. How far the logs are is looked at twice as often. While nobody is in a room it rests.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

from framecast.errors import FramecastError
from framecast.model.room import Event, RoomKey, Visitor
from framecast.model.room_playback import is_ahead
from framecast.model.room_presence import Presence, PresenceRow
from framecast.servers.rooms.feed import RoomFeed

if TYPE_CHECKING:
    from framecast.rooms import Rooms
    from framecast.servers.rooms.hub import RoomHub
    from framecast.servers.rooms.member import Member

EVERY_S = 1.0
# Between two rounds it looks how far the rooms are. So a ban by another process works within a second, with some to spare, also without a notice.
LOOK_S = 0.5
SOONEST_S = 0.2  # after a stall
# What a process says of its members is true for ten seconds.
RENEW_S = 3.0
MOST_MARKS = 50  # in one round
_LAST_S = 2.0

log = logging.getLogger("framecast.rooms")

Position = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class _Task:
    """What one round does on its thread."""

    process: str
    keys: tuple[RoomKey, ...]
    ids: Mapping[int, RoomKey]
    rows: tuple[PresenceRow, ...] | None  # None: nothing has changed, and the lease holds
    marks: tuple[tuple[RoomKey, Visitor, int], ...]
    watched: tuple[RoomKey, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    positions: Mapping[RoomKey, Position]
    presences: Mapping[str, Presence]
    settled: tuple[tuple[RoomKey, Event], ...]


class Rounds:
    """The rounds of `hub`."""

    def __init__(self, hub: RoomHub) -> None:
        self._hub = hub
        self._process = secrets.token_hex(8)
        self._rows: dict[RoomKey, PresenceRow] = {}  # as they were written
        self._written_at = 0.0
        self._marks: dict[tuple[RoomKey, str], tuple[RoomKey, Visitor, int]] = {}
        self._hint = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Make rounds while somebody is in a room. Idempotent."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="rounds of rooms")

    def hint(self) -> None:
        """Make a round soon."""
        self._hint.set()

    def note_read(self, member: Member) -> None:
        """Store with the next rounds how far somebody has read."""
        key, visitor = member.feed.key, member.visitor
        self._marks[key, visitor.id] = key, visitor, member.read_to

    async def close(self) -> None:
        """Stop, and say that nobody is here any more."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._rows or self._marks:
            with suppress(FramecastError, TimeoutError):
                async with asyncio.timeout(_LAST_S):
                    await self._hub.desk.look(self._leave, None, writes=True)

    async def _run(self) -> None:
        while self._hub.feeds or self._rows or self._marks:
            try:
                await self._go_round()
            except FramecastError as error:
                log.warning("the rooms cannot be looked after now: %s", error)
            await self._rest()

    async def _rest(self) -> None:
        """Wait for the next round, or for what makes it due sooner; look meanwhile whether a log has gone on."""
        due, end = monotonic() + LOOK_S, monotonic() + EVERY_S
        await asyncio.sleep(SOONEST_S)
        while not self._hint.is_set() and monotonic() < end:
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, min(due, end) - monotonic())):
                    await self._hint.wait()
            due += LOOK_S
            if not self._hint.is_set() and due <= end:
                await self._look()
        self._hint.clear()

    async def _look(self) -> None:
        hub = self._hub
        ids, keys = _ids_of(tuple(hub.feeds.values())), tuple(hub.feeds)
        try:
            found = await hub.desk.look(lambda rooms: _positions(rooms, ids, keys), None)
        except FramecastError as error:
            log.debug("how far the rooms are cannot be read now: %s", error)
            return
        for feed in tuple(hub.feeds.values()):
            if found is not None and feed.key in keys and feed.has_fallen_behind(found.get(feed.key)):
                feed.hint()

    async def _go_round(self) -> None:
        hub = self._hub
        self._forget_typing()
        task = self._task_of(tuple(hub.feeds.values()))
        written = None if task.rows is None else {feed.key: self._row(feed) for feed in hub.feeds.values()}
        found = await hub.desk.look(lambda rooms: _go(rooms, task), None, writes=True)
        if found is None:  # nothing was ever said
            self._rows.clear()
            self._marks.clear()
            return
        if written is not None:
            self._rows, self._written_at = (
                {key: row for key, row in written.items() if row.count},
                monotonic(),
            )
        for key, event in found.settled:
            hub.note(key, event)
        for feed in tuple(hub.feeds.values()):
            self._note(feed, found)

    def _note(self, feed: RoomFeed, found: _Found) -> None:
        elsewhere = found.presences.get(str(feed.key), Presence())
        if elsewhere != feed.crowd.elsewhere:
            feed.crowd.elsewhere = elsewhere
            feed.change_presence()
        if feed.has_fallen_behind(found.positions.get(feed.key)):
            feed.hint()

    def _task_of(self, feeds: tuple[RoomFeed, ...]) -> _Task:
        rows = {feed.key: self._row(feed) for feed in feeds}
        gone = (PresenceRow(str(key), 0) for key in self._rows if key not in rows)
        changed = (*(row for key, row in rows.items() if self._rows.get(key) != row), *gone)
        is_due = bool(rows) and monotonic() - self._written_at > RENEW_S
        some = list(self._marks)[:MOST_MARKS]
        return _Task(
            self._process,
            tuple(rows),
            _ids_of(feeds),
            changed if changed or is_due else None,
            tuple(self._marks.pop(one) for one in some),
            tuple(feed.key for feed in feeds if _is_watched(feed, self._hub.server_s())),
        )

    def _row(self, feed: RoomFeed) -> PresenceRow:
        playback = None if feed.room is None else feed.room.playback
        return feed.crowd.row(str(feed.key), None if playback is None else playback.leader)

    def _forget_typing(self) -> None:
        for feed in self._hub.feeds.values():
            if feed.crowd.forget_typing(monotonic()):
                feed.change_presence()

    def _leave(self, rooms: Rooms) -> None:
        rooms.leave_presence(self._process)
        rooms.mark_all(self._marks.values())


def _is_watched(feed: RoomFeed, now: float) -> bool:
    """True if the shared playback may have to wait, to go on, or to lose its leader."""
    room = feed.room
    playback = None if room is None else room.playback
    if room is None or playback is None:
        return False
    is_stalled = bool(feed.crowd.stalled or feed.crowd.elsewhere.stalled)
    leader = playback.leader
    has_lost_leader = room.settings.remote == "leader" and leader is not None and not feed.crowd.has(leader)
    return is_stalled or bool(playback.waiting_for) or has_lost_leader or is_ahead(playback, now)


def _go(rooms: Rooms, task: _Task) -> _Found:
    """Make the round; on a thread."""
    if task.rows is not None:
        rooms.note_presence(task.process, task.rows)
    rooms.mark_all(task.marks)
    settled = ((key, rooms.settle_playback(key)) for key in task.watched)
    events = tuple((key, event) for key, event in settled if event is not None)
    positions = _positions(rooms, task.ids, task.keys)
    return _Found(positions, rooms.presences(map(str, task.keys), but=task.process), events)


def _ids_of(feeds: tuple[RoomFeed, ...]) -> dict[int, RoomKey]:
    """Return the rooms that have a row in the database, by its id."""
    return {feed.room.id: feed.key for feed in feeds if feed.room is not None}


def _positions(
    rooms: Rooms, ids: Mapping[int, RoomKey], keys: tuple[RoomKey, ...]
) -> dict[RoomKey, Position]:
    """Return how far rooms are; those without a row may have one now. On a thread."""
    found = {ids[id]: one for id, one in rooms.positions(ids).items()}
    known = set(ids.values())
    for key in keys:
        room = None if key in known else rooms.find(key)
        if room is not None:
            found[key] = room.epoch, room.last, room.side
    return found
