"""The people in one room: the members of this process, those of the others, who types, whose player waits. Pure; the clock is given.

A person with several windows counts once. Above `MOST_MEMBERS` the members are a number and no list, so a message about them stays small.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any

from framecast.model.room import Author
from framecast.model.room_presence import MOST_MEMBERS, Presence, PresenceRow, Stalled, together

MOST_NAMES = 10
TYPING_S = 5.0
_FEW = 10  # people of one name, whose numbers are looked for from the beginning


@dataclass(slots=True)
class _Person:
    author: Author
    connections: int = 0
    typing_until: float = 0.0


class Crowd:
    """The people of one room."""

    def __init__(self) -> None:
        self.elsewhere = Presence()  # the people at other processes
        self._people: dict[str, _Person] = {}
        self._names: dict[str, set[str]] = {}  # in small letters -> ids
        self._numbers: dict[str, int] = {}  # the last one behind a name that many have
        self._typing: set[str] = set()
        self._stalled: dict[str, float] = {}  # id -> since when

    @property
    def stalled(self) -> bool:
        """True if the player of somebody here waits."""
        return bool(self._stalled)

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
            if not self._people:
                self._numbers.clear()
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
        if id not in self._people:
            return False
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
        if is_stalled:
            self._stalled[id] = now
        else:
            del self._stalled[id]
        return True

    def free_name(self, name: str, id: str) -> str:
        """Return a name for a guest that nobody else in the room has: this one, or with a number."""
        others = {one.name.casefold() for one in self.elsewhere.members or () if one.id != id}
        number, found = 1, name
        while found.casefold() in others or self._names.get(found.casefold(), set()) - {id}:
            # Among many of one name the search goes on where it ended last.
            number = self._numbers.get(name, 2) if number == 1 else number + 1
            found = f"{name} {number}"
        if number > _FEW:
            self._numbers[name] = number
        return found

    # --- what is shown and written

    def row(self, key: str, leader: str | None = None) -> PresenceRow:
        """Return what other processes read of the people here; `leader` is the id of the one that leads the playback."""
        people = self._people
        return PresenceRow(
            key,
            len(people),
            tuple(one.author for one in people.values()) if len(people) <= MOST_MEMBERS else None,
            tuple(sorted(people[id].author.name for id in self._typing)[:MOST_NAMES]),
            tuple(
                Stalled(id, people[id].author.name, since)
                for id, since in islice(self._stalled.items(), MOST_NAMES)
            ),
            leader is not None and leader in people,
        )

    def to_json(self) -> dict[str, Any]:
        """Return what is said of everybody in the room."""
        there = self.elsewhere
        rows = self.row(""), PresenceRow("", there.count, there.members, there.typing, there.stalled)
        found = together(rows)
        return {
            "count": found.count,
            "members": None
            if found.members is None
            else [one.to_json() for one in sorted(found.members, key=_place)],
            "typing": list(found.typing[:MOST_NAMES]),
            "stalled": [one.name for one in found.stalled[:MOST_NAMES]],
        }

    def _forget_name(self, author: Author) -> None:
        name = author.name.casefold()
        ids = self._names.get(name, set())
        ids.discard(author.id)
        if not ids:
            self._names.pop(name, None)


def _place(one: Author) -> tuple[int, str, str]:
    """Those with a role first, then by name."""
    return -one.role.rank, one.name.casefold(), one.id
