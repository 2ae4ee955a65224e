"""Accounts: make, find, change, delete."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from framecast.accounts.account import Account, Actor
from framecast.accounts.naming import check_account_name, key_of
from framecast.accounts.part import Part, account_of, count, find_account
from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Invalid
from framecast.model.naming import check_display_name
from framecast.model.rights import Role
from framecast.store.schema import accounts

PAGE = 100
MOST_PAGE = 1000


class People(Part):
    """The accounts themselves."""

    def create(
        self,
        name: str,
        *,
        role: Role,
        password: str | None = None,
        display_name: str = "",
        is_service: bool = False,
        by: Actor | None = None,
    ) -> Account:
        """Make an account. Without a password nobody signs in by one.

        Raises:
            Invalid: a name or the password is not allowed.
            Conflict: the name is taken.
            WouldBlock: too many passwords are being computed.
        """
        if is_service and password is not None:
            raise Invalid("a service account has no password: make a token for it")
        hashed = self._passwords.hash(password) if password is not None else None
        with self._store.change() as connection:
            made = insert_account(
                connection, name, role, hashed, self._now(), display_name=display_name, is_service=is_service
            )
            self._note(connection, by, "account.create", made.name, str(made.role))
        return made

    def all(self, *, after: str = "", most: int = PAGE, role: Role | None = None) -> list[Account]:
        """Return accounts in the order of their names: those behind the name `after`, at most `most`."""
        query = select(accounts).where(accounts.c.name_key > key_of(after)).order_by(accounts.c.name_key)
        if role is not None:
            query = query.where(accounts.c.role == role)
        with self._store.read() as connection:
            return [account_of(row) for row in connection.execute(query.limit(min(most, MOST_PAGE)))]

    def account(self, id_or_name: str) -> Account:
        """Return one account.

        Raises:
            NotFound: there is no such account.
        """
        with self._store.read() as connection:
            return account_of(find_account(connection, id_or_name))

    def count(self) -> int:
        """Return how many accounts there are."""
        with self._store.read() as connection:
            return int(connection.execute(select(func.count()).select_from(accounts)).scalar_one())


def insert_account(
    connection: Connection,
    name: str,
    role: Role,
    password_hash: str | None,
    now: float,
    *,
    display_name: str = "",
    is_service: bool = False,
) -> Account:
    """Make an account in a transaction; raises as `People.create`."""
    checked = check_account_name(name)
    try:
        label = check_display_name(display_name)
    except Invalid as error:
        raise Invalid(f"display_name {error}") from None
    values = {
        "id": new_id(),
        "name": checked,
        "name_key": key_of(checked),
        "display_name": label,
        "role": str(Role(role)),
        "is_service": is_service,
        "password_hash": password_hash,
        "password_at": now if password_hash else None,
        "created_at": now,
    }
    if count(connection, accounts.c.name_key == values["name_key"]):
        raise Conflict(f"there is an account {checked!r} already: choose another name")
    connection.execute(insert(accounts).values(**values))
    return account_of(find_account(connection, str(values["id"])))
