"""Sessions: what a browser has after a login. They are listed, ended one by one or everywhere, and end by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from framecast.accounts.account import Actor
from framecast.accounts.factor import Factor
from framecast.accounts.part import Part, find_account, kept
from framecast.accounts.secret import SESSION, digest_of, new_id, new_secret
from framecast.errors import Denied, NotFound
from framecast.model.text import shown
from framecast.store.schema import accounts, sessions

SESSION_S = 30 * 86400.0
MOST_OF_AN_ACCOUNT = 200  # the oldest end first


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """What is known about a session. Times are UTC seconds; `used_at` is right to a minute."""

    id: str
    account: str
    address: str
    agent: str
    factor: Factor
    created_at: float
    used_at: float
    expires_at: float

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "account": self.account,
            "address": self.address,
            "agent": self.agent,
            "factor": str(self.factor),
            "created_at": self.created_at,
            "used_at": self.used_at,
            "expires_at": self.expires_at,
        }


class Sessions(Part):
    """The sessions of all accounts."""

    def open_session(
        self, account: str, factor: Factor, address: str = "", agent: str = "", replaces: str = ""
    ) -> str:
        """Return the secret of a new session for an account (by id) that has proved itself; `replaces` is the secret of one that ends.

        Raises:
            NotFound: there is no such account.
            Denied: it is locked, or a service account.
        """
        with self._store.change() if replaces else self._store.write() as connection:
            found = find_account(connection, account)
            if found.locked or found.is_service:
                raise Denied("this account may not sign in")
            return self._new_session(connection, found.id, factor, address, agent, replaces)

    def sessions(self, account: str) -> list[SessionInfo]:
        """Return the sessions of an account (by id) that have not expired, the newest first."""
        live = (sessions.c.account_id == account) & (sessions.c.expires_at > self._now())
        query = select(sessions).where(live).order_by(sessions.c.created_at.desc(), sessions.c.id)
        with self._store.read() as connection:
            return [_info(row) for row in connection.execute(query)]

    def end_session(self, session_id: str, *, account: str | None = None, by: Actor | None = None) -> None:
        """End a session now. With `account` only one of that account.

        Raises:
            NotFound: there is no such session.
        """
        with self._store.change() as connection:
            found = connection.execute(select(sessions).where(sessions.c.id == session_id)).first()
            if found is None or account not in (None, found.account_id):
                raise NotFound(f"there is no session {shown(session_id, 40)!r}")
            connection.execute(delete(sessions).where(sessions.c.id == session_id))
            self._note(connection, by, "session.end", find_account(connection, found.account_id).name)

    def end_all_sessions(self, account: str, *, keep: str | None = None, by: Actor | None = None) -> int:
        """End every session of an account but the one with the id `keep`; return how many."""
        with self._store.change() as connection:
            found = find_account(connection, account)
            ended = end_sessions(connection, found.id, keep)
            self._note(connection, by, "session.end-all", found.name, f"{ended} sessions")
        return ended

    def _new_session(
        self,
        connection: Connection,
        account: str,
        factor: Factor,
        address: str,
        agent: str,
        replaces: str = "",
    ) -> str:
        """Open a session in a transaction."""
        secret, now = new_secret(SESSION), self._now()
        if replaces:
            connection.execute(delete(sessions).where(sessions.c.digest == digest_of(replaces)))
        _make_room(connection, account)
        connection.execute(
            insert(sessions).values(
                id=new_id(),
                account_id=account,
                digest=digest_of(secret),
                address=kept(address, 64),
                agent=kept(agent, 200),
                factor=factor,
                created_at=now,
                used_at=now,
                expires_at=now + SESSION_S,
            )
        )
        connection.execute(update(accounts).where(accounts.c.id == account).values(signed_in_at=now))
        self._note(connection, Actor(account, address), "sign-in", result=str(factor))
        return secret


def end_sessions(connection: Connection, account: str, keep: str | None) -> int:
    """End the sessions of an account in a transaction; return how many."""
    return connection.execute(
        delete(sessions).where(sessions.c.account_id == account, sessions.c.id != (keep or ""))
    ).rowcount


def _make_room(connection: Connection, account: str) -> None:
    own = select(sessions.c.id).where(sessions.c.account_id == account).order_by(sessions.c.created_at.desc())
    too_many: Sequence[str] = connection.execute(own.offset(MOST_OF_AN_ACCOUNT - 1)).scalars().all()
    if too_many:
        connection.execute(delete(sessions).where(sessions.c.id.in_(too_many)))


def _info(row: Row[Any]) -> SessionInfo:
    return SessionInfo(
        id=row.id,
        account=row.account_id,
        address=row.address,
        agent=row.agent,
        factor=Factor(row.factor),
        created_at=row.created_at,
        used_at=row.used_at,
        expires_at=row.expires_at,
    )
