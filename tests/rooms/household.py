"""Accounts with roles in the room of a stream: its owner, a moderator, two members, a guest."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import TypeVar

from framecast.accounts import Accounts
from framecast.accounts.audit import Entry
from framecast.errors import FramecastError
from framecast.model.rights import Role
from framecast.model.room import Visitor
from framecast.rooms import Rooms
from tests.rooms.people import ROOM

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Household:
    """The people. Each has an address and a session of its own; `same_house` shares the address of `member`."""

    owner: Visitor
    moderator: Visitor
    other_moderator: Visitor
    member: Visitor
    same_house: Visitor
    guest: Visitor
    admin: Visitor


def household(accounts: Accounts, rooms: Rooms, key: str = ROOM) -> Household:
    """Make the accounts, the room with open doors, and its two moderators."""

    def made(name: str, address: str, role: Role = Role.MEMBER, **given: bool) -> Visitor:
        account = accounts.create(name, role=role)
        return Visitor(account.id, None, name, address=address, session=f"of-{name}", **given)

    owner = made("Olga", "198.51.100.1")
    accounts.save_stream("demo", "{}", owner.account)
    found = Household(
        owner=Visitor(owner.account, None, "Olga", is_owner=True, address=owner.address),
        moderator=made("Mia", "198.51.100.2"),
        other_moderator=made("Max", "203.0.113.7"),
        member=made("Ben", "203.0.113.7"),
        same_house=made("Cat", "203.0.113.7"),
        guest=Visitor(None, "visitor", "Gus", address="2001:db8::7", session="of-Gus"),
        admin=made("Ada", "198.51.100.3", Role.ADMIN, is_admin=True),
    )
    rooms.change_settings(key, found.owner, {"guests": "write"})
    for one in (found.moderator, found.other_moderator):
        rooms.set_role(key, found.owner, one.id, "moderator")
    return found


def acts(accounts: Accounts) -> list[tuple[str, str, str]]:
    """Return what the audit log says of rooms, the oldest first."""

    def short(one: Entry) -> tuple[str, str, str]:
        return one.who, one.what.removeprefix("room."), one.target

    return [short(one) for one in reversed(accounts.audit()) if one.what.startswith("room.")]


def at_once(*works: Callable[[], T]) -> list[T | FramecastError]:
    """Begin several calls at the same moment; return what each answers or raises."""
    start = Barrier(len(works))

    def run(work: Callable[[], T]) -> T | FramecastError:
        start.wait()
        try:
            return work()
        except FramecastError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
