"""How hard a token is to guess: an estimate from its length and its letters, in bits. Pure.

The rule, as docs/reference/configuration.md has it: length times the binary logarithm of the alphabet (digits 10, hexadecimal 16,
small letters 26, capital letters 26, `-_` or `+/=` 2, anything else 32). Words are not random: letters of one kind with separators
between them count 2 bits each. Fewer than eight different characters count as nothing.
"""

from __future__ import annotations

import math
import string

# From here on nobody guesses a token, however often they try (NIST SP 800-57: 128 bits are beyond exhaustive search).
STRONG_BITS = 128
_BITS_OF_WORDS = 2
_MIN_DIFFERENT = 8
_SEPARATORS = frozenset(" -_.")
_CLASSES = (string.digits, string.ascii_lowercase, string.ascii_uppercase)


def strength_bits(token: str) -> float:
    """Return about how many bits a token has."""
    letters = set(token)
    if len(letters) < _MIN_DIFFERENT:
        return 0.0
    bare = token.replace("-", "")
    if set(bare.lower()) <= set(string.hexdigits):
        return len(bare) * math.log2(10 if set(bare) <= set(string.digits) else 16)
    if any(letters <= {*case, *_SEPARATORS} for case in _CLASSES[1:]):
        return float(len(token) * _BITS_OF_WORDS)
    size = sum(len(one) for one in _CLASSES if letters & set(one))
    others = letters.difference(*_CLASSES)
    if others:
        size += 2 if others <= set("-_") or others <= set("+/=") else 32
    return len(token) * math.log2(size)


def is_strong(token: str) -> bool:
    """True for a token that may be tried without limit."""
    return strength_bits(token) >= STRONG_BITS
