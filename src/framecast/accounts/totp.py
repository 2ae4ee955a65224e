"""The second factor of an account by codes: those of an authenticator app (TOTP), and recovery codes. Blocking.

The secret of an app is sealed at rest. A code counts once, also of two processes that check it at the same time: the database
remembers the newest time step that was accepted, and only a later one is written over it. Recovery codes are kept as digests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.one_time_code import (
    address_of,
    looks_like_recovery,
    matching_step,
    new_recovery_codes,
    new_secret,
    recovery_digest,
)
from framecast.accounts.part import Part, find_account
from framecast.accounts.passwords import Passwords
from framecast.accounts.secret import new_id
from framecast.errors import Conflict, Denied, NotFound
from framecast.keyfile import KeyFile
from framecast.store import Store
from framecast.store.schema import passkeys, recovery_codes, totp

ISSUER = "Framecast"


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of an account. `app_since`: UTC seconds, None without an app."""

    app_since: float | None
    passkeys: int
    recovery_left: int

    @property
    def any(self) -> bool:
        """True if a password alone does not open the account."""
        return self.app_since is not None or self.passkeys > 0


class Totp(Part):
    """Authenticator apps and recovery codes. `keys` seal the secrets."""

    def __init__(
        self, store: Store, passwords: Passwords, now: Callable[[], float], keys: KeyFile | None = None
    ) -> None:
        super().__init__(store, passwords, now)
        self.keys = keys

    def factors(self, account: str) -> Factors:
        """Return what an account (by id) has."""
        with self._store.read() as connection:
            return _factors(connection, account)

    def begin(self, account: str) -> tuple[str, str]:
        """Return a new secret and the address for the QR code. Nothing is asked for before `confirm`.

        Raises:
            NotFound: there is no such account.
            Conflict: it has an app already.
        """
        secret = new_secret()
        sealed = self._keys().seal(secret, _use(account))
        with self._store.write() as connection:
            name = find_account(connection, account).name
            connection.execute(
                delete(totp).where(totp.c.account_id == account, totp.c.confirmed_at.is_(None))
            )
            if connection.execute(select(exists().where(totp.c.account_id == account))).scalar_one():
                raise Conflict("this account has an authenticator app: remove it before you add another one")
            connection.execute(insert(totp).values(account_id=account, secret=sealed, last_counter=-1))
        return secret, address_of(secret, name, ISSUER)

    def confirm(self, account: str, code: str, by: Actor) -> list[str]:
        """Turn the app on, by a code of it. Return new recovery codes, [] if the account has some.

        Raises:
            NotFound: `begin` was not called.
            Denied: the code is wrong.
        """
        with self._store.read() as connection:
            row = connection.execute(
                select(totp).where(totp.c.account_id == account, totp.c.confirmed_at.is_(None))
            ).first()
        if row is None:
            raise NotFound("there is no authenticator app to confirm: add one first")
        step = matching_step(self._keys().unseal(row.secret, _use(account)), code, self._now(), -1)
        if step is None:
            raise _wrong()
        with self._store.write() as connection:
            changed = connection.execute(
                update(totp)
                .where(
                    totp.c.account_id == account, totp.c.secret == row.secret, totp.c.confirmed_at.is_(None)
                )
                .values(confirmed_at=self._now(), last_counter=step)
            )
            if changed.rowcount != 1:
                raise Conflict("another page has changed this authenticator app: load the page again")
            self._note(connection, by, "factor.add", _name_of(connection, account), "authenticator app")
            return ensure_recovery_codes(connection, account)

    def verify(self, account: str, code: str, by: Actor) -> str:
        """Return by which kind of code this is right: `app` or `recovery code`. It does not count again.

        Raises:
            Denied: it is wrong, or was used already.
        """
        if looks_like_recovery(code):
            return self._verify_recovery(account, code, by)
        with self._store.read() as connection:
            row = connection.execute(
                select(totp).where(totp.c.account_id == account, totp.c.confirmed_at.is_not(None))
            ).first()
        if row is None:
            raise _wrong()
        secret = self._keys().unseal(row.secret, _use(account))
        step = matching_step(secret, code, self._now(), row.last_counter)
        if step is None:
            raise _wrong()
        with self._store.write() as connection:
            taken = connection.execute(
                update(totp)
                .where(totp.c.account_id == account, totp.c.secret == row.secret, totp.c.last_counter < step)
                .values(last_counter=step)
            )
        if taken.rowcount != 1:
            raise _wrong()
        return "app"

    def new_recovery_codes(self, account: str, by: Actor) -> list[str]:
        """Return fresh recovery codes; those of before count no more.

        Raises:
            Conflict: the account has no second factor.
        """
        with self._store.write() as connection:
            if not _factors(connection, account).any:
                raise Conflict("recovery codes stand in for a second factor: add an app or a passkey first")
            connection.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account))
            self._note(connection, by, "factor.recovery-codes", _name_of(connection, account))
            return ensure_recovery_codes(connection, account)

    def remove_app(self, account: str, by: Actor) -> None:
        """Remove the authenticator app.

        Raises:
            NotFound: there is no app.
        """
        with self._store.write() as connection:
            gone = connection.execute(delete(totp).where(totp.c.account_id == account))
            if gone.rowcount == 0:
                raise NotFound("this account has no authenticator app")
            self._note(connection, by, "factor.remove", _name_of(connection, account), "authenticator app")
            drop_recovery_codes(connection, account)

    def remove_all(self, account: str, by: Actor) -> None:
        """Remove the app, all passkeys and the recovery codes of an account (by id): for a person who has lost them.

        Raises:
            NotFound: there is no such account, or it has no second factor.
        """
        with self._store.write() as connection:
            name = find_account(connection, account).name
            if not _factors(connection, account).any:
                raise NotFound(f"{name} has no second factor")
            for table in (totp, passkeys, recovery_codes):
                connection.execute(delete(table).where(table.c.account_id == account))
            self._note(connection, by, "factor.remove", name, "all second factors")

    def _verify_recovery(self, account: str, code: str, by: Actor) -> str:
        with self._store.write() as connection:
            taken = connection.execute(
                update(recovery_codes)
                .where(
                    recovery_codes.c.account_id == account,
                    recovery_codes.c.digest == recovery_digest(account, code),
                    recovery_codes.c.used_at.is_(None),
                )
                .values(used_at=self._now())
            )
            if taken.rowcount == 1:
                left = _factors(connection, account).recovery_left
                name = _name_of(connection, account)
                self._note(connection, by, "factor.recovery-code", name, f"used, {left} left")
        if taken.rowcount != 1:
            raise _wrong()
        return "recovery code"

    def _keys(self) -> KeyFile:
        if self.keys is None:
            raise Denied("there is no data folder, so no secret can be kept: set data_dir")
        return self.keys


def ensure_recovery_codes(connection: Connection, account: str) -> list[str]:
    """Return new recovery codes if an account has not got any, [] otherwise: with its first factor it gets some."""
    if connection.execute(select(exists().where(recovery_codes.c.account_id == account))).scalar_one():
        return []
    codes = new_recovery_codes()
    rows = [
        {"id": new_id(), "account_id": account, "digest": recovery_digest(account, code)} for code in codes
    ]
    connection.execute(insert(recovery_codes), rows)
    return codes


def drop_recovery_codes(connection: Connection, account: str) -> None:
    """Remove the recovery codes of an account that has no second factor any more."""
    if not _factors(connection, account).any:
        connection.execute(delete(recovery_codes).where(recovery_codes.c.account_id == account))


def _factors(connection: Connection, account: str) -> Factors:
    app = select(totp.c.confirmed_at).where(totp.c.account_id == account)
    keys = select(func.count()).where(passkeys.c.account_id == account)
    left = select(func.count()).where(
        recovery_codes.c.account_id == account, recovery_codes.c.used_at.is_(None)
    )
    return Factors(
        connection.execute(app).scalar_one_or_none(),
        connection.execute(keys).scalar_one(),
        connection.execute(left).scalar_one(),
    )


def _name_of(connection: Connection, account: str) -> str:
    return str(find_account(connection, account).name)


def _use(account: str) -> str:
    return f"totp:{account}"


def _wrong() -> Denied:
    return Denied("this code is wrong, or was used already: wait for the next one", reason="code")
