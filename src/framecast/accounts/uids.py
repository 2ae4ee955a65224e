"""Users of this machine as accounts: whose rights a program has that connects to the node's socket as another user than the node's."""

from __future__ import annotations

from sqlalchemy import delete, insert, select

from framecast.accounts.account import Actor
from framecast.accounts.part import Part, find_account
from framecast.errors import Conflict, Invalid, NotFound
from framecast.store.schema import accounts, uids

_MOST = (1 << 32) - 2  # the last number means "no user" (chown(2))


class Uids(Part):
    """Which account each user has."""

    def give_uid(self, uid: int, account: str, by: Actor | None = None) -> None:
        """Give a user of this machine the rights of an account (id or name).

        Raises:
            NotFound: there is no such account. Conflict: the user has an account. Invalid: no user has this number.
        """
        if not 0 <= uid <= _MOST:
            raise Invalid(f"uid must be the number of a user, 0 to {_MOST}, got {uid}")
        with self._store.change() as connection:
            found = find_account(connection, account)
            taken = connection.execute(
                select(accounts.c.name)
                .join(uids, uids.c.account_id == accounts.c.id)
                .where(uids.c.uid == uid)
            ).scalar_one_or_none()
            if taken is not None:
                raise Conflict(f"user {uid} has the account {taken!r} already: take it away first")
            connection.execute(insert(uids).values(uid=uid, account_id=found.id, created_at=self._now()))
            self._note(connection, by, "uid.give", found.name, str(uid))

    def take_uid(self, uid: int, by: Actor | None = None) -> None:
        """Take its account from a user of this machine; its connections end.

        Raises:
            NotFound: the user has none.
        """
        with self._store.change() as connection:
            if not connection.execute(delete(uids).where(uids.c.uid == uid)).rowcount:
                raise NotFound(f"user {uid} of this machine has no account")
            self._note(connection, by, "uid.take", str(uid))

    def uids(self) -> list[tuple[int, str]]:
        """Return every user that has an account, with the account's id."""
        with self._store.read() as connection:
            return [
                (row.uid, row.account_id) for row in connection.execute(select(uids).order_by(uids.c.uid))
            ]
