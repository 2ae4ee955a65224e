"""What a member is when it enters, read from the database: for many that enter at once in one go. Event loop; a thread reads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from framecast.errors import FramecastError, NotFound
from framecast.model.room import RoomKey, RoomRole, Standing, Visitor
from framecast.servers.rooms.desk import RoomDesk

if TYPE_CHECKING:
    from framecast.rooms import Rooms

# Read by one thread in a row; others of the process get a turn between.
TOGETHER = 64
GATHER_S = 0.02


@dataclass(frozen=True, slots=True)
class Entry:
    """What one member begins with: its standing, whom it ignores, its reactions by message, and what waits for moderators."""

    standing: Standing
    ignored: tuple[str, ...] = ()
    mine: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    waiting: tuple[int, int] = (0, 0)  # held messages, reports


@dataclass(frozen=True, slots=True)
class _Asked:
    key: RoomKey
    who: Visitor
    seqs: tuple[int, ...]
    answer: asyncio.Future[Entry]


class Entrance:
    """Everybody that enters a room of this process."""

    def __init__(self, desk: RoomDesk, is_crowded: Callable[[], bool]) -> None:
        """`is_crowded` says whether many want to come in: then those who ask are gathered for a moment."""
        self._desk = desk
        self._is_crowded = is_crowded
        self._asked: list[_Asked] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, key: RoomKey, who: Visitor, seqs: Iterable[int]) -> Entry:
        """Return what somebody begins with; `seqs` are the messages on which it may have reactions.

        Raises:
            FramecastError: the database cannot be read.
        """
        asked = _Asked(key, who, tuple(seqs), asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._answer(), name="entrance of rooms")
        return await asked.answer

    def close(self) -> None:
        """Answer nobody any more."""
        if self._task is not None:
            self._task.cancel()
        for asked in self._asked:
            asked.answer.cancel()

    async def _answer(self) -> None:
        while self._asked:
            if self._is_crowded() and len(self._asked) < TOGETHER:
                await asyncio.sleep(GATHER_S)
            some, self._asked = self._asked[:TOGETHER], self._asked[TOGETHER:]
            nothing = [Entry(standing_before(one.who)) for one in some]
            try:
                entries = await self._desk.look(lambda rooms, some=some: _entries(rooms, some), nothing)  # type: ignore[misc]
            except FramecastError as error:
                for one in some:
                    if not one.answer.done():
                        one.answer.set_exception(error)
                continue
            for one, entry in zip(some, entries, strict=True):
                if not one.answer.done():
                    one.answer.set_result(entry)


def standing_before(who: Visitor) -> Standing:
    """Return the standing of somebody in a room in which nothing has happened."""
    if who.is_admin or who.is_owner or who.is_local:
        return Standing(RoomRole.OWNER)
    return Standing(RoomRole.GUEST if who.account is None else RoomRole.MEMBER)


def standings(rooms: Rooms, key: RoomKey, people: list[Visitor]) -> list[Standing]:
    """Return the standing of each; blocks."""
    try:
        return list(rooms.standings(key, people))
    except NotFound:
        return [standing_before(one) for one in people]


def _entries(rooms: Rooms, asked: list[_Asked]) -> list[Entry]:
    by_key: dict[RoomKey, list[_Asked]] = {}
    for one in asked:
        by_key.setdefault(one.key, []).append(one)
    found: dict[int, Entry] = {}
    for key, some in by_key.items():
        found |= _entries_of(rooms, key, some)
    return [found[id(one)] for one in asked]


def _entries_of(rooms: Rooms, key: RoomKey, asked: list[_Asked]) -> dict[int, Entry]:
    found = standings(rooms, key, [one.who for one in asked])
    moderated = any(one.role.may_moderate for one in found)
    counts = waiting(rooms, key) if moderated else (0, 0)
    ignored = rooms.ignored_by([one.who.id for one in asked])
    messages: dict[str, set[int]] = {}
    for one in asked:
        messages.setdefault(one.who.id, set()).update(one.seqs)
    reacted = rooms.reactions_by(key, messages)
    return {
        id(one): Entry(
            standing,
            tuple(ignored.get(one.who.id, ())),
            {seq: tuple(emoji) for seq, emoji in reacted.get(one.who.id, {}).items()},
            counts if standing.role.may_moderate else (0, 0),
        )
        for one, standing in zip(asked, found, strict=True)
    }


def waiting(rooms: Rooms, key: RoomKey) -> tuple[int, int]:
    """Return how many held messages and reports wait for the moderators of a room; blocks."""
    try:
        return rooms.queue_counts(key)
    except NotFound:  # nothing has happened in it
        return 0, 0
