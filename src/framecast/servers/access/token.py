"""The shared access token, and the signed session that stands for it in a browser. Pure apart from the clock.

A session is `v1.EXPIRY.NONCE.HMAC`; its key is derived from the token. So a new token ends all sessions, and a restart of the
server ends none. The token itself never leaves the server.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

from framecast.model import number
from framecast.servers.access.strength import is_strong

COOKIE = "framecast_session"
SESSION_S = 30 * 86400


class AccessToken:
    """The access token: compares in constant time, signs and checks sessions."""

    def __init__(self, token: str, now: Callable[[], float] = time.time) -> None:
        self.is_strong = is_strong(token)
        self._digest = _digest(token)
        self._key = hmac.digest(token.encode(), b"framecast session v1", "sha256")
        self._now = now

    def matches(self, given: str) -> bool:
        """True if `given` is the token. Takes the same time whatever differs, and whatever its length."""
        return hmac.compare_digest(self._digest, _digest(given))

    def new_session(self) -> str:
        """Return the value of a fresh session cookie."""
        body = f"v1.{int(self._now()) + SESSION_S}.{secrets.token_urlsafe(12)}"
        return f"{body}.{self._sign(body)}"

    def knows_session(self, value: str) -> bool:
        """True if this token signed the session and it has not expired."""
        body, _, signature = value.rpartition(".")
        if not hmac.compare_digest(self._sign(body).encode(), signature.encode(errors="replace")):
            return False
        _, expiry, _ = body.split(".", 2)
        return number.integer(expiry, 0, 1 << 40) > self._now()

    @staticmethod
    def session_id(value: str) -> str:
        """Return what tells a session apart from others, which is no secret."""
        return value.split(".")[2]

    def _sign(self, body: str) -> str:
        return hmac.new(self._key, body.encode(errors="replace"), hashlib.sha256).hexdigest()


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
