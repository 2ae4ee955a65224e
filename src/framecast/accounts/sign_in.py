"""Signing in by name and password: one answer and one time for everything that is wrong.

An unknown name, a locked account, a service account and a wrong password have the same answer, and it takes the same time: each is counted and
computes one argon2id. A session that is already open is never ended by somebody else's failures.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from framecast.accounts import failures
from framecast.accounts.account import Actor
from framecast.accounts.challenges import Challenges
from framecast.accounts.factor import Factor
from framecast.accounts.failures import Reservation
from framecast.accounts.naming import key_of
from framecast.accounts.sessions import Sessions
from framecast.errors import Denied, WouldBlock
from framecast.store.schema import accounts, passkeys, totp

SECOND_FACTOR = "second-factor"
_LONGEST_NAME = 256


@dataclass(frozen=True, slots=True)
class SignIn:
    """What came of it: a session, or a secret with which the second factor is given, or a refusal (neither).

    `reason` of a refusal: `wrong` or `too-many`; `wait_s`: when it may be tried again. `delay_s`: for how long a server holds the answer
    back, whatever it is.
    """

    session: str | None = field(default=None, repr=False)
    second_factor: str | None = field(default=None, repr=False)
    account: str | None = None
    reason: str = ""
    wait_s: float = 0.0
    delay_s: float = 0.0


class SigningIn(Sessions):
    """Logins."""

    def sign_in(
        self, name: str, password: str, address: str = "", agent: str = "", replaces: str = ""
    ) -> SignIn:
        """Return a session, a second step, or a refusal. `replaces` is the secret of the browser's session so far, which ends.

        Raises:
            WouldBlock: too many logins at once.
        """
        name_key = key_of(name[:_LONGEST_NAME])
        with self._store.write() as connection:
            found = connection.execute(select(accounts).where(accounts.c.name_key == name_key)).first()
            counted = failures.reserve(
                connection, self._now(), address, name_key, None if found is None else found.id
            )
        if counted.wait_s:
            return SignIn(reason="too-many", wait_s=counted.wait_s)
        with self._given_back(counted):
            is_right = self._passwords.verify(found.password_hash if found else None, password)
        if found is None or not is_right or found.locked or found.is_service:
            self._refused(found, address)
            return SignIn(reason="wrong", delay_s=counted.delay_s)
        return self._enter(found, password, counted, address, agent, replaces)

    def second_factor(self, secret: str) -> str:
        """Return the account (by id) whose second factor is to be given, and count the code that comes with it as wrong.

        Raises:
            Denied: the login has expired, or there were too many wrong codes; then the field `wait_s` says how long to wait.
        """
        waiting = Challenges.beside(self)
        account = waiting.look(SECOND_FACTOR, secret).account or ""
        with self._store.write() as connection:
            wait_s = failures.reserve_second(connection, self._now(), account)
        if wait_s:
            raise Denied("too many wrong codes: wait before the next one", reason="too-many", wait_s=wait_s)
        waiting.attempt(SECOND_FACTOR, secret)
        return account

    def finish_second_factor(
        self, secret: str, factor: Factor, address: str = "", agent: str = "", replaces: str = ""
    ) -> str:
        """Return the secret of the session after the second factor was right.

        Raises:
            Denied: the login has expired, or was finished already; as `open_session`.
        """
        account = Challenges.beside(self).claim(SECOND_FACTOR, secret).account or ""
        with self._store.write() as connection:
            failures.release_second(connection, account)
        return self.open_session(account, factor, address, agent, replaces)

    def has_second_factor(self, account: str) -> bool:
        """Return whether an account (by id) needs more than its password."""
        with self._store.read() as connection:
            return has_second_factor(connection, account)

    @contextmanager
    def _given_back(self, counted: Reservation) -> Iterator[None]:
        """Take a login back whose password was not looked at."""
        try:
            yield
        except WouldBlock:
            with self._store.write() as connection:
                failures.release(connection, counted, was_right=False)
            raise

    def _refused(self, found: Row[Any] | None, address: str) -> None:
        """Note a refusal. A name that no account has may be a password in the wrong field: it is not kept."""
        with self._store.write() as connection:
            actor = Actor(None, address, found.name if found else "(unknown name)")
            self._note(connection, actor, "sign-in", result="locked" if found and found.locked else "refused")

    def _enter(
        self, found: Row[Any], password: str, counted: Reservation, address: str, agent: str, replaces: str
    ) -> SignIn:
        outdated = self._passwords.is_outdated(found.password_hash)
        hashed = self._passwords.hash(password) if outdated else None
        with self._store.change() if replaces else self._store.write() as connection:
            failures.release(connection, counted, was_right=True)
            if hashed is not None:
                same = (accounts.c.id == found.id) & (accounts.c.password_hash == found.password_hash)
                connection.execute(update(accounts).where(same).values(password_hash=hashed))
            needs_second = has_second_factor(connection, found.id)
            session = (
                None
                if needs_second
                else self._new_session(connection, found.id, Factor.PASSWORD, address, agent, replaces)
            )
        step = self._begin_second(found.id, address) if needs_second else None
        return SignIn(session, step, found.id, delay_s=counted.delay_s)

    def _begin_second(self, account: str, address: str) -> str:
        return Challenges.beside(self).begin(SECOND_FACTOR, {}, account=account, address=address)


def has_second_factor(connection: Connection, account: str) -> bool:
    """Return whether an account has a confirmed code generator or a passkey."""
    by_code = exists().where(totp.c.account_id == account, totp.c.confirmed_at.is_not(None))
    by_key = exists().where(passkeys.c.account_id == account)
    return bool(connection.execute(select(by_code | by_key)).scalar_one())
