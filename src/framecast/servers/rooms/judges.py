"""What everybody in a room may do, asked again after something has changed: bans end connections at once. Event loop; a thread reads.

One question for all members of a room; changes that come meanwhile are one more question.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from framecast.errors import FramecastError
from framecast.model.room import RoomKind, Standing, Visitor
from framecast.servers.rooms.desk import RoomDesk
from framecast.servers.rooms.entrance import standings, waiting
from framecast.servers.rooms.feed import RoomFeed
from framecast.servers.rooms.member import Member

if TYPE_CHECKING:
    from framecast.rooms import Rooms

# Between two questions about one room.
PAUSE_S = 0.2
RETRY_S = 1.0

log = logging.getLogger("framecast.rooms")


@dataclass(frozen=True, slots=True)
class _Found:
    standings: list[Standing | None]  # None: the room is not open to this one
    waiting: tuple[int, int] | None


class Judges:
    """Asks for all rooms of a process."""

    def __init__(self, desk: RoomDesk) -> None:
        self._desk = desk
        self._due: dict[RoomFeed, None] = {}
        self._task: asyncio.Task[None] | None = None

    def ask(self, feed: RoomFeed) -> None:
        """Ask about everybody in a room."""
        self._due[feed] = None
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="judges of rooms")

    def close(self) -> None:
        """Ask no more."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while self._due:
            due, self._due = self._due, {}
            for feed in due:
                try:
                    await self._judge(feed)
                except FramecastError as error:
                    log.warning("what the members of %s may do cannot be read now: %s", feed.key, error)
                    if feed.members:
                        self._due[feed] = None
                    await asyncio.sleep(RETRY_S)
            await asyncio.sleep(PAUSE_S)

    async def _judge(self, feed: RoomFeed) -> None:
        members = [one for one in feed.members if isinstance(one, Member)]
        people = [one.visitor for one in members]
        moderated = any(one.may_moderate for one in members)
        found = await self._desk.look(lambda rooms: _read(rooms, feed, people, moderated=moderated), None)
        if found is None:
            return
        for member, standing in zip(members, found.standings, strict=True):
            if not member.is_here:
                continue
            if standing is None:
                member.judge(None)
                continue
            member.stand(standing)
            if found.waiting is not None and member.may_moderate:
                member.tell_waiting(*found.waiting)


def _read(rooms: Rooms, feed: RoomFeed, people: list[Visitor], *, moderated: bool) -> _Found:
    found: list[Standing | None] = list(standings(rooms, feed.key, people))
    if feed.key.kind is RoomKind.PRIVATE:
        found = [
            standing if rooms.may_enter(feed.key, who) else None
            for who, standing in zip(people, found, strict=True)
        ]
    return _Found(found, waiting(rooms, feed.key) if moderated else None)
