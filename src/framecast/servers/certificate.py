"""A certificate and its key as two PEM files, read again when they change.

Nothing watches the files: a server looks at them when a client connects, at most once a second, so an idle server does nothing. A pair that
cannot be read or does not fit changes nothing; the last good pair stays in use, and the log says why, once. Any thread; blocks for the disk.
"""

from __future__ import annotations

import logging
import os
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from framecast.errors import Invalid

LOOK_S = 1.0
MAX_BYTES = 1 << 20  # of each file
# What OpenSSL says of the key of another certificate: of the same kind, of another kind.
_MISMATCHES = ("KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH", "NO_CERTIFICATE_ASSIGNED")

Stamp = tuple[tuple[int, int, int], ...]

log = logging.getLogger("framecast.tls")


@dataclass(frozen=True, slots=True)
class Pair:
    """What both files hold, and the context of TLS that has them. The key is in no `repr`."""

    certificate: bytes
    key: bytes = field(repr=False)
    context: ssl.SSLContext = field(repr=False)


class Certificate:
    """The pair of two files. `pair` is the last good one."""

    def __init__(self, cert: Path, key: Path, now: Callable[[], float] = time.monotonic) -> None:
        """Read both.

        Raises:
            Invalid: one cannot be read, or they do not fit.
        """
        self._paths = cert, key
        self._now = now
        self._lock = threading.Lock()
        self._stamp = self._stamp_now()
        self._looked_at = now()
        self.pair = load(cert, key)

    @property
    def is_due(self) -> bool:
        """True if nobody has looked at the files for a second."""
        return self._now() - self._looked_at >= LOOK_S

    def refresh(self) -> bool:
        """Look at the files, if it is due; return whether there is another pair now."""
        with self._lock:
            if not self.is_due:
                return False
            self._looked_at = self._now()
            return self._look()

    def _look(self) -> bool:
        stamp = self._stamp_now()
        if stamp == self._stamp:
            return False
        cert, key = self._paths
        try:
            pair = load(cert, key)
        except Invalid as error:
            log.error("the certificate is not changed, the last good one stays: %s", error)
            self._stamp = stamp
            return False
        if self._stamp_now() != stamp:  # they are being written: they count when they rest
            return False
        self._stamp, self.pair = stamp, pair
        log.info("the certificate in %s is in use from now on", cert)
        return True

    def _stamp_now(self) -> Stamp:
        """What changes with the files; a file that is gone is a stamp, too."""
        found = []
        for path in self._paths:
            try:
                seen = os.stat(path)
            except (OSError, ValueError):
                found.append((0, 0, 0))
            else:
                found.append((seen.st_ino, seen.st_size, seen.st_mtime_ns))
        return tuple(found)


def load(cert: Path, key: Path) -> Pair:
    """Return a pair that fits.

    Raises:
        Invalid: a file cannot be read, is no PEM, has a password, or the key is that of another certificate. No message shows what is in them.
    """
    pem, secret = _read(cert), _read(key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.load_cert_chain(cert, key, password=_no_password)
    except _Encrypted:
        raise Invalid(
            f"{key} is a key with a password: write it without one, 'openssl pkey -in {key} -out FILE'"
        ) from None
    except (OSError, ValueError) as error:  # an SSLError is an OSError
        raise Invalid(_wrong(cert, key, pem, secret, getattr(error, "reason", "") or "")) from None
    return Pair(pem, secret, context)


class _Encrypted(Exception):
    """The key asks for a password."""


def _no_password() -> NoReturn:
    raise _Encrypted


def _wrong(cert: Path, key: Path, pem: bytes, secret: bytes, reason: str) -> str:
    if reason in _MISMATCHES and b"PRIVATE KEY-----" in secret:
        return f"{key} is not the key of the certificate in {cert}: expected the pair that was made together"
    if reason == "EE_KEY_TOO_SMALL":
        return (
            f"{cert} has a key that is too short: expected RSA with at least 2048 bits, or an elliptic curve"
        )
    if b"-----BEGIN CERTIFICATE-----" not in pem:
        return f"{cert} has no certificate: expected PEM, which begins with '-----BEGIN CERTIFICATE-----'"
    return f"{cert} and {key} cannot be used for TLS: expected a certificate with its chain and its key, both as PEM"


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            found = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "this is not a valid file name"
        raise Invalid(f"{path} cannot be read: {why}") from None
    if len(found) > MAX_BYTES:
        raise Invalid(f"{path} cannot be read: it is larger than 1 MiB, the limit")
    return found
