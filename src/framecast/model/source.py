"""A source's address: a secret, because camera URLs carry passwords.

`Source` masks itself in every repr, str, format and log; only `reveal()` gives the real text, and only
the process that dials calls it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from urllib.parse import quote, unquote, unquote_plus, urlsplit

from framecast.errors import Invalid
from framecast.model.address import MASK, is_cut, mask_address, secrets_of, without_user
from framecast.model.mask import mask
from framecast.model.networks import Networks

__all__ = ["Source", "mask"]


# Between a user and a password, however it is written.
_PAIR = re.compile(r"[:=]|%3[ADad]")
_MOST_PAIRS = 8
_ESCAPE = re.compile(r"%[0-9A-F]{2}")
_DELIMITER = re.compile(r"[/?#@:\s]")


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """The origin of a stream: a URL, a path, `pattern:`, `numbers:`, a device. Masks itself when printed.

    `is_foreign`: it came over the network, so it may name files of this machine inside `media_dirs` only.
    `networks`: the only ones that it may lead to, None for all; set in the source process, and never saved.
    """

    _text: str
    is_foreign: bool = False
    networks: Networks | None = None

    def elsewhere(self, text: str) -> Source:
        """Return another address that this one has led to: it may reach the same networks."""
        return replace(self, _text=text)

    def reveal(self) -> str:
        """Return the address with its secrets, for the process that dials it."""
        return self._text

    @property
    def scheme(self) -> str:
        """The lower-case scheme, '' for a plain path or a device number."""
        match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", self._text)
        return match.group(1).lower() if match else ""

    @property
    def is_cut(self) -> bool:
        """True if a password has a raw delimiter in it: see `address.HINT` for how to write one."""
        return is_cut(self._text)

    @property
    def path(self) -> Path:
        """The path of a `file:` URL or of a plain path; `~` is the home folder.

        Raises:
            Invalid: it is the path of nothing.
        """
        text = self._text
        try:
            if self.scheme == "file":
                parts = urlsplit(text)
                text = unquote(parts.path, errors="surrogateescape") if text[5:6] == "/" else text[5:]
            path = Path(text).expanduser()
        except (RuntimeError, ValueError) as error:  # a `~` of nobody; an address whose brackets do not close
            raise Invalid(f"{self} is not the path of a file: {error}") from error
        if "\0" in text:
            raise Invalid(f"the path {text!r:.80} contains a zero byte, which a file name cannot contain")
        return path

    @property
    def secrets(self) -> tuple[str, ...]:
        """The parts that must not be seen, for scrubbing other programs' messages: as they stand, and as others write them."""
        found: set[str] = set()
        for start, end, label in secrets_of(self._text):
            secret = self._text[start:end]
            user = secret.rpartition("@")[0] if label == "rest" else ""
            # A password with a raw delimiter: others may take it apart there.
            for part in (*_pairs(secret), *_pairs(user), *_DELIMITER.split(user)):
                found |= _written(part)
        return tuple(sorted(found - {""}, key=len, reverse=True))

    def with_secrets_of(self, known: Source | None) -> Source:
        """Return this address with the secrets of `known` where a person, to whom it was shown masked, left ***.

        Raises:
            Invalid: there is no such secret; or the address leads elsewhere, where it must not be sent unasked.
        """
        if known is not None and self._text == str(known):
            return replace(known, is_foreign=self.is_foreign)
        masked = [
            secret for secret in secrets_of(self._text) if self._text[secret.start : secret.end] == MASK
        ]
        if not masked:
            return self
        if known is None or _place(known._text) != _place(self._text):
            raise Invalid(
                f"the source {self} contains *** instead of a secret: type the secret (the saved one is used only "
                "while scheme, host and port stay the same)"
            )
        values = {label: known._text[start:end] for start, end, label in reversed(secrets_of(known._text))}
        parts, at = [], 0
        for start, end, label in masked:
            if label not in values and label != "user":
                raise Invalid(
                    f"the source {self} contains *** at {label.rpartition(':')[2] or 'a place'}, but nothing is saved for that: type the value"
                )
            parts += [self._text[at:start], values.get(label, "")]
            at = end + (label not in values)  # a user that there never was goes with its @
        return replace(self, _text="".join([*parts, self._text[at:]]))

    def vouched_by(self, known: Source | None) -> Source:
        """Return this address as the owner's own if it is the very one that the owner has given before."""
        if self.is_foreign and known is not None and not known.is_foreign and known._text == self._text:
            return known
        return self

    def scrub(self, message: str) -> str:
        """Return `message` (of FFmpeg, of the system) without this source's secrets."""
        clean = message.replace(self._text, str(self))
        for (
            secret
        ) in self.secrets:  # before `mask`, which may take apart a password that looks like an address
            if len(secret) > 2:
                clean = clean.replace(secret, MASK)
        return mask(clean)

    def __str__(self) -> str:
        return mask_address(self._text)

    def __repr__(self) -> str:
        return f"Source({str(self)!r})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def _pairs(secret: str) -> set[str]:
    """A secret, and what stands before and behind each place that may divide a user from a password."""
    places = [found.span() for found in islice(_PAIR.finditer(secret), _MOST_PAIRS)]
    return {secret, *(secret[:start] for start, _ in places), *(secret[end:] for _, end in places)}


def _written(part: str) -> set[str]:
    """A secret as it stands, and as programs write it that decode or encode it once more."""
    forms = {part, unquote(part), unquote_plus(part)}
    forms |= {quote(form, safe=safe) for form in tuple(forms) for safe in ("", "/")}
    return forms | {_ESCAPE.sub(lambda found: found[0].lower(), form) for form in forms}


def _place(text: str) -> tuple[str, str]:
    """The scheme of an address, and its host with port."""
    try:
        parts = urlsplit(without_user(text)[1])
    except ValueError:
        return (text, "")
    return (parts.scheme.lower(), parts.netloc.lower())
