"""Who is in one room: the members of this process, those of the others, who types, whose player waits. Pure; the clock is given.

A person with several windows counts once. Above `MOST_SHOWN` the members are a number and no list, so a message about them stays small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from framecast.model.room import Author

MOST_SHOWN = 100
MOST_NAMES = 10
TYPING_S = 5.0


@dataclass(slots=True)
class _Person:
    author: Author
    connections: int = 0
    typing_until: float = 0.0
    stalled_since: float | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The people of a room who are at other processes. `members` None: they are many."""

    count: int = 0
    members: tuple[Author, ...] | None = ()
    typing: tuple[str, ...] = ()
    stalled: tuple[str, ...] = ()


class Crowd:
    """The people of one room."""

    def __init__(self) -> None:
        self.elsewhere = Elsewhere()
        self._people: dict[str, _Person] = {}
        self._names: dict[str, set[str]] = {}  # in small letters -> ids
        self._typing: set[str] = set()
        self._stalled: dict[str, None] = {}

    @property
    def count(self) -> int:
        """How many people are at this process."""
        return len(self._people)

    def enter(self, author: Author) -> None:
        """One more connection of a person."""
        person = self._people.setdefault(author.id, _Person(author))
        self.change(author)
        person.connections += 1

    def leave(self, id: str) -> None:
        """One connection of a person less."""
        person = self._people[id]
        person.connections -= 1
        if not person.connections:
            del self._people[id]
            self._forget_name(person.author)
            self._typing.discard(id)
            self._stalled.pop(id, None)

    def change(self, author: Author) -> None:
        """Note another name or role of somebody."""
        person = self._people.get(author.id)
        if person is not None:
            self._forget_name(person.author)
            person.author = author
            self._names.setdefault(author.name.casefold(), set()).add(author.id)

    def has(self, id: str) -> bool:
        """Return whether somebody is at this process."""
        return id in self._people

    def type(self, id: str, now: float) -> bool:
        """Note that somebody types; return whether that is new."""
        self._people[id].typing_until = now + TYPING_S
        is_new = id not in self._typing
        self._typing.add(id)
        return is_new

    def end_typing(self, id: str) -> None:
        """Note that somebody has sent what it typed."""
        self._typing.discard(id)

    def forget_typing(self, now: float) -> bool:
        """Forget those who have stopped to type; return whether there were some."""
        late = {id for id in self._typing if self._people[id].typing_until <= now}
        self._typing -= late
        return bool(late)

    def stall(self, id: str, now: float, *, is_stalled: bool) -> bool:
        """Note whether the player of somebody waits; return whether that is new."""
        if id not in self._people or is_stalled == (id in self._stalled):
            return False
        self._people[id].stalled_since = now
        if is_stalled:
            self._stalled[id] = None
        else:
            del self._stalled[id]
        return True

    def free_name(self, name: str, id: str) -> str:
        """Return a name for a guest that nobody else in the room has: this one, or with a number."""
        others = {one.name.casefold() for one in self.elsewhere.members or () if one.id != id}
        number, found = 1, name
        while found.casefold() in others or self._names.get(found.casefold(), set()) - {id}:
            number += 1
            found = f"{name} {number}"
        return found

    # --- what is shown and written

    def members(self) -> tuple[Author, ...] | None:
        """Return the people of this process, None if they are many."""
        if len(self._people) > MOST_SHOWN:
            return None
        return tuple(one.author for one in self._people.values())

    def typing(self) -> tuple[str, ...]:
        """Return the names of those of this process who type."""
        return tuple(sorted(self._people[id].author.name for id in self._typing)[:MOST_NAMES])

    def stalled(self) -> tuple[tuple[str, str, float], ...]:
        """Return those of this process whose players wait: id, name, since when."""
        people = (self._people[id] for id in self._stalled)
        return tuple((one.author.id, one.author.name, one.stalled_since or 0.0) for one in people)

    def to_json(self) -> dict[str, Any]:
        """Return what is said of everybody in the room."""
        elsewhere, here = self.elsewhere, self.members()
        count = len(self._people) + elsewhere.count
        shown: list[dict[str, Any]] | None = None
        if here is not None and elsewhere.members is not None:
            people = _once((*here, *elsewhere.members))
            count = len(people)
            shown = [one.to_json() for one in people] if count <= MOST_SHOWN else None
        stalled = {name for _, name, _ in self.stalled()} | set(elsewhere.stalled)
        return {
            "count": count,
            "members": shown,
            "typing": sorted({*self.typing(), *elsewhere.typing})[:MOST_NAMES],
            "stalled": sorted(stalled)[:MOST_NAMES],
        }

    def _forget_name(self, author: Author) -> None:
        name = author.name.casefold()
        ids = self._names.get(name, set())
        ids.discard(author.id)
        if not ids:
            self._names.pop(name, None)


def _once(people: Iterable[Author]) -> list[Author]:
    """Return each person once, those with a role first, then by name."""
    found: Mapping[str, Author] = {one.id: one for one in people}
    return sorted(found.values(), key=lambda one: (-one.role.rank, one.name.casefold(), one.id))
