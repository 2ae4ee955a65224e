"""What waits for its second half: a login for its second factor, a passkey's challenge, the answer of a provider.

Each is bound to one browser by a secret in a cookie, lives a few minutes, and counts once: it is claimed by its deletion, so of two
processes one wins. The number is bounded, in all and by address; the oldest goes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from framecast.accounts.part import Part
from framecast.accounts.secret import CHALLENGE, digest_of, is_secret, new_id, new_secret
from framecast.errors import Denied
from framecast.store.schema import challenges

LIFETIME_S = 300.0
MOST = 8192
MOST_OF_ADDRESS = 32
# With a code of six digits: three of a million are right at a time.
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Challenge:
    """What was put down at its beginning."""

    kind: str
    account: str | None
    data: Mapping[str, Any] = field(repr=False)


class Challenges(Part):
    """The table of what waits."""

    def begin(
        self, kind: str, data: Mapping[str, Any], *, account: str | None = None, address: str = ""
    ) -> str:
        """Return the secret of a new one, for the cookie of the browser that asks."""
        secret, now, bucket = new_secret(CHALLENGE), self._now(), address[:64]
        with self._store.write() as connection:
            connection.execute(delete(challenges).where(challenges.c.expires_at <= now))
            if bucket:
                _keep_newest(connection, challenges.c.address == bucket, MOST_OF_ADDRESS - 1)
            _keep_newest(connection, challenges.c.id.is_not(None), MOST - 1)
            connection.execute(
                insert(challenges).values(
                    id=new_id(),
                    digest=digest_of(secret),
                    kind=kind,
                    account_id=account,
                    data=json.dumps(dict(data)),
                    address=bucket,
                    expires_at=now + LIFETIME_S,
                )
            )
        return secret

    def attempt(self, kind: str, secret: str) -> Challenge:
        """Return what waits, and count a try; after `MOST_TRIES` it is gone.

        Raises:
            Denied: there is no such challenge, or its time or its tries are over.
        """
        with self._store.write() as connection:
            tried = connection.execute(
                update(challenges)
                .where(*self._is_live(kind, secret), challenges.c.tries < MOST_TRIES)
                .values(tries=challenges.c.tries + 1)
            )
            if tried.rowcount == 1:
                return self._found(connection, kind, secret)
        raise _over()

    def look(self, kind: str, secret: str) -> Challenge:
        """Return what waits, without a try; raises as `attempt`."""
        with self._store.read() as connection:
            return self._found(connection, kind, secret)

    def claim(self, kind: str, secret: str) -> Challenge:
        """Return what waits and end it: nobody else gets it. Raises as `attempt`."""
        with self._store.write() as connection:
            found = self._found(connection, kind, secret)
            gone = connection.execute(delete(challenges).where(*self._is_live(kind, secret)))
            if gone.rowcount == 1:
                return found
        raise _over()

    def _found(self, connection: Connection, kind: str, secret: str) -> Challenge:
        row = connection.execute(select(challenges).where(*self._is_live(kind, secret))).first()
        if row is None:
            raise _over()
        return Challenge(row.kind, row.account_id, json.loads(row.data))

    def _is_live(self, kind: str, secret: str) -> tuple[ColumnElement[bool], ...]:
        digest = digest_of(secret) if is_secret(secret, CHALLENGE) else b""
        return (
            challenges.c.digest == digest,
            challenges.c.kind == kind,
            challenges.c.expires_at > self._now(),
        )


def _keep_newest(connection: Connection, which: ColumnElement[bool], most: int) -> None:
    """Delete the oldest of a set until `most` are left."""
    count = connection.execute(select(func.count()).where(which)).scalar_one()
    if count > most:
        oldest = select(challenges.c.id).where(which).order_by(challenges.c.expires_at).limit(count - most)
        connection.execute(delete(challenges).where(challenges.c.id.in_(oldest.scalar_subquery())))


def _over() -> Denied:
    return Denied("this sign-in has taken too long, or was used already: begin again", reason="challenge")
