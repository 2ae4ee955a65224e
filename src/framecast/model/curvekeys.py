"""Files with CURVE keys: Z85 text (ZeroMQ RFC 32), alone in a line or in a certificate as pyzmq writes it.

A key is 32 bytes, 40 characters of text. No I/O but reading the file; errors never quote what is in it.
"""

from __future__ import annotations

import re
from pathlib import Path

from framecast.errors import Invalid

KEY_BYTES = 32
_ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LETTERS = "[" + re.escape(_ALPHABET) + "]{40}"
_NAMED = r'(?m)^[ \t]*{}-key[ \t]*=[ \t]*"({})"'
_MAX_FILE_BYTES = 1 << 20


def encode(key: bytes) -> str:
    """Return 32 bytes as text."""
    text = ""
    for at in range(0, len(key), 4):
        number = int.from_bytes(key[at : at + 4], "big")
        text += "".join(_ALPHABET[number // 85**power % 85] for power in (4, 3, 2, 1, 0))
    return text


def decode(text: str) -> bytes:
    """Return the 32 bytes of a key.

    Raises:
        Invalid: the text is no key.
    """
    if not re.fullmatch(_LETTERS, text):
        raise Invalid("a CURVE key must be 40 characters of Z85")
    key = b""
    for at in range(0, 40, 5):
        number = 0
        for letter in text[at : at + 5]:
            number = number * 85 + _VALUES[letter]
        if number >> 32:
            raise Invalid("a CURVE key must be 40 characters of Z85")
        key += number.to_bytes(4, "big")
    return key


def read_secret(path: Path) -> bytes:
    """Return the secret key in a file.

    Raises:
        Invalid: it cannot be read, or has none.
    """
    return _one(_read(path), "secret", path)


def read_public(path: Path) -> bytes:
    """Return the public key in a file.

    Raises:
        Invalid: it cannot be read, or has none.
    """
    return _one(_read(path), "public", path)


def read_clients(path: Path) -> frozenset[bytes]:
    """Return the public keys in a file: one a line, behind it whatever you like, # begins a comment.

    Raises:
        Invalid: it cannot be read, or a line has no key.
    """
    keys = set()
    for number, line in enumerate(_read(path).splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith(
            "#"
        ):  # no key begins so: its first four bytes would be more than 32 bits
            continue
        try:
            keys.add(decode(words[0]))
        except Invalid as error:
            raise Invalid(f"{path}, line {number}: {error}") from error
    return frozenset(keys)


def _one(text: str, kind: str, path: Path) -> bytes:
    named = re.search(_NAMED.format(kind, _LETTERS), text)
    lines = [line.strip() for line in text.splitlines()]
    alone = next((line for line in lines if re.fullmatch(_LETTERS, line)), None)
    found = named[1] if named else alone
    if found is None:
        raise Invalid(f"{path} has no {kind} CURVE key: expected 40 characters of Z85 alone in a line")
    return decode(found)


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_FILE_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise Invalid(f"{path} cannot be read: {reason}") from error
