"""The one gate of every server: an address and a credential in, a principal or a refusal out.

All comparisons of tokens, sessions, share links and keys, and the count of failures by address, are here. Pure apart from the clock,
the file of share links and the accounts (`people`), which `ask` may have to wait for. One event loop calls it; its figures are its own
process'.
"""

from __future__ import annotations

from collections.abc import Callable

from framecast.control.metrics import Sample
from framecast.errors import Denied
from framecast.model import curvekeys
from framecast.model.rights import Rights, Role
from framecast.servers.access.credential import (
    SESSION_PREFIX,
    TOKEN_PREFIX,
    Credential,
    LinkToken,
    LocalUser,
    ProxyName,
    PublicKey,
    SessionCookie,
    ShownToken,
)
from framecast.servers.access.failures import Failures
from framecast.servers.access.links import Links
from framecast.servers.access.people import Outcome, People
from framecast.servers.access.policy import may
from framecast.servers.access.principal import MEETS, Kind, Principal, Requirement
from framecast.servers.access.refusal import Reason, Refusal
from framecast.servers.access.token import AccessToken

_NONE = Rights(Role.VIEWER, "", scopes=frozenset())


class Gate:
    """Admits clients. Without `token` and `people` every address is admitted, except where a public key is asked for.

    `links` are the share links that count; `admits_key` says whether a public key is allowed. `people` are the accounts.
    """

    def __init__(
        self,
        token: AccessToken | None,
        *,
        links: Links | None = None,
        admits_key: Callable[[bytes], bool] = lambda _key: True,
        failures: Failures | None = None,
        people: People | None = None,
    ) -> None:
        self.token = token
        self.people = people
        self.links = links
        self._admits_key = admits_key
        self._failures = failures or Failures()
        self._refused = 0

    @property
    def is_open(self) -> bool:
        """True if no token is set, and there are no accounts: every client may do everything."""
        return self.token is None and self.people is None

    async def ask(self, address: str, credential: Credential, required: Requirement) -> Outcome:
        """Return what `admit` does, after the database was asked for a credential of an account that is not known yet.

        Raises:
            FramecastError: the database cannot be reached now.
        """
        found = self.admit_known(address, credential, required)
        if found is None and self.people is not None:
            found = self._by_account(credential, required, await self.people.identify(credential, address))
        assert found is not None
        return found

    def admit_known(self, address: str, credential: Credential, required: Requirement) -> Outcome | None:
        """Return what `ask` does; None if the database has to be asked first."""
        people = self.people
        if people is None or not _is_of_account(credential) or required is Requirement.OPEN:
            return self.admit(address, credential, required)
        found = people.known(credential)
        return None if found is None else self._by_account(credential, required, found)

    def admit(self, address: str, credential: Credential, required: Requirement) -> Outcome:
        """Return who the client at `address` is if it meets what is required, else why not.

        A wrong token counts as a failure of the address. No credential, an unknown session and a link that opens nothing do not. Nor
        do secrets of accounts, which only `ask` knows: nobody guesses 256 bits.
        """
        if isinstance(credential, PublicKey):
            return self._by_key(credential.raw, required)
        if isinstance(credential, LocalUser) and (credential.is_own or self.people is None):
            return Principal(Kind.USER, str(credential.uid))
        if required is Requirement.OPEN or self.is_open:
            return Principal(Kind.ADDRESS, address)
        if credential is None and required in (Requirement.LIBRARY, Requirement.ROOM):
            return Principal(Kind.ANONYMOUS, address, rights=_NONE)
        if isinstance(credential, LinkToken):
            return self._by_link(credential, required)
        if isinstance(credential, SessionCookie):
            return self._by_session(credential.value)
        if isinstance(credential, ShownToken):
            return self._by_token(credential.text, address)
        return Refusal(Reason.NO_CREDENTIAL)

    async def is_right(self, given: ShownToken | LocalUser) -> bool:
        """Return whether a token, or the user of a ticket, is one that opens something, without counting a failure: before the address of the client is known.

        Raises:
            FramecastError: the database cannot be reached now.
        """
        if self.is_open or (isinstance(given, LocalUser) and not _is_of_account(given)):
            return True
        if isinstance(given, ShownToken) and self.token is not None and self.token.matches(given.text):
            return True
        people = self.people
        if people is None or not _is_of_account(given):
            return False
        return isinstance(people.known(given) or await people.identify(given), Principal)

    def still_admits(self, principal: Principal) -> bool:
        """Return whether a principal who came in may stay: a share link may have been ended since, or has expired."""
        return principal.grant is None or self.links is None or self.links.still_opens(principal.grant)

    def samples(self, server: str) -> list[Sample]:
        """Return how many tokens were refused, as a figure of `server` for /metrics; nothing of an open server."""
        return [] if self.is_open else [Sample("framecast_login_failures", (server,), self._refused)]

    def _by_account(self, credential: Credential, required: Requirement, found: Outcome) -> Outcome:
        """Judge what the database says of a credential."""
        if isinstance(found, Refusal):
            if isinstance(credential, PublicKey):  # in no account: the file of allowed keys decides
                return self._by_key(credential.raw, required)
            self._refused += isinstance(credential, ShownToken)
            return Refusal(Reason.LINK_UNKNOWN) if isinstance(credential, LinkToken) else found
        if isinstance(credential, LinkToken):
            if found.kind is not Kind.MEDIA:
                return Refusal(Reason.NOT_IN_URL)
            if required not in MEETS[Kind.LINK]:
                return Refusal(Reason.LINK_SCOPE)
            if not _is_for(found, credential):
                return Refusal(Reason.LINK_STREAM)
        return found if may(found, required) else Refusal(Reason.NOT_ALLOWED)

    def _by_token(self, given: str, address: str) -> Outcome:
        """Judge a token.

        The right one is always admitted if it is too long to guess: else a client that guesses behind the same proxy would lock its
        owner out. A short one is refused from an address that guesses, right or not: else guessing would go on unnoticed.
        """
        token = self.token
        is_right = token is not None and token.matches(given)
        if is_right and token is not None and token.is_strong:
            return Principal(Kind.TOKEN)
        wait_s = self._failures.wait_s(address)
        if is_right and not wait_s:
            return Principal(Kind.TOKEN)
        self._refused += 1
        if wait_s:
            return Refusal(Reason.TOO_MANY_FAILURES, wait_s)
        self._failures.add(address)
        return Refusal(Reason.WRONG_TOKEN)

    def _by_session(self, value: str) -> Outcome:
        if self.token is not None and self.token.knows_session(value):
            return Principal(Kind.SESSION, self.token.session_id(value))
        return Refusal(Reason.UNKNOWN_SESSION)

    def _by_link(self, link: LinkToken, required: Requirement) -> Outcome:
        if required not in MEETS[Kind.LINK]:
            return Refusal(Reason.LINK_SCOPE)
        if link.stream is None:
            return Refusal(Reason.LINK_STREAM)
        if self.links is None:
            return Refusal(Reason.LINK_UNKNOWN)
        try:
            grant = self.links.check(link.text, link.stream)
        except Denied as error:
            return Refusal(Reason(str(error.fields["reason"])))
        return Principal(Kind.LINK, grant.id, grant)

    def _by_key(self, key: bytes, required: Requirement) -> Outcome:
        if required not in MEETS[Kind.KEY]:
            return Refusal(Reason.KEY_SCOPE)
        if not self._admits_key(key):
            return Refusal(Reason.UNKNOWN_KEY)
        return Principal(Kind.KEY, curvekeys.encode(key))


def _is_of_account(credential: Credential) -> bool:
    """True for what only the database knows."""
    if isinstance(credential, (ShownToken, LinkToken)):
        return credential.text.startswith(TOKEN_PREFIX)
    if isinstance(credential, SessionCookie):
        return credential.value.startswith((SESSION_PREFIX, TOKEN_PREFIX))  # a screen keeps its token
    if isinstance(credential, LocalUser):
        return not credential.is_own
    return isinstance(credential, (PublicKey, ProxyName))


def _is_for(found: Principal, link: LinkToken) -> bool:
    """Return whether a token of an account is for the one video or the one stream that a request is about."""
    rights = found.rights
    if rights is None:
        return False
    if link.video is not None or rights.only_video is not None:
        return rights.only_video == link.video
    return link.stream is not None and rights.only_stream in (None, link.stream)
