"""Whom a text mentions: `@` and the name of somebody that this room knows. Nobody finds out by it who has an account.

A room knows its members and moderators, those who are in it, those who have written in it, and its owner.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select

from framecast.accounts.naming import key_of
from framecast.model.room import Span
from framecast.rooms.part import RoomPart
from framecast.rooms.presence import people_here
from framecast.rooms.spans import links_in
from framecast.store.room_schema import (
    room_marks,
    room_members,
    room_mentions,
    room_messages,
)
from framecast.store.schema import accounts

MOST_MENTIONS = 20
_MOST_WORDS = 4  # of a name
_AT = re.compile(r"(?<![\w@.+-])@(?=\w)")
_WORDS = re.compile(r"[\w.@+'-]+(?: [\w.@+'-]+){0,3}")
_AFTER_NAME = ".,;:!?+@'-"


class Mentions(RoomPart):
    """The people that a text mentions."""

    def _spans(self, connection: Connection, row: Row[Any], text: str) -> tuple[Span, ...]:
        """Return the links and the mentions of a text, in order."""
        links = list(links_in(text))
        names = [one for one in names_in(text) if not any(link.start <= one[0] < link.end for link in links)]
        wanted = {name for _, some in names for name in some}
        known = _known(connection, row, wanted, self._now()) if names else {}
        found = []
        for start, some in names:
            name = next((one for one in some if key_of(one) in known), None)  # the longest is first
            if name is not None:
                found.append(Span("mention", start, start + 1 + len(name), known[key_of(name)]))
        return tuple(sorted([*links, *found], key=lambda span: span.start))

    def _note_mentions(self, connection: Connection, room: int, seq: int, spans: Sequence[Span]) -> None:
        """Write down whom a message mentions."""
        people = {span.target for span in spans if span.kind == "mention"}
        if people:
            rows = [{"author_id": one, "room_id": room, "seq": seq} for one in sorted(people)]
            connection.execute(insert(room_mentions), rows)


def names_in(text: str) -> Iterator[tuple[int, list[str]]]:
    """Return the places of `@` in a text, each with the names that may stand there, the longest first."""
    for count, at in enumerate(_AT.finditer(text)):
        if count == MOST_MENTIONS:
            return
        words = _WORDS.match(text, at.end(), at.end() + 80)
        if words is None:
            continue
        parts = words.group().split(" ")
        names = []
        for length in range(min(len(parts), _MOST_WORDS), 0, -1):
            whole = " ".join(parts[:length])
            names += [whole, whole.rstrip(_AFTER_NAME)]
        yield at.start(), list(dict.fromkeys(one for one in names if one))


def _known(connection: Connection, row: Row[Any], names: set[str], now: float) -> dict[str, str]:
    """Return the ids of the authors with these names that a room knows, by the key of the name."""
    written = sorted({*names, *(name.lower() for name in names)})
    found: dict[str, str] = {}
    named = or_(room_members.c.name.in_(written), func.lower(room_members.c.name).in_(written))
    member = select(room_members.c.name, room_members.c.author_id).where(
        room_members.c.room_id == row.id, named
    )
    found |= {key_of(name): author for name, author in connection.execute(member.limit(100))}
    keys = sorted({key_of(name) for name in names})
    here = people_here(connection, row.key, now)
    found |= {key_of(one.name): one.id for one in here if key_of(one.name) in keys}
    ids = {one.id for one in here}
    query = select(accounts.c.name_key, accounts.c.id).where(accounts.c.name_key.in_(keys))
    for key, account in connection.execute(query).all():
        author = f"a:{account}"
        if account == row.owner or author in ids or _has_been_here(connection, row.id, author):
            found[key] = author  # an account's name counts more than what somebody calls itself
    return found


def _has_been_here(connection: Connection, room: int, author: str) -> bool:
    for table in (room_members, room_marks, room_messages):
        here = (table.c.room_id == room) & (table.c.author_id == author)
        if connection.execute(select(table.c.author_id).where(here).limit(1)).scalar() is not None:
            return True
    return False
