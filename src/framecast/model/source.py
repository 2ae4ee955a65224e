"""A source's address: a secret, because camera URLs carry passwords.

`Source` masks itself in every repr, str, format and log; only `reveal()` gives the real text, and only
the process that dials calls it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlsplit

from framecast.errors import Invalid

_USER_INFO = re.compile(r"(?<=://)[^/\s]*@")  # greedy: a password may itself contain an @
# A parameter is found in three steps, each of which goes on behind the one before: one pattern for all three would read
# a hostile text again from each of its question marks.
_PARAMETER = re.compile(r"[?&;][^=&;\s]*")
_SECRET_NAME = re.compile(r"(?i)pass|pwd|token|secret|key|auth|sig|user|login")
_VALUE = re.compile(r"[^&;\s#]*")


def mask(text: str) -> str:
    """Return `text` with user info and secret-looking query values of any URL in it replaced by ***. Linear time."""
    masked = _USER_INFO.sub("***@", text)
    parts, at = [], 0
    for secret in _secret_parameters(masked):
        parts += [masked[at : secret.at], secret.name, "***"]
        at = secret.end
    return "".join([*parts, masked[at:]])


class _Secret(NamedTuple):
    """A query parameter that looks secret: where it is, its name with what stands before it and its `=`, its value."""

    at: int
    end: int
    name: str
    value: str


def _secret_parameters(text: str) -> Iterator[_Secret]:
    at = 0
    while (found := _PARAMETER.search(text, at)) is not None:
        at = found.end()
        if text.startswith("=", at) and _SECRET_NAME.search(found[0]):
            value = _VALUE.match(text, at + 1)
            assert value is not None
            at = value.end()
            yield _Secret(found.start(), at, f"{found[0]}=", value[0])


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """Where a stream comes from: a URL, a path, `pattern:`, `numbers:`, a device. Masks itself when printed.

    `is_foreign`: it came over the network, so it may name files of this machine inside `media_dirs` only.
    """

    _text: str
    is_foreign: bool = False

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
        found += [secret.value for secret in _secret_parameters(self._text)]
        return tuple(part for part in found if part)

    def with_secrets_of(self, known: Source | None) -> Source:
        """Return this address with the secrets of `known` where a person, who saw that one masked, left *** standing.

        Raises:
            Invalid: there is no such secret; or the address leads elsewhere, where it must not be sent unasked.
        """
        if known is not None and self._text == str(known):
            return replace(known, is_foreign=self.is_foreign)
        masked_query = [secret for secret in _secret_parameters(self._text) if secret.value == "***"]
        if "://***@" not in self._text and not masked_query:
            return self
        if known is None or _place(known._text) != _place(self._text):
            raise Invalid(
                f"the source {self} has *** where its secret belongs: type the secret in (a stream keeps its own only "
                "while scheme, host and port stay the same)"
            )
        user_info = _USER_INFO.search(known._text)
        values = {
            secret.name.lstrip("?&;"): f"{secret.name}{secret.value}"
            for secret in _secret_parameters(known._text)
        }
        parts, at = [], 0
        for secret in masked_query:
            value = values.get(secret.name.lstrip("?&;"))
            if value is None:
                raise Invalid(
                    f"the source {self} has *** after {secret.name[1:]} and nothing is known of that: type it in"
                )
            parts += [self._text[at : secret.at], secret.name, value.partition("=")[2]]
            at = secret.end
        text = "".join([*parts, self._text[at:]])
        return replace(self, _text=text.replace("***@", user_info[0] if user_info else "", 1))

    def vouched_by(self, known: Source | None) -> Source:
        """Return this address as the owner's own if it is the very one that the owner has given before."""
        if self.is_foreign and known is not None and not known.is_foreign and known._text == self._text:
            return known
        return self

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


def _place(text: str) -> tuple[str, str]:
    """Where an address leads: scheme, and host with port."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return (text, "")
    return (parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower())
