"""Secrets that are shown once: 256 random bits each, of which the database keeps the SHA-256 digest.

The first letters say what a secret opens, so that a scanner finds one that was published by accident. Pure apart from the random bits.
"""

from __future__ import annotations

import hashlib
import re
import secrets

TOKEN = "fct_"  # noqa: S105  the beginning of every one
SESSION = "fcs_"
INVITATION = "fci_"
RESET = "fcr_"
CHALLENGE = "fcc_"
SHARE = "fcl_"  # a shared page
ROOM = "fcm_"  # an invitation to a private room

_BYTES = 32
_SECRET = re.compile(r"fc[tsircml]_[A-Za-z0-9_-]{43}")


def new_secret(prefix: str) -> str:
    """Return a new secret."""
    return prefix + secrets.token_urlsafe(_BYTES)


def new_id() -> str:
    """Return a new id: opaque, and no secret."""
    return secrets.token_hex(8)


def is_secret(text: str, prefix: str) -> bool:
    """Return whether a text has the form of such a secret; everything else is refused without a look into the database."""
    return text.startswith(prefix) and _SECRET.fullmatch(text) is not None


def digest_of(text: str) -> bytes:
    """Return what the database keeps of a secret. No salt: nobody guesses 256 bits."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).digest()
