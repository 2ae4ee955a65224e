"""What the pages of the admins show of many accounts at once: who they are, what they own, which groups they are in, when they were last seen.

Only reads. Each page of accounts is one transaction and a few queries, however many accounts there are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from framecast.accounts.account import Account
from framecast.accounts.naming import key_of
from framecast.accounts.part import Part, account_of
from framecast.store.library_schema import videos
from framecast.store.schema import accounts, groups, members, passkeys, sessions, streams, tokens, totp

MOST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Person:
    """An account with what stands in other tables about it. `seen_at` is the newest use of a session or token, UTC seconds."""

    account: Account
    seen_at: float | None
    streams: tuple[str, ...]
    videos: int
    groups: tuple[str, ...]
    has_second_factor: bool

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            **self.account.to_json(),
            "seen_at": self.seen_at,
            "streams": list(self.streams),
            "videos": self.videos,
            "groups": list(self.groups),
            "has_second_factor": self.has_second_factor,
        }


@dataclass(frozen=True, slots=True)
class Members:
    """A group of people with its members: id, name and display name of each."""

    id: str
    name: str
    members: list[dict[str, str]] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {"id": self.id, "name": self.name, "members": self.members}


class Overview(Part):
    """Pages of accounts, and groups with their members."""

    def people(
        self, *, after: str = "", most: int = 100, search: str = "", services: bool | None = False
    ) -> list[Person]:
        """Return accounts in the order of their names: those behind the name `after` in which `search` occurs.

        `services`: True for programs and screens only, False for people only, None for both.
        """
        query = select(accounts).where(accounts.c.name_key > key_of(after)).order_by(accounts.c.name_key)
        if services is not None:
            query = query.where(accounts.c.is_service.is_(services))
        if search:
            query = query.where(_has(search))
        with self._store.read() as connection:
            rows = connection.execute(query.limit(max(1, min(most, MOST_PAGE)))).all()
            return _with_facts(connection, [account_of(row) for row in rows])

    def members_of_groups(self) -> list[Members]:
        """Return all groups by name, each with its members by name."""
        joined = members.join(accounts, accounts.c.id == members.c.account_id)
        query = select(members.c.group_id, accounts.c.id, accounts.c.name, accounts.c.display_name)
        with self._store.read() as connection:
            found = {
                row.id: Members(row.id, row.name)
                for row in connection.execute(select(groups).order_by(groups.c.name_key))
            }
            for row in connection.execute(query.select_from(joined).order_by(accounts.c.name_key)):
                member = {"id": row.id, "name": row.name, "display_name": row.display_name}
                found[row.group_id].members.append(member)
        return list(found.values())


def _has(search: str) -> ColumnElement[bool]:
    """A part of the name or of the display name, whatever its case."""
    return or_(
        accounts.c.name_key.contains(key_of(search), autoescape=True),
        func.lower(accounts.c.display_name).contains(search.lower(), autoescape=True),
    )


def _with_facts(connection: Connection, found: Sequence[Account]) -> list[Person]:
    ids = [one.id for one in found]
    named_groups = select(members.c.account_id, groups.c.name).join(groups, groups.c.id == members.c.group_id)
    owned = _lists(connection, select(streams.c.owner, streams.c.name).where(streams.c.owner.in_(ids)))
    within = _lists(connection, named_groups.where(members.c.account_id.in_(ids)))
    seen = _newest(connection, ids)
    strong = _strong(connection, ids)
    counts = select(videos.c.owner, func.count()).where(videos.c.owner.in_(ids)).group_by(videos.c.owner)
    stored = {row[0]: row[1] for row in connection.execute(counts)}
    return [
        Person(one, seen.get(one.id), owned[one.id], stored.get(one.id, 0), within[one.id], one.id in strong)
        for one in found
    ]  # fmt: skip


def _lists(connection: Connection, query: Select[Any]) -> defaultdict[str, tuple[str, ...]]:
    """Return the second column by the first, sorted."""
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for owner, name in sorted(connection.execute(query).all()):
        found[owner] += (name,)
    return found


def _newest(connection: Connection, ids: Iterable[str]) -> dict[str, float]:
    """Return when a session or a token of each account was used last."""
    found: dict[str, float] = {}
    for table in (sessions, tokens):
        query = select(table.c.account_id, func.max(table.c.used_at)).where(table.c.account_id.in_(ids))
        for account, used in connection.execute(query.group_by(table.c.account_id)):
            if used is not None:
                found[account] = max(used, found.get(account, used))
    return found


def _strong(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Return the accounts that have a second factor."""
    by_code = select(totp.c.account_id).where(totp.c.account_id.in_(ids), totp.c.confirmed_at.is_not(None))
    by_key = select(passkeys.c.account_id).where(passkeys.c.account_id.in_(ids))
    return {*connection.execute(by_code).scalars(), *connection.execute(by_key).scalars()}
