"""Passkeys at work: the challenges for browsers, and what comes back. Alone, after a password, or to be added. Blocking.

A challenge is kept here, belongs to one browser and one name of the server, and is claimed before the answer is looked at: so an
answer counts once.
"""

from __future__ import annotations

import secrets
from typing import Any

from webauthn import base64url_to_bytes
from webauthn.helpers import bytes_to_base64url

from framecast.accounts import ceremony
from framecast.accounts.account import Actor
from framecast.accounts.ceremony import CHALLENGE_BYTES, Passkey, credential_id
from framecast.accounts.challenges import Challenges
from framecast.accounts.factor import Factor
from framecast.accounts.part import find_account
from framecast.accounts.passkeys import Passkeys
from framecast.accounts.relying_party import RelyingParty
from framecast.accounts.second_factor import Browser, SecondFactorSignIn
from framecast.accounts.sign_in import SECOND_FACTOR
from framecast.errors import Denied

USE, ADD = "passkey", "passkey-new"


class PasskeySignIn(SecondFactorSignIn):
    """Logins by passkeys, and their enrolment."""

    def begin(self, party: RelyingParty, second: str, address: str) -> tuple[dict[str, Any], str]:
        """Return the options for the browser and the secret of the challenge. `second`: of a login after its password, '' without.

        Raises:
            Denied: the login has expired, or its account has no passkey of this name of the server.
        """
        account, present = "", list[Passkey]()
        if second:
            account = Challenges.beside(self).look(SECOND_FACTOR, second).account or ""
            present = [one for one in Passkeys.beside(self).of(account) if one.rp_id == party.id]
            if not present:
                raise Denied(f"this account has no passkey for {party.id}: use a code", reason="passkey")
        challenge, secret = self._challenge(USE, party, account, address)
        return ceremony.options_to_use(party, challenge, present), secret

    def finish(
        self, party: RelyingParty, secret: str, second: str, given: dict[str, Any], browser: Browser
    ) -> str:
        """Return the secret of a new session.

        Raises:
            Denied: the answer does not fit, or its passkey is not known.
        """
        challenge, asked = self._claimed(USE, secret, party)
        passkey = Passkeys.beside(self).find(credential_id(given))
        is_alone = not asked
        if second:
            account = self.second_factor(second)
            if asked != account or passkey.account != account:
                raise Denied("this passkey belongs to another account", reason="passkey")
        elif asked:
            raise Denied("this login has expired: enter the password again", reason="challenge")
        try:
            use = ceremony.used(party, challenge, given, passkey, is_alone=is_alone)
            Passkeys.beside(self).note_use(passkey, use)
        except Denied:
            self.note_refused(passkey.account, browser)
            raise
        place = (browser.address, browser.agent, browser.replaces)
        if second:
            return self.finish_second_factor(second, Factor.PASSKEY, *place)
        return self.open_session(passkey.account, Factor.PASSKEY, *place)

    def begin_new(self, party: RelyingParty, account: str, address: str) -> tuple[dict[str, Any], str]:
        """Return the options for a new passkey of an account (by id) and the secret of the challenge."""
        with self._store.read() as connection:
            owner = find_account(connection, account)
        present = Passkeys.beside(self).of(account)
        challenge, secret = self._challenge(ADD, party, account, address)
        return ceremony.options_to_make(
            party, account, owner.name, owner.display_name, challenge, present
        ), secret

    def add(
        self, party: RelyingParty, account: str, secret: str, given: dict[str, Any], name: str, by: Actor
    ) -> list[str]:
        """Add the new passkey. Return new recovery codes, [] if the account has some.

        Raises:
            Denied: the answer does not fit. Conflict, Invalid: as `Passkeys.add`.
        """
        challenge, asked = self._claimed(ADD, secret, party)
        if asked != account:
            raise Denied("this passkey was asked for by another account", reason="challenge")
        made = ceremony.made(party, challenge, given)
        return Passkeys.beside(self).add(account, made, party.id, name, by)

    def _challenge(self, kind: str, party: RelyingParty, account: str, address: str) -> tuple[bytes, str]:
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        data = {"challenge": bytes_to_base64url(challenge), "name": party.id}
        return challenge, Challenges.beside(self).begin(kind, data, account=account or None, address=address)

    def _claimed(self, kind: str, secret: str, party: RelyingParty) -> tuple[bytes, str]:
        """Return the challenge and the account that it was made for, '' without one."""
        found = Challenges.beside(self).claim(kind, secret)
        if found.data["name"] != party.id:
            raise Denied("this page was opened by another name in between: begin again", reason="challenge")
        return base64url_to_bytes(found.data["challenge"]), found.account or ""
