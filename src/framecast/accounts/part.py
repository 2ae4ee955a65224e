"""What the parts of `Accounts` share: the store, the clock, rows of the audit log, and how an account is found by id or name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select

from framecast.accounts.account import COMMAND_LINE, Account, Actor
from framecast.accounts.naming import key_of
from framecast.accounts.passwords import Passwords
from framecast.errors import NotFound
from framecast.model.rights import Role
from framecast.model.text import shown
from framecast.store import Store
from framecast.store.schema import accounts, audit, groups

_LONGEST_TEXT = 200


class Audited:
    """One area of a domain on the store, whose changes stand in the audit log. Every method is one transaction."""

    def __init__(self, store: Store, now: Callable[[], float]) -> None:
        self._store = store
        self._now = now

    def _note(
        self, connection: Connection, by: Actor | None, what: str, target: str = "", result: str = "done"
    ) -> None:
        """Write a row of the audit log in the transaction of what it is about: one is not there without the other."""
        actor = by or COMMAND_LINE
        who = actor.name
        if not who and actor.account is not None:
            who = (
                connection.execute(
                    select(accounts.c.name).where(accounts.c.id == actor.account)
                ).scalar_one_or_none()
                or ""
            )
        connection.execute(
            insert(audit).values(
                at=self._now(),
                account_id=actor.account,
                who=kept(who, _LONGEST_TEXT),
                address=kept(actor.address, 64),
                what=what,
                target=kept(target, _LONGEST_TEXT),
                result=kept(result, _LONGEST_TEXT),
            )
        )


class Part(Audited):
    """One area of `Accounts`."""

    def __init__(self, store: Store, passwords: Passwords, now: Callable[[], float]) -> None:
        super().__init__(store, now)
        self._passwords = passwords

    @classmethod
    def beside(cls, other: Part) -> Self:
        """Return this part on the database, the clock and the passwords of another: for what most processes do without."""
        return cls(other._store, other._passwords, other._now)


def kept(text: str, most: int) -> str:
    """Return a text of strangers as it is kept: what can be shown, in at most `most` characters."""
    return shown(text, most)[:most]


def find_account(connection: Connection, id_or_name: str) -> Row[Any]:
    """Return the row of an account.

    Raises:
        NotFound: there is no such account.
    """
    found = connection.execute(
        select(accounts).where(
            or_(accounts.c.id == id_or_name, accounts.c.name_key == key_of(id_or_name[:256]))
        )
    ).first()
    if found is None:
        raise NotFound(f"there is no account {shown(id_or_name, 80)!r}")
    return found


def account_of(row: Row[Any]) -> Account:
    """Return the account in a row of its table."""
    return Account(
        id=row.id,
        name=row.name,
        display_name=row.display_name,
        role=Role(row.role),
        is_service=row.is_service,
        locked=row.locked,
        has_password=row.password_hash is not None,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
    )


def count(connection: Connection, what: ColumnElement[bool]) -> int:
    """Return how many rows fulfil a condition."""
    return int(connection.execute(select(func.count()).where(what)).scalar_one())


def find_group(connection: Connection, id_or_name: str) -> Row[Any]:
    """Return the row of a group of people.

    Raises:
        NotFound: there is no such group.
    """
    found = connection.execute(
        select(groups).where(or_(groups.c.id == id_or_name, groups.c.name_key == key_of(id_or_name[:256])))
    ).first()
    if found is None:
        raise NotFound(f"there is no group of people {shown(id_or_name, 80)!r}")
    return found
