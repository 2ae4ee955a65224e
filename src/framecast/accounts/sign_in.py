"""Signing in by name and password: one answer and one time for everything that is wrong.

An unknown name, a locked account, a service account and a wrong password have the same answer, and it takes the
same time: each computes one argon2id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, exists, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.naming import key_of
from framecast.accounts.part import Part
from framecast.accounts.secret import CHALLENGE, SESSION, digest_of, new_id, new_secret
from framecast.store.schema import accounts, challenges, passkeys, sessions, totp

SESSION_S = 30 * 86400.0
SECOND_FACTOR_S = 600.0


class Factor(StrEnum):
    """By what somebody proved to be somebody."""

    PASSWORD = "password"  # noqa: S105  its name
    TOTP = "totp"
    PASSKEY = "passkey"
    OIDC = "oidc"
    LINK = "link"  # an invitation or a reset
    PROXY = "proxy"  # a proxy's header


@dataclass(frozen=True, slots=True)
class SignIn:
    """What came of it: a session, or a secret with which the second factor is given, or a refusal (neither).

    `wait_s`: when the same may be tried again. `delay_s`: for how long the server holds the answer back, whatever it is.
    """

    session: str | None = field(default=None, repr=False)
    second_factor: str | None = field(default=None, repr=False)
    account: str | None = None
    reason: str = ""  # wrong, too-many
    wait_s: float = 0.0
    delay_s: float = 0.0


class SigningIn(Part):
    """Logins and the sessions that they make."""

    def sign_in(self, name: str, password: str, address: str = "", agent: str = "") -> SignIn:
        """Return a session, a second step, or a refusal.

        Raises:
            WouldBlock: too many logins at once.
        """
        with self._store.read() as connection:
            found = connection.execute(
                select(accounts).where(accounts.c.name_key == key_of(name[:256]))
            ).first()
        is_right = self._passwords.verify(found.password_hash if found else None, password)
        if found is None or not is_right or found.locked:
            with self._store.write() as connection:
                self._note(connection, Actor(None, address, name), "sign-in", result="refused")
            return SignIn(reason="wrong")
        return self._enter(found, address, agent)

    def open_session(self, account: str, factor: Factor, address: str = "", agent: str = "") -> str:
        """Return the secret of a new session for an account that has proved itself by other means."""
        with self._store.write() as connection:
            return self._new_session(connection, account, factor, address, agent)

    def _enter(self, found: Row[Any], address: str, agent: str) -> SignIn:
        with self._store.write() as connection:
            if connection.execute(select(_has_second_factor(found.id))).scalar_one():
                return SignIn(second_factor=self._ask_second(connection, found.id), account=found.id)
            session = self._new_session(connection, found.id, Factor.PASSWORD, address, agent)
        return SignIn(session=session, account=found.id)

    def _ask_second(self, connection: Connection, account: str) -> str:
        secret = new_secret(CHALLENGE)
        connection.execute(
            insert(challenges).values(
                id=new_id(),
                digest=digest_of(secret),
                kind="second-factor",
                account_id=account,
                data="{}",
                expires_at=self._now() + SECOND_FACTOR_S,
            )
        )
        return secret

    def _new_session(
        self, connection: Connection, account: str, factor: Factor, address: str, agent: str
    ) -> str:
        secret, now = new_secret(SESSION), self._now()
        connection.execute(
            insert(sessions).values(
                id=new_id(),
                account_id=account,
                digest=digest_of(secret),
                address=address[:64],
                agent=agent[:256],
                factor=factor,
                created_at=now,
                used_at=now,
                expires_at=now + SESSION_S,
            )
        )
        connection.execute(update(accounts).where(accounts.c.id == account).values(signed_in_at=now))
        self._note(connection, Actor(account, address), "sign-in", result=str(factor))
        return secret


def _has_second_factor(account: str) -> Any:  # noqa: ANN401  a condition of SQL
    by_code = exists().where(totp.c.account_id == account, totp.c.confirmed_at.is_not(None))
    by_key = exists().where(passkeys.c.account_id == account)
    return by_code | by_key
