"""CURVE keys of ZeroMQ clients, each of which stands for an account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select

from framecast.accounts.account import Actor
from framecast.accounts.identity import scopes_from_text
from framecast.accounts.naming import check_label
from framecast.accounts.part import Part, count, find_account
from framecast.accounts.tokens import check_scopes
from framecast.errors import Conflict, NotFound
from framecast.model import curvekeys
from framecast.model.rights import Scope
from framecast.store.schema import accounts, curve_keys

MOST_OF_AN_ACCOUNT = 100


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """A CURVE key of an account, in Z85. `scopes` None: all that the account may."""

    public_key: str
    account: str
    account_name: str
    name: str
    scopes: frozenset[Scope] | None
    created_at: float

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "public_key": self.public_key,
            "account": self.account,
            "account_name": self.account_name,
            "name": self.name,
            "scopes": None if self.scopes is None else sorted(map(str, self.scopes)),
            "created_at": self.created_at,
        }


class Keys(Part):
    """The keys that belong to accounts."""

    def add_key(
        self,
        account: str,
        public_key: str,
        name: str,
        scopes: Iterable[Scope | str] = (),
        by: Actor | None = None,
    ) -> KeyInfo:
        """Let a CURVE key stand for an account (id or name), with these scopes; without one, with all that the account may.

        Raises:
            NotFound: there is no such account.
            Invalid: the key, its name or a scope is not allowed.
            Conflict: the key belongs to an account already, or this one has too many.
        """
        curvekeys.decode(public_key)
        label, wanted = check_label("the name of a key", name), check_scopes(scopes)
        with self._store.change() as connection:
            owner = find_account(connection, account)
            if count(connection, curve_keys.c.public_key == public_key):
                raise Conflict("this CURVE key belongs to an account already: remove it there first")
            if count(connection, curve_keys.c.account_id == owner.id) >= MOST_OF_AN_ACCOUNT:
                raise Conflict(
                    f"the account {owner.name} has {MOST_OF_AN_ACCOUNT} keys, the limit: remove some first"
                )
            now, text = self._now(), " ".join(sorted(wanted))
            connection.execute(
                insert(curve_keys).values(
                    public_key=public_key, account_id=owner.id, name=label, scopes=text, created_at=now
                )
            )
            self._note(connection, by, "key.add", f"{owner.name}: {label}", text or "all")
        return KeyInfo(public_key, owner.id, owner.name, label, wanted or None, now)

    def keys(self, account: str | None = None) -> list[KeyInfo]:
        """Return the CURVE keys of an account (by id), or of all."""
        query = select(curve_keys, accounts.c.name.label("account_name")).select_from(
            curve_keys.join(accounts, accounts.c.id == curve_keys.c.account_id)
        )
        if account is not None:
            query = query.where(curve_keys.c.account_id == account)
        with self._store.read() as connection:
            return [
                KeyInfo(
                    row.public_key,
                    row.account_id,
                    row.account_name,
                    row.name,
                    scopes_from_text(row.scopes),
                    row.created_at,
                )
                for row in connection.execute(query.order_by(curve_keys.c.created_at))
            ]

    def remove_key(self, public_key: str, *, account: str | None = None, by: Actor | None = None) -> None:
        """Let a CURVE key open nothing any more. With `account` only one of that account.

        Raises:
            NotFound: no account has it.
        """
        with self._store.change() as connection:
            found = connection.execute(
                select(curve_keys).where(curve_keys.c.public_key == public_key)
            ).first()
            if found is None or account not in (None, found.account_id):
                raise NotFound("no account has this CURVE key")
            connection.execute(delete(curve_keys).where(curve_keys.c.public_key == public_key))
            self._note(connection, by, "key.remove", found.name)
