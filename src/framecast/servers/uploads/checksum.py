"""The checksum of what one request brings (tus, extension `checksum`). Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from framecast.errors import Invalid

# What clients of tus use; the header says which. It finds errors of the way, so MD5 and SHA-1 are as good as others.
ALGORITHMS = ("sha1", "sha256", "md5")


class ChecksumMismatch(Invalid):
    """What came is not what its checksum says."""


class Checksum:
    """A running hash and what it must be in the end. One thread at a time."""

    def __init__(self, algorithm: str, expected: bytes) -> None:
        self._algorithm, self._expected = algorithm, expected
        self._hash = hashlib.new(algorithm, usedforsecurity=False)

    @classmethod
    def parse(cls, text: str) -> Checksum:
        """Return the checksum of a header such as `sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=`.

        Raises:
            Invalid: it has another form, or the algorithm is not one of `ALGORITHMS`.
        """
        algorithm, _, encoded = text.partition(" ")
        if algorithm not in ALGORITHMS:
            raise Invalid(
                f"the algorithm of Upload-Checksum must be one of {', '.join(ALGORITHMS)}, got {algorithm!r:.40}"
            )
        try:
            expected = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            expected = b""
        size = hashlib.new(algorithm, usedforsecurity=False).digest_size
        if len(expected) != size:
            raise Invalid(
                f"Upload-Checksum must be '{algorithm}', a space and {size} bytes in Base64, got {text!r:.80}"
            )
        return cls(algorithm, expected)

    def update(self, data: bytes | memoryview) -> None:
        """Take a part of what came."""
        self._hash.update(data)

    def check(self) -> None:
        """Return if all that came is what it must be.

        Raises:
            ChecksumMismatch: it is not.
        """
        if not hmac.compare_digest(self._hash.digest(), self._expected):
            raise ChecksumMismatch(
                f"the body does not have the {self._algorithm} of Upload-Checksum: it was dropped, send it again"
            )
