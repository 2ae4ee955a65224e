"""`Accounts`: all of people and access in one object, and how it is opened."""

from __future__ import annotations

import time
from collections.abc import Callable

from framecast.accounts.audit import AuditLog
from framecast.accounts.grants import Grants
from framecast.accounts.groups import Groups
from framecast.accounts.identity import Identities
from framecast.accounts.keys import Keys
from framecast.accounts.offers import Offers
from framecast.accounts.password_changes import PasswordChanges
from framecast.accounts.passwords import Passwords
from framecast.accounts.people import People
from framecast.accounts.shares import Shares
from framecast.accounts.sign_in import SigningIn
from framecast.accounts.streams import Streams
from framecast.accounts.tokens import Tokens
from framecast.accounts.uids import Uids
from framecast.store import Store, open_store


class Accounts(
    People,
    Groups,
    Grants,
    SigningIn,
    PasswordChanges,
    Tokens,
    Shares,
    Keys,
    Offers,
    Streams,
    Uids,
    AuditLog,
    Identities,
):
    """Everything about people and access. Each method is one transaction, with its row in the audit log; any thread."""

    def __init__(
        self,
        store: Store,
        *,
        passwords: Passwords | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(store, passwords or Passwords(), now)

    @property
    def store(self) -> Store:
        """The database itself: for modules of this package's neighbours that keep tables of their own in it."""
        return self._store

    def change_number(self) -> int:
        """Return how many changes of rights there have been; one row."""
        return self._store.change_number()

    def close(self) -> None:
        """End the connections to the database. Idempotent."""
        self._store.close()


def open_accounts(database: str) -> Accounts:
    """Return the accounts in the database of a URL, which is made or migrated if needed; raises as `open_store`. Open it after forks."""
    return Accounts(open_store(database))
