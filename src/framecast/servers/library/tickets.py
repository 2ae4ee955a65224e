"""Tickets: what names one attempt of a job in the calls of a worker on another machine. Pure, but for the file of the key.

A ticket is the job, the attempt and a signature, so it outlives the server that gave it, and opens this one attempt alone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from framecast.errors import Denied
from framecast.model import number
from framecast.private_file import locked, replace

KEY_BYTES = 32
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt of a job."""

    job: str
    attempt: int


class Tickets:
    """Makes and reads tickets by `key`."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def kept(cls, path: Path) -> Tickets:
        """Return those of the key in a file, which is made if it is not there. Blocks for the disk.

        Raises:
            OSError: it cannot be made or read.
        """
        with locked(path):
            if not path.exists():
                replace(path, secrets.token_hex(KEY_BYTES))
            return cls(path.read_bytes())

    def make(self, claimed: Claimed) -> str:
        """Return the ticket of an attempt."""
        said = f"{claimed.job}.{claimed.attempt}"
        return f"{said}.{self._sign(said)}"

    def read(self, ticket: str) -> Claimed:
        """Return the attempt that a ticket names.

        Raises:
            Denied: it was not made by this node.
        """
        said, _, signature = ticket[:_LONGEST].rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(said).encode()):
            raise Denied("this is not the ticket of a job of this node: claim a job, and send its ticket")
        job, _, attempt = said.rpartition(".")
        return Claimed(job, number.integer(attempt, 0, 1 << 31))

    def _sign(self, said: str) -> str:
        return hmac.new(self._key, f"framecast job {said}".encode(), hashlib.sha256).hexdigest()
