"""The passkeys of accounts: what is stored of them, how they are named, used and removed. Blocking.

The ceremonies themselves are in `ceremony`. A passkey's counter of signatures only goes up: one that went back was copied, and of two
uses at the same time one wins. Authenticators without a counter (most that sync) send 0; their uses count once by the challenge.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.ceremony import NewPasskey, Passkey, Use
from framecast.accounts.naming import check_label
from framecast.accounts.part import Part, find_account
from framecast.accounts.secret import new_id
from framecast.accounts.totp import drop_recovery_codes, ensure_recovery_codes
from framecast.errors import Conflict, Denied, NotFound
from framecast.store.schema import accounts, passkeys

MOST = 32  # of one account


class Passkeys(Part):
    """The table of passkeys."""

    def of(self, account: str) -> list[Passkey]:
        """Return the passkeys of an account (by id), the oldest first."""
        query = select(passkeys).where(passkeys.c.account_id == account).order_by(passkeys.c.created_at)
        with self._store.read() as connection:
            return [_passkey(row) for row in connection.execute(query)]

    def find(self, credential: bytes) -> Passkey:
        """Return a passkey by the id that its authenticator gave it.

        Raises:
            Denied: there is no such passkey, or its account is locked.
        """
        query = (
            select(passkeys)
            .join(accounts, accounts.c.id == passkeys.c.account_id)
            .where(passkeys.c.credential_id == credential, accounts.c.locked.is_(False))
        )
        with self._store.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            raise Denied(
                "this server does not know this passkey: it was removed here", reason="unknown-passkey"
            )
        return _passkey(row)

    def add(self, account: str, made: NewPasskey, rp_id: str, name: str, by: Actor) -> list[str]:
        """Store a new passkey. Return new recovery codes, [] if the account has some.

        Raises:
            Conflict: it is here already, or the account has too many.
            Invalid: the name is not allowed.
        """
        label = check_label("the name of a passkey", name)
        with self._store.write() as connection:
            owner = find_account(connection, account)
            count = connection.execute(
                select(func.count()).where(passkeys.c.account_id == account)
            ).scalar_one()
            if count >= MOST:
                raise Conflict(f"an account may have {MOST} passkeys at most: remove one first")
            known = select(passkeys.c.id).where(passkeys.c.credential_id == made.id)
            if connection.execute(known).first() is not None:
                raise Conflict("this passkey is known already")
            connection.execute(
                insert(passkeys).values(
                    id=new_id(),
                    account_id=account,
                    credential_id=made.id,
                    public_key=made.public_key,
                    sign_count=made.sign_count,
                    name=label,
                    rp_id=rp_id,
                    transports=",".join(made.transports),
                    is_backed_up=made.is_synced,
                    created_at=self._now(),
                )
            )
            self._note(connection, by, "factor.add", owner.name, f"passkey {label}")
            return ensure_recovery_codes(connection, account)

    def note_use(self, passkey: Passkey, use: Use) -> None:
        """Note that a passkey was used.

        Raises:
            Denied: another use has come first.
        """
        with self._store.write() as connection:
            changed = connection.execute(
                update(passkeys)
                .where(passkeys.c.id == passkey.key, passkeys.c.sign_count == passkey.sign_count)
                .values(sign_count=use.sign_count, used_at=self._now())
            )
        if changed.rowcount != 1:
            raise Denied("this passkey was used twice at once: try again", reason="passkey")

    def rename(self, account: str, key: str, name: str, by: Actor) -> None:
        """Give a passkey another name.

        Raises:
            NotFound: the account has no such passkey.
            Invalid: the name is not allowed.
        """
        label = check_label("the name of a passkey", name)
        with self._store.write() as connection:
            changed = connection.execute(
                update(passkeys)
                .where(passkeys.c.account_id == account, passkeys.c.id == key)
                .values(name=label)
            )
            if changed.rowcount != 1:
                raise _unknown()
            owner = find_account(connection, account)
            self._note(connection, by, "factor.rename", owner.name, f"passkey {label}")

    def remove(self, account: str, key: str, by: Actor) -> None:
        """Remove a passkey.

        Raises:
            NotFound: the account has no such passkey.
        """
        with self._store.write() as connection:
            which = (passkeys.c.account_id == account, passkeys.c.id == key)
            row = connection.execute(select(passkeys.c.name).where(*which)).first()
            if row is None:
                raise _unknown()
            connection.execute(delete(passkeys).where(*which))
            owner = find_account(connection, account)
            self._note(connection, by, "factor.remove", owner.name, f"passkey {row.name}")
            drop_recovery_codes(connection, account)


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(
        key=row.id,
        id=row.credential_id,
        account=row.account_id,
        name=row.name,
        public_key=row.public_key,
        sign_count=row.sign_count,
        rp_id=row.rp_id,
        transports=tuple(filter(None, row.transports.split(","))),
        is_synced=row.is_backed_up,
        created_at=row.created_at,
        used_at=row.used_at,
    )


def _unknown() -> NotFound:
    return NotFound("this account has no such passkey: it was removed")
