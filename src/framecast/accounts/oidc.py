"""People of an OpenID Connect provider and their accounts here. Blocking.

An account is found by issuer and subject and by nothing else: a provider's e-mail addresses and names are claims that a person may
choose. The first login makes an account; a person who is signed in links the login to the account they have. Groups of the provider give a
role and membership in groups of people here, whose grants count; both follow the provider at each login. An account that was linked
keeps its own role.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, delete, exists, func, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.naming import LONGEST, check_account_name, key_of
from framecast.accounts.part import Part, find_account
from framecast.accounts.people import insert_account
from framecast.accounts.provider import Person
from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Denied, Invalid, NotFound
from framecast.model.naming import check_display_name
from framecast.model.rights import Role
from framecast.model.text import shown
from framecast.store.schema import accounts, groups, identities, members

MAX_GROUPS = 500  # of one person at the provider
_MOST_NAMES = 1000
_NO_NAME = "person"
_RANK = (Role.VIEWER, Role.MEMBER, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the claims of a provider mean here. `default_role` None: a person without a role by `roles` may not come in."""

    groups_claim: str = "groups"
    name_claim: str = "preferred_username"
    roles: Mapping[str, Role] = field(default_factory=dict)  # group of the provider -> role
    groups: Mapping[str, str] = field(default_factory=dict)  # group of the provider -> group of people here
    default_role: Role | None = Role.VIEWER

    def groups_of(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """Return the groups of a person at the provider. A dot in the claim's name goes one level down: `realm_access.roles`."""
        found: object = claims.get(self.groups_claim)
        if found is None:
            found = claims
            for name in self.groups_claim.split("."):
                found = found.get(name) if isinstance(found, Mapping) else None
        named = [found] if isinstance(found, str) else found if isinstance(found, list) else []
        return frozenset(one for one in named[:MAX_GROUPS] if isinstance(one, str))

    def role_of(self, mine: Iterable[str]) -> Role | None:
        """Return the highest role of these groups."""
        found = [self.roles[group] for group in mine if group in self.roles]
        return max(found, key=_RANK.index) if found else self.default_role


@dataclass(frozen=True, slots=True)
class ProviderLogin:
    """A login at a provider that opens an account here. Times are UTC seconds."""

    key: str
    issuer: str
    shown_name: str
    made_account: bool
    created_at: float
    used_at: float | None


class ProviderLogins(Part):
    """The table of logins at providers."""

    def enter(self, person: Person, rules: Rules, address: str = "") -> str:
        """Return the id of the account of a person, which is made at the first login.

        Raises:
            Denied: no group of the person opens this server, or the account is locked.
        """
        mine = rules.groups_of(person.claims)
        role = rules.role_of(mine)
        with self._store.change() as connection:
            row = connection.execute(_login_of(person)).first()
            if row is None:
                account = self._first_login(connection, person, rules, role, address)
            else:
                account = row.account_id
                self._again(connection, row, person, role, address)
            wanted = {rules.groups[group] for group in mine if group in rules.groups}
            self._join(connection, account, person.issuer, wanted, address)
        return account

    def link(self, account: str, person: Person, by: Actor) -> None:
        """Let a login at the provider open an account (by id) that is there. Twice is once.

        Raises:
            Conflict: the login opens another account already.
        """
        with self._store.write() as connection:
            owner = find_account(connection, account)
            row = connection.execute(_login_of(person)).first()
            if row is not None:
                if row.account_id != account:
                    raise Conflict("this login opens another account already: remove it there first")
                return
            self._insert(connection, account, person, made_account=False)
            self._note(connection, by, "login.add", owner.name, f"login at {person.issuer}")

    def unlink(self, account: str, key: str, by: Actor) -> None:
        """Take a login from an account.

        Raises:
            NotFound: the account has no such login.
            Conflict: nothing else opens the account.
        """
        which = (identities.c.account_id == account, identities.c.id == key)
        with self._store.change() as connection:
            owner = find_account(connection, account)
            row = connection.execute(select(identities).where(*which)).first()
            if row is None:
                raise NotFound("this account has no such login: it was removed")
            others = connection.execute(
                select(func.count()).where(identities.c.account_id == account)
            ).scalar_one()
            if owner.password_hash is None and others == 1:
                raise Conflict("nothing else opens this account: set a password before you remove this login")
            connection.execute(delete(identities).where(*which))
            source = _source(row.issuer)
            connection.execute(
                delete(members).where(members.c.account_id == account, members.c.source == source)
            )
            self._note(connection, by, "login.remove", owner.name, f"login at {row.issuer}")

    def of(self, account: str) -> list[ProviderLogin]:
        """Return the logins of an account (by id)."""
        query = select(identities).where(identities.c.account_id == account).order_by(identities.c.created_at)
        with self._store.read() as connection:
            return [
                ProviderLogin(
                    row.id, row.issuer, row.shown_name, row.made_account, row.created_at, row.used_at
                )
                for row in connection.execute(query)
            ]

    # --- one login

    def _first_login(
        self, connection: Connection, person: Person, rules: Rules, role: Role | None, address: str
    ) -> str:
        if role is None:
            raise _closed_to(person)
        name = _free_name(connection, person, rules)
        made = insert_account(
            connection, name, role, None, self._now(), display_name=_display_name(person.claims.get("name"))
        )
        self._insert(connection, made.id, person, made_account=True)
        by = Actor(made.id, address, made.name)
        self._note(connection, by, "account.create", made.name, f"{role}, by login at {person.issuer}")
        return made.id

    def _again(
        self, connection: Connection, row: Row[Any], person: Person, role: Role | None, address: str
    ) -> None:
        owner = find_account(connection, row.account_id)
        if owner.locked:
            raise Denied("this account is locked: an admin can unlock it", reason="locked")
        if row.made_account:
            if role is None:
                raise _closed_to(person)
            self._follow_role(connection, owner, role, address)
        connection.execute(
            update(identities)
            .where(identities.c.id == row.id)
            .values(used_at=self._now(), shown_name=_shown_name(person))
        )

    def _follow_role(self, connection: Connection, owner: Row[Any], role: Role, address: str) -> None:
        if owner.role == role:
            return
        other_admin = exists().where(
            accounts.c.role == Role.ADMIN, accounts.c.locked.is_(False), accounts.c.id != owner.id
        )
        by = Actor(owner.id, address, owner.name)
        if owner.role == Role.ADMIN and not connection.execute(select(other_admin)).scalar_one():
            self._note(connection, by, "account.role", owner.name, f"not {role}: the last admin stays one")
            return
        connection.execute(update(accounts).where(accounts.c.id == owner.id).values(role=str(role)))
        self._note(connection, by, "account.role", owner.name, f"{role}, by the groups of the provider")

    def _join(
        self, connection: Connection, account: str, issuer: str, wanted: set[str], address: str
    ) -> None:
        """Make the membership that the provider gives the one that it says now; what was given here stays."""
        source = _source(issuer)
        ids = {self._group(connection, name) for name in wanted}
        held = members.c.account_id == account
        by_issuer = select(members.c.group_id).where(held, members.c.source == source)
        before = set(connection.execute(by_issuer).scalars())
        there = set(connection.execute(select(members.c.group_id).where(held)).scalars())
        gone, new = before - ids, ids - there
        if gone:
            connection.execute(
                delete(members).where(held, members.c.source == source, members.c.group_id.in_(gone))
            )
        for group in sorted(new):
            connection.execute(insert(members).values(group_id=group, account_id=account, source=source))
        if gone or new:
            name = find_account(connection, account).name
            by = Actor(account, address, name)
            self._note(connection, by, "group.follow", name, f"joined {len(new)}, left {len(gone)} groups")

    def _group(self, connection: Connection, name: str) -> str:
        """Return the id of a group of people; one that the configuration names and nobody has made yet is made."""
        found = connection.execute(
            select(groups.c.id).where(groups.c.name_key == key_of(name))
        ).scalar_one_or_none()
        if found is not None:
            return str(found)
        made = new_id()
        connection.execute(
            insert(groups).values(id=made, name=name, name_key=key_of(name), created_at=self._now())
        )
        return made

    def _insert(self, connection: Connection, account: str, person: Person, *, made_account: bool) -> None:
        connection.execute(
            insert(identities).values(
                id=new_id(),
                account_id=account,
                issuer=person.issuer,
                subject=person.subject,
                made_account=made_account,
                shown_name=_shown_name(person),
                created_at=self._now(),
                used_at=self._now(),
            )
        )


def _login_of(person: Person) -> Any:  # noqa: ANN401  a query of SQL
    return select(identities).where(
        identities.c.issuer == person.issuer, identities.c.subject == person.subject
    )


def _source(issuer: str) -> str:
    """Return what stands in the column of members."""
    return issuer[:256]


def _closed_to(person: Person) -> Denied:
    return Denied(
        "your login at the provider is right, but none of your groups there opens this server: ask an admin",
        reason="no-group",
        issuer=person.issuer,
    )


def _free_name(connection: Connection, person: Person, rules: Rules) -> str:
    """Return the name of a new account: the one of the claim, with a number if it is taken."""
    email = person.claims.get("email")
    wished: Sequence[object] = (
        person.claims.get(rules.name_claim),
        email.partition("@")[0] if isinstance(email, str) else None,
        _NO_NAME,
    )
    name = next(filter(None, map(_account_name, wished)))
    for number in range(1, _MOST_NAMES):
        tail = f"-{number}" if number > 1 else ""
        one = f"{name[: LONGEST - len(tail)]}{tail}"
        if not connection.execute(select(exists().where(accounts.c.name_key == key_of(one)))).scalar_one():
            return one
    return f"{name[: LONGEST - 17]}-{new_id()}"


def _account_name(wished: object) -> str:
    """Return the name of an account, made from a claim; '' if nothing of the claim is allowed in one."""
    if not isinstance(wished, str):
        return ""
    plain = re.sub(r"[^\w.@+-]+", "-", wished[:LONGEST]).strip("-.@+_")
    try:
        return check_account_name(plain)
    except Invalid:
        return ""


def _display_name(claim: object) -> str:
    try:
        return check_display_name(claim) if claim is not None else ""
    except Invalid:
        return ""


def _shown_name(person: Person) -> str:
    """Return by what a person recognizes the login."""
    for claim in ("email", "preferred_username", "name"):
        found = person.claims.get(claim)
        if isinstance(found, str) and found.strip():
            return shown(found.strip(), 200)
    return shown(person.subject, 200)
