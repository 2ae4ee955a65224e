"""Visitors for tests, and the short way to say something."""

from __future__ import annotations

from itertools import count

from framecast.accounts import Accounts
from framecast.model.rights import Role
from framecast.model.room import Event, Visitor
from framecast.rooms import Rooms

_IDS = count(1)
LOCAL = Visitor(None, "local", "local", is_local=True)
ANNA = Visitor(None, "anna", "Anna", is_local=True)
BEN = Visitor(None, "ben", "Ben", is_local=True)
ROOM = "stream:demo"


def say(rooms: Rooms, text: str, who: Visitor = ANNA, key: str = ROOM, **given: object) -> Event:
    """Say something, which must be shown at once."""
    sent = rooms.send(key, who, text, client_id=f"id-{next(_IDS)}", **given)  # type: ignore[arg-type]
    assert sent.event is not None
    return sent.event


def texts(rooms: Rooms, key: str = ROOM, **given: int) -> list[str]:
    return [one.text for one in rooms.history(key, **given)]


def account(accounts: Accounts, name: str, role: Role = Role.MEMBER, **given: object) -> Visitor:
    """Make an account, and return it as a visitor."""
    made = accounts.create(name, role=role)
    return Visitor(made.id, None, made.name, is_admin=role is Role.ADMIN, **given)  # type: ignore[arg-type]


def guest(name: str) -> Visitor:
    return Visitor(None, name.lower(), name)
