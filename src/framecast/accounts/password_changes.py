"""New passwords: set by an admin, or changed by their owner. Every other session of the account ends."""

from __future__ import annotations

from sqlalchemy import Connection, delete, update

from framecast.accounts import failures
from framecast.accounts.account import Actor
from framecast.accounts.part import Part, find_account
from framecast.accounts.sessions import end_sessions
from framecast.errors import Denied, Invalid
from framecast.store.schema import accounts
from framecast.store.schema import links as offers


class PasswordChanges(Part):
    """Changes of passwords."""

    def set_password(
        self, account: str, new: str, *, keep_session: str | None = None, by: Actor | None = None
    ) -> None:
        """Set the password of an account (id or name). All its sessions end but the one with the id `keep_session`.

        Raises:
            NotFound: there is no such account.
            Invalid: it is a service account, or the password is too short or too long.
            WouldBlock: too many passwords are being computed.
        """
        with self._store.read() as connection:
            found = find_account(connection, account)
        if found.is_service:
            raise Invalid(f"{found.name} is a service account and has no password: make a token for it")
        hashed = self._passwords.hash(new)
        with self._store.change() as connection:
            put_password(connection, found.id, hashed, self._now(), keep_session)
            self._note(connection, by, "password.set", found.name)

    def change_password(
        self, account: str, old: str, new: str, *, keep_session: str | None = None, address: str = ""
    ) -> None:
        """Change the password of an account by its owner, who knows the old one; raises as `set_password`.

        Raises:
            Denied: the old password is wrong, or was wrong too often; field `wait_s` says how long to wait.
        """
        self.prove_password(account, old, address=address)
        with self._store.read() as connection:
            found = find_account(connection, account)
        self.set_password(found.id, new, keep_session=keep_session, by=Actor(found.id, address))

    def prove_password(self, account: str, password: str, *, address: str = "") -> None:
        """Check the password of an account (id or name) whose owner is signed in; a wrong one counts as a failed login.

        Raises:
            Denied: it is wrong, or was wrong too often; field `wait_s` says how long to wait.
            WouldBlock: too many passwords are being computed.
        """
        with self._store.write() as connection:
            found = find_account(connection, account)
            counted = failures.reserve(connection, self._now(), address, found.name_key, found.id)
        if counted.wait_s:
            raise Denied(
                "the password was wrong too often: wait before the next try",
                reason="too-many",
                wait_s=counted.wait_s,
            )
        if not self._passwords.verify(found.password_hash, password):
            raise Denied("the password is wrong", reason="wrong")
        with self._store.write() as connection:
            failures.release(connection, counted, was_right=True)


def put_password(
    connection: Connection, account: str, hashed: str, now: float, keep_session: str | None = None
) -> None:
    """Set a password in a transaction: the sessions and the resets of the account end."""
    connection.execute(
        update(accounts).where(accounts.c.id == account).values(password_hash=hashed, password_at=now)
    )
    connection.execute(delete(offers).where(offers.c.account_id == account))
    end_sessions(connection, account, keep_session)
