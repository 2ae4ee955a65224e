"""The people in a room, as frozen values: what one server process says of its members, and what all of them together are. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from framecast.model.room import Author

MOST_MEMBERS = 100  # above, there are counts and no list
LEASE_S = 10.0  # how long a row of a process counts


@dataclass(frozen=True, slots=True)
class Stalled:
    """A member whose player has nothing to play, since a time that stays the same as long as the stall lasts (UTC seconds)."""

    id: str
    name: str
    since_s: float


@dataclass(frozen=True, slots=True)
class PresenceRow:
    """The members of one room at one process. `members` None: more than are listed. `leads`: the leader of the playback is among them."""

    key: str
    count: int
    members: tuple[Author, ...] | None = ()
    typing: tuple[str, ...] = ()
    stalled: tuple[Stalled, ...] = ()
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Presence:
    """The members of one room at several processes. A member at two of them counts once in a list of members, but twice in a bare count."""

    count: int = 0
    members: tuple[Author, ...] | None = ()
    typing: tuple[str, ...] = ()
    stalled: tuple[Stalled, ...] = ()
    leads: bool = False


def together(rows: Iterable[PresenceRow]) -> Presence:
    """Return what rows of one room say together."""
    given = tuple(rows)
    people: dict[str, Author] = {}
    count, is_listed = 0, True
    for row in given:
        count += row.count
        is_listed = is_listed and row.members is not None
        for one in row.members or ():
            best = people.get(one.id)
            if best is None or one.role.rank > best.role.rank:
                people[one.id] = one
    if is_listed:
        count = len(people)
    stalled = {one.id: one for row in given for one in row.stalled}
    return Presence(
        count,
        tuple(people.values()) if is_listed and count <= MOST_MEMBERS else None,
        tuple(sorted({name for row in given for name in row.typing})),
        tuple(sorted(stalled.values(), key=lambda one: (one.since_s, one.id))),
        any(row.leads for row in given),
    )
