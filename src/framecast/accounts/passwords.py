"""Passwords: argon2id (RFC 9106), two at once in a process, and a bounded queue before them.

Each computation takes 64 MiB and a core for a tenth of a second, so a storm of logins must not start many. Any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from framecast.errors import Invalid, WouldBlock

AT_ONCE = 2
MAX_WAITING = 16
SHORTEST, LONGEST = 8, 1024
# RFC 9106 section 4, the second recommended option, by one thread.
STANDARD = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


class Passwords:
    """Hashes and compares passwords."""

    def __init__(self, hasher: PasswordHasher = STANDARD) -> None:
        self._hasher = hasher
        self._running = threading.BoundedSemaphore(AT_ONCE)
        self._count = threading.Lock()
        self._waiting = 0
        self._nobody = ""  # the hash that an unknown name is compared with

    @property
    def waiting(self) -> int:
        """How many passwords are being computed or wait for it."""
        return self._waiting

    def hash(self, password: str) -> str:
        """Return what the database keeps of a password.

        Raises:
            Invalid: it is too short or too long.
            WouldBlock: too many logins are waiting.
        """
        check_password(password)
        with self._turn():
            return self._hasher.hash(password.encode(errors="surrogatepass"))

    def verify(self, kept: str | None, password: str) -> bool:
        """Return whether a password is the one of a hash. Without a hash it takes the same time, and is wrong.

        Raises:
            WouldBlock: too many logins are waiting.
        """
        with self._turn():
            if not self._nobody:
                self._nobody = self._hasher.hash("nobody's password")
            try:
                self._hasher.verify(
                    kept or self._nobody, password[: LONGEST + 1].encode(errors="surrogatepass")
                )
            except (VerificationError, InvalidHashError):
                return False
        return kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Return whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(kept)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        with self._count:
            if self._waiting >= AT_ONCE + MAX_WAITING:
                raise WouldBlock(
                    "too many logins at once: try again in a few seconds", reason="too-many-logins"
                )
            self._waiting += 1
        try:
            with self._running:
                yield
        finally:
            with self._count:
                self._waiting -= 1


def check_password(password: str) -> None:
    """Check a new password by its length only (NIST SP 800-63B section 5.1.1.2).

    Raises:
        Invalid: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            f"a password must have {SHORTEST} to {LONGEST} characters, got {len(password)}", reason="password"
        )
