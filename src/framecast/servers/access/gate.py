"""The one gate of every server: judges the token that a client shows, and limits how often an address may guess."""

from __future__ import annotations

from dataclasses import dataclass

from framecast.control.metrics import Sample
from framecast.servers.access.failures import Failures
from framecast.servers.access.token import Token


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a token that somebody showed is worth; `wait_s` above 0: their address has guessed too often, and waits so long."""

    is_right: bool
    wait_s: float = 0.0


class Gate:
    """The one place where a token that somebody shows is judged: for every server, and for the login page."""

    def __init__(self, token: Token, failures: Failures | None = None) -> None:
        self.token = token
        self._failures = failures or Failures()
        self._refused = 0

    def judge(self, given: str, address: str) -> Verdict:
        """Return whether `given` is the token. A wrong one is counted against the address.

        The right one is always let in if nobody can guess it: else whoever guesses behind the same proxy would lock its owner out.
        A short one is refused from an address that guesses, right or not: or guessing would go on unnoticed.
        """
        verdict = self._judge(given, address)
        self._refused += not verdict.is_right
        return verdict

    def sample(self, server: str) -> Sample:
        """Return how many tokens were refused, as a figure of `server` for /metrics."""
        return Sample("framecast_login_failures", (server,), self._refused)

    def _judge(self, given: str, address: str) -> Verdict:
        is_right = self.token.matches(given)
        if is_right and self.token.is_strong:
            return Verdict(is_right=True)
        wait_s = self._failures.wait_s(address)
        if wait_s:
            return Verdict(is_right=False, wait_s=wait_s)
        if not is_right:
            self._failures.add(address)
        return Verdict(is_right)
