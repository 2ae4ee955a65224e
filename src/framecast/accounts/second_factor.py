"""The second step of a login: a code or a passkey after the password. Blocking.

Each try counts as a failure of the account before it is looked at, in the same counters as passwords; the one that is right takes them back.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from framecast.accounts.account import Actor
from framecast.accounts.challenges import Challenges
from framecast.accounts.factor import Factor
from framecast.accounts.part import find_account
from framecast.accounts.sign_in import SECOND_FACTOR, SigningIn
from framecast.accounts.totp import Totp
from framecast.errors import Denied
from framecast.keyfile import KeyFile


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a session is opened. `replaces` is the secret of the one that the browser has so far, '' without one."""

    address: str = ""
    agent: str = ""
    replaces: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the account of a login can show: a code of an app, one of its passkeys, a recovery code."""

    account: str
    has_app: bool
    passkeys: int


class SecondFactorSignIn(SigningIn):
    """The half of a login after its password. `secret` is what `sign_in` gave."""

    def asked(self, secret: str) -> Asked:
        """Return what is asked for.

        Raises:
            Denied: the login has expired, or was finished already.
        """
        account = Challenges.beside(self).look(SECOND_FACTOR, secret).account or ""
        found = Totp.beside(self).factors(account)
        return Asked(account, found.app_since is not None, found.passkeys)

    def by_code(self, secret: str, code: str, keys: KeyFile | None, browser: Browser) -> str:
        """Return the secret of a new session.

        Raises:
            Denied: the code is wrong, was used, or came too late or too often; field `wait_s` says how long to wait.
        """
        account = self.second_factor(secret)
        codes = Totp.beside(self)
        codes.keys = keys
        try:
            kind = codes.verify(account, code, Actor(account, browser.address))
        except Denied:
            self.note_refused(account, browser)
            raise
        factor = Factor.TOTP if kind == "app" else Factor.RECOVERY
        return self.finish_second_factor(secret, factor, browser.address, browser.agent, browser.replaces)

    def note_refused(self, account: str, browser: Browser) -> None:
        """Note in the audit log that a second step was wrong."""
        with self._store.write() as connection:
            name = find_account(connection, account).name
            actor = Actor(None, browser.address, name)
            self._note(connection, actor, "sign-in", result="refused: second factor")
