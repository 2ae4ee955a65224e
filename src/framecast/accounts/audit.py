"""The audit log: who did what, from where, and what came of it; and what is forgotten with time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from framecast.accounts.account import Actor
from framecast.accounts.part import Part
from framecast.store.schema import audit, challenges, failures, sessions, tokens
from framecast.store.schema import links as offers

KEEP_S = 365 * 86400.0
MAX_ROWS = 200_000
PAGE, MOST_PAGE = 100, 1000
_EXPIRED_TOKENS_S = 30 * 86400.0
_FAILURES_S = 86400.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. `account` is the id of the one who acted, None if that was not a person with an account; `at` is UTC seconds."""

    id: int
    at: float
    account: str | None
    who: str
    address: str
    what: str
    target: str
    result: str

    def to_json(self) -> dict[str, Any]:
        """Return the JSON form."""
        return {
            "id": self.id,
            "at": self.at,
            "account": self.account,
            "who": self.who,
            "address": self.address,
            "what": self.what,
            "target": self.target,
            "result": self.result,
        }


class AuditLog(Part):
    """The log and its end."""

    def audit(
        self,
        *,
        before: int | None = None,
        most: int = PAGE,
        account: str | None = None,
        who: str = "",
        what: str | None = None,
        address: str | None = None,
        since: float | None = None,
        until: float | None = None,
    ) -> list[Entry]:
        """Return rows, the newest first: those before the row with the id `before`, at most `most`.

        `account` is an id, `who` a part of a name; `what` is an action, such as `sign-in`, or a kind of action, such as `token`.
        """
        query = select(audit).order_by(audit.c.id.desc()).limit(max(1, min(most, MOST_PAGE)))
        if before is not None:
            query = query.where(audit.c.id < before)
        if account is not None:
            query = query.where(audit.c.account_id == account)
        if what is not None:
            query = query.where((audit.c.what == what) | audit.c.what.startswith(f"{what}.", autoescape=True))
        if address is not None:
            query = query.where(audit.c.address == address)
        if since is not None:
            query = query.where(audit.c.at >= since)
        if until is not None:
            query = query.where(audit.c.at < until)
        if who:
            query = query.where(func.lower(audit.c.who).contains(who.lower(), autoescape=True))
        with self._store.read() as connection:
            return [Entry(*row) for row in connection.execute(query)]

    def note(self, by: Actor, what: str, target: str = "", result: str = "done") -> None:
        """Write a row about something that is not in this database."""
        with self._store.write() as connection:
            self._note(connection, by, what[:64], target, result)

    def prune(self, keep_audit_s: float = KEEP_S) -> int:
        """Forget what has expired, rows of the log older than `keep_audit_s`, and the oldest of more than 200,000. Return how many rows."""
        now = self._now()
        with self._store.write() as connection:
            gone = sum(_expired(connection, table, now) for table in (sessions, offers, challenges))
            gone += _expired(connection, tokens, now - _EXPIRED_TOKENS_S)
            old = delete(failures).where(failures.c.changed_at < now - _FAILURES_S)
            gone += connection.execute(old).rowcount
            newest = connection.execute(select(func.max(audit.c.id))).scalar_one() or 0
            too_old = (audit.c.at < now - keep_audit_s) | (audit.c.id <= newest - MAX_ROWS)
            gone += connection.execute(delete(audit).where(too_old)).rowcount
        return gone


def _expired(connection: Connection, table: Table, now: float) -> int:
    return connection.execute(delete(table).where(table.c.expires_at <= now)).rowcount
