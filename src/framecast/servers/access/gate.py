"""The one gate of every server: an address and a credential in, a principal or a refusal out.

All comparisons of tokens, sessions, share links and keys, and the count of failures by address, are here. Pure apart from the clock
and the file of share links. One event loop calls it; its figures are its own process'.
"""

from __future__ import annotations

from collections.abc import Callable

from framecast.control.metrics import Sample
from framecast.errors import Denied
from framecast.model import curvekeys
from framecast.servers.access.credential import Credential, LinkToken, PublicKey, SessionCookie, ShownToken
from framecast.servers.access.failures import Failures
from framecast.servers.access.links import Links
from framecast.servers.access.principal import MEETS, Kind, Principal, Requirement
from framecast.servers.access.refusal import Reason, Refusal
from framecast.servers.access.token import AccessToken

Outcome = Principal | Refusal


class Gate:
    """Admits clients. Without `token` every address is admitted, except where a public key is asked for.

    `links` are the share links that count; `admits_key` says whether a public key is allowed.
    """

    def __init__(
        self,
        token: AccessToken | None,
        *,
        links: Links | None = None,
        admits_key: Callable[[bytes], bool] = lambda _key: True,
        failures: Failures | None = None,
    ) -> None:
        self.token = token
        self.links = links
        self._admits_key = admits_key
        self._failures = failures or Failures()
        self._refused = 0

    @property
    def is_open(self) -> bool:
        """True if no token is set: every client may do everything."""
        return self.token is None

    def admit(self, address: str, credential: Credential, required: Requirement) -> Outcome:
        """Return who the client at `address` is if it meets what is required, else why not.

        A wrong token counts as a failure of the address. No credential, an unknown session and a link that opens nothing do not.
        """
        if isinstance(credential, PublicKey):
            return self._by_key(credential.raw, required)
        if required is Requirement.OPEN or self.token is None:
            return Principal(Kind.ADDRESS, address)
        if isinstance(credential, LinkToken):
            return self._by_link(credential, required)
        if isinstance(credential, SessionCookie):
            return self._by_session(credential.value, self.token)
        if isinstance(credential, ShownToken):
            return self._by_token(credential.text, self.token, address)
        return Refusal(Reason.NO_CREDENTIAL)

    def is_right(self, given: ShownToken) -> bool:
        """Return whether a token is the right one, without counting a failure: before the address of the client is known."""
        return self.token is None or self.token.matches(given.text)

    def still_admits(self, principal: Principal) -> bool:
        """Return whether a principal who came in may stay: a share link may have been ended since, or has expired."""
        return principal.grant is None or self.links is None or self.links.still_opens(principal.grant)

    def samples(self, server: str) -> list[Sample]:
        """Return how many tokens were refused, as a figure of `server` for /metrics; nothing without a token."""
        return [] if self.token is None else [Sample("framecast_login_failures", (server,), self._refused)]

    def _by_token(self, given: str, token: AccessToken, address: str) -> Outcome:
        """Judge a token.

        The right one is always admitted if it is too long to guess: else a client that guesses behind the same proxy would lock its
        owner out. A short one is refused from an address that guesses, right or not: else guessing would go on unnoticed.
        """
        is_right = token.matches(given)
        if is_right and token.is_strong:
            return Principal(Kind.TOKEN)
        wait_s = self._failures.wait_s(address)
        if is_right and not wait_s:
            return Principal(Kind.TOKEN)
        self._refused += 1
        if wait_s:
            return Refusal(Reason.TOO_MANY_FAILURES, wait_s)
        self._failures.add(address)
        return Refusal(Reason.WRONG_TOKEN)

    def _by_session(self, value: str, token: AccessToken) -> Outcome:
        if token.knows_session(value):
            return Principal(Kind.SESSION, token.session_id(value))
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
