"""Who may come in: the shared access token, the signed session that stands for it in a browser, and their limits.

Pure apart from the clock. A session is `v1.EXPIRY.NONCE.HMAC`; its key comes from the token, so a new token ends all
sessions and a restart ends none. The token itself never leaves the server.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from framecast.model import number
from framecast.servers.strength import is_strong

COOKIE = "framecast_session"
SESSION_S = 30 * 86400
# So many wrong tokens may come from one address; one more is forgiven each REFILL_S.
FAILURES = 10
REFILL_S = 6.0
# Addresses that are remembered; the one that failed longest ago is forgotten first.
MAX_ADDRESSES = 4096


class Token:
    """The access token: compares in constant time, signs and checks sessions."""

    def __init__(self, token: str, now: Callable[[], float] = time.time) -> None:
        self.is_strong = is_strong(token)
        self._digest = _digest(token)
        self._key = hmac.digest(token.encode(), b"framecast session v1", "sha256")
        self._now = now

    def matches(self, given: str) -> bool:
        """True where `given` is the token. Takes the same time whatever differs, and whatever its length."""
        return hmac.compare_digest(self._digest, _digest(given))

    def new_session(self) -> str:
        """Return the value of a fresh session cookie."""
        body = f"v1.{int(self._now()) + SESSION_S}.{secrets.token_urlsafe(12)}"
        return f"{body}.{self._sign(body)}"

    def knows_session(self, value: str) -> bool:
        """True where this token signed the session and it has not run out."""
        body, _, signature = value.rpartition(".")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode(errors="replace")):
            return False
        _, expiry, _ = body.split(".", 2)
        return number.integer(expiry, 0, 1 << 40) > self._now()

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode(errors="replace"), hashlib.sha256).hexdigest()


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

    def figure(self, server: str) -> dict[str, Any]:
        """Return how many tokens were refused, as a figure of `server` for /metrics."""
        return {
            "metric": "framecast_login_failures",
            "kind": "counter",
            "help": "Tokens that were refused: wrong ones, and any from an address that guesses",
            "labels": {"server": server},
            "value": self._refused,
        }

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


class Failures:
    """Counts wrong tokens by address (of IPv6 by its /64, which is one customer's), as a bucket that leaks. Bounded."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address -> (failures, when)

    def wait_s(self, address: str) -> float:
        """Return for how long this address may not try again; 0 where it may."""
        level = self._level(bucket_of(address))
        return 0.0 if level < FAILURES else (level - FAILURES + 1) * REFILL_S

    def add(self, address: str) -> None:
        """Note a wrong token."""
        bucket = bucket_of(address)
        self._levels[bucket] = (self._level(bucket) + 1, self._now())
        self._levels.move_to_end(bucket)
        while len(self._levels) > MAX_ADDRESSES:
            self._levels.popitem(last=False)

    def _level(self, bucket: str) -> float:
        level, at = self._levels.get(bucket, (0.0, 0.0))
        return max(0.0, level - (self._now() - at) / REFILL_S)


def is_loopback(address: str) -> bool:
    """True for an address that only this machine can reach; '' (a UNIX socket) is one."""
    try:
        return not address or ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def bucket_of(address: str) -> str:
    """Return what counts as one address: that itself, the /64 of IPv6, the IPv4 address that IPv6 maps."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.IPv6Network((found, 64), strict=False))


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
