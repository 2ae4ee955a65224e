"""Numbers that come from outside: as text (sources, headers, descriptions, files) or as a value of somebody's JSON.

Every reader here looks at the length first, then at the grammar (ASCII digits only: no spaces, no underscores, no `nan`), then at
the range; so each takes constant time and memory, whatever stands there. All raise ValueError with a sentence that says what was
expected, for the caller to put behind the name of the field. Nothing else in the package makes a number of such a text:
a test of the house rules looks for it. Pure; any thread.
"""

from __future__ import annotations

import re
from fractions import Fraction

# More digits than any number that is meant has: 2**63 has 19, nanoseconds in a decimal 9.
_GRAMMARS = {
    8: re.compile(r"(?:0o?)?[0-7]{1,11}"),
    10: re.compile(r"[+-]?[0-9]{1,20}"),
    16: re.compile(r"[0-9A-Fa-f]{1,16}"),
}
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,20}(?:\.[0-9]{0,20})?|\.[0-9]{1,20})")
_EXPONENT = re.compile(r"[eE][+-]?[0-9]{1,3}")
_RATIO = re.compile(r"([+-]?[0-9]{1,20})/([0-9]{1,20})")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})*")
_LONGEST = 48
# The rates of NTSC as people write them, and what they are.
_NTSC = {"23.976": 24, "23.98": 24, "29.97": 30, "59.94": 60, "119.88": 120}
# Both halves of a fraction: what 64-bit arithmetic of other programs can carry.
_MOST = (1 << 63) - 1


def is_digits(text: str, most: int = 9) -> bool:
    """Return whether `text` is 1 to `most` ASCII digits and nothing else."""
    return 0 < len(text) <= most and text.isascii() and text.isdecimal()


def integer(text: str, low: int, high: int, base: int = 10) -> int:
    """Return the whole number that `text` is, in base 8, 10 or 16.

    Raises:
        ValueError: it is something else, or outside of `low` to `high`.
    """
    if len(text) <= _LONGEST and _GRAMMARS[base].fullmatch(text):
        value = int(text.replace("o", ""), base)
        if low <= value <= high:
            return value
    raise ValueError(f"it must be a whole number from {low} to {high}")


def decimal(text: str, low: float, high: float) -> float:
    """Return the finite number that `text` is, such as 25, 29.97 or 1e-3.

    Raises:
        ValueError: it is something else, or outside of `low` to `high`.
    """
    if len(text) <= _LONGEST:
        mantissa = _DECIMAL.match(text)
        if mantissa and (mantissa.end() == len(text) or _EXPONENT.fullmatch(text, mantissa.end())):
            value = float(text)
            if low <= value <= high:
                return value + 0.0  # 0.0 for -0.0
    raise ValueError(f"it must be a number from {low:.9g} to {high:.9g}")


def fraction(text: str, low: Fraction | float, high: Fraction | float) -> Fraction:
    """Return the fraction that `text` is, such as 30000/1001, 25 or 29.97; exactly.

    Raises:
        ValueError: it is something else, outside of `low` to `high`, or of numbers that 64 bits do not hold.
    """
    value = _ratio(text) if len(text) <= _LONGEST else None
    if value is None or not low <= value <= high or max(abs(value.numerator), value.denominator) > _MOST:
        raise ValueError(
            f"it must be a fraction such as 30000/1001 or 29.97, from {float(low):g} to {float(high):g}"
        )
    return value


def picture_rate(text: str) -> Fraction:
    """Return the pictures a second that `text` is; the rates of NTSC are exact: 29.97 is 30000/1001.

    Raises:
        ValueError: it is something else, or outside of 0.1 to 240.
    """
    if text in _NTSC:
        return Fraction(_NTSC[text] * 1000, 1001)
    try:
        return fraction(text, Fraction(1, 10), 240).limit_denominator(1_000_000)
    except ValueError:
        raise ValueError(
            "it must be between 0.1 and 240 pictures a second, such as 25, 29.97 or 30000/1001"
        ) from None


def octets(text: str, most: int) -> bytes:
    """Return the bytes that pairs of hexadecimal digits stand for.

    Raises:
        ValueError: it is something else, or more than `most` bytes.
    """
    if len(text) > 2 * most or not _HEX.fullmatch(text):
        raise ValueError(f"it must be pairs of hexadecimal digits, {most} at most")
    return bytes.fromhex(text)


def whole(value: object, low: int, high: int) -> int:
    """Return a value of JSON that is a whole number.

    Raises:
        ValueError: it is something else, or outside of `low` to `high`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"it must be a whole number from {low} to {high}")
    return value


def real(value: object, low: float, high: float) -> float:
    """Return a value of JSON that is a finite number.

    Raises:
        ValueError: it is something else, or outside of `low` to `high`.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"it must be a number from {low:g} to {high:g}")
    return float(value)


def _ratio(text: str) -> Fraction | None:
    parts = _RATIO.fullmatch(text)
    if parts is None:
        return Fraction(text) if _DECIMAL.fullmatch(text) else None
    return Fraction(int(parts[1]), int(parts[2])) if int(parts[2]) else None
