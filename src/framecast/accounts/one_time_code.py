"""Codes of an authenticator app (TOTP, RFC 6238), and the recovery codes for a person who has lost it. Pure apart from random numbers.

A code is six digits of SHA-1 over the number of a time step of 30 s: what every app understands. A recovery code has 80 random bits,
so a plain SHA-256 of it is enough at rest; the account stands in the hash, so one table of hashes fits no two accounts.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

import pyotp

STEP_S = 30
DIGITS = 6
# A clock of a telephone may be one step off, and a person takes time to type (RFC 6238 section 5.2).
_STEPS_OFF = (0, -1, 1)
RECOVERY_CODES = 10
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without letters that look like others
_RECOVERY_LETTERS = 16  # 79 bits
_GROUP = 4


def new_secret() -> str:
    """Return 160 random bits in base 32, as authenticator apps read them (RFC 4226 section 4, R6)."""
    return pyotp.random_base32()


def address_of(secret: str, account: str, issuer: str) -> str:
    """Return the `otpauth:` address that stands in the QR code. It has the secret: show it once."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S).provisioning_uri(
        name=account, issuer_name=issuer
    )


def matching_step(secret: str, code: str, now: float, newest: int) -> int | None:
    """Return the time step that `code` is of, None if it is of no step near `now` that is later than `newest`.

    `newest` is the step of the last code that was accepted: no code is accepted twice (RFC 6238 section 5.2).
    """
    plain = "".join(code.split())
    if len(plain) != DIGITS or not plain.isascii():
        return None
    totp, here = pyotp.TOTP(secret, digits=DIGITS, interval=STEP_S), int(now // STEP_S)
    found = [
        here + off
        for off in _STEPS_OFF
        if hmac.compare_digest(totp.generate_otp(max(0, here + off)).encode(), plain.encode())
    ]
    later = [step for step in found if step > newest]
    return later[0] if later else None


def new_recovery_codes() -> list[str]:
    """Return fresh recovery codes, such as `k7dm-24qx-hn9p-w3vz`."""
    return [_recovery_code() for _ in range(RECOVERY_CODES)]


def recovery_digest(account: str, code: str) -> bytes:
    """Return what is stored of a recovery code. Capital letters, spaces and hyphens do not count."""
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(f"framecast recovery code\0{account}\0{plain}".encode()).digest()


def looks_like_recovery(code: str) -> bool:
    """Return whether a person has typed a recovery code, not one of an app."""
    return len([letter for letter in code if letter.isalnum()]) == _RECOVERY_LETTERS


def _recovery_code() -> str:
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(_RECOVERY_LETTERS))
    return "-".join(letters[at : at + _GROUP] for at in range(0, _RECOVERY_LETTERS, _GROUP))
