"""A source's address: a secret, because camera URLs carry passwords.

`Source` masks itself in every repr, str, format and log; only `reveal()` gives the real text, and only
the process that dials calls it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

_SECRET_QUERY = re.compile(
    r"(?i)([?&;][^=&;\s]*(?:pass|pwd|token|secret|key|auth|sig|user|login)[^=&;\s]*=)[^&;\s#]*"
)


def mask(text: str) -> str:
    """Return `text` with user info and secret-looking query values of any URL in it replaced by ***."""
    # Greedy up to the last @ of the authority: a password may itself contain an @.
    masked = re.sub(r"(?<=://)[^/\s]*@", "***@", text)
    return _SECRET_QUERY.sub(r"\1***", masked)


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """Where a stream comes from: a URL, a path, `pattern:`, `numbers:`, a device. Masks itself when printed."""

    _text: str

    def reveal(self) -> str:
        """Return the address with its secrets, for the process that dials it."""
        return self._text

    @property
    def scheme(self) -> str:
        """The lower-case scheme, '' for a plain path or a device number."""
        match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", self._text)
        return match.group(1).lower() if match else ""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The parts that must not be seen, for scrubbing other programs' messages."""
        try:
            parts = urlsplit(self._text)
        except ValueError:
            return (self._text,)
        found = [part for part in (parts.password, parts.username) if part]
        found += [m.group(0).split("=", 1)[1] for m in _SECRET_QUERY.finditer(self._text)]
        return tuple(part for part in found if part)

    def scrub(self, message: str) -> str:
        """Return `message` (of FFmpeg, of the system) without this source's secrets."""
        clean = mask(message.replace(self._text, mask(self._text)))
        for secret in self.secrets:
            if len(secret) > 2:
                clean = clean.replace(secret, "***")
        return clean

    def __str__(self) -> str:
        return mask(self._text)

    def __repr__(self) -> str:
        return f"Source({mask(self._text)!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)
