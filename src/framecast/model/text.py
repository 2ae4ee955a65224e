"""Texts from outside: which are taken, and how what is taken is shown.

A text that is kept (a source, a label, a fact) must be one that every reader can show: Unicode that UTF-8 can carry, without
control characters, of bounded length. `shown` makes any text so, for logs, pages and terminals: what would move a cursor, turn the
writing round or break an encoder is escaped as in Python's repr. Linear time; any thread.
"""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from framecast.errors import Invalid

# Control characters (C0 and C1; ESC begins a terminal's commands), separators of lines and paragraphs, the marks that turn the
# direction of writing (Unicode TR 36, section 2.10), invisible marks, halves of surrogate pairs, and what is no character.
_UNPLAIN = "\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
_ESCAPED = re.compile(f"[{_UNPLAIN}]")
_REFUSED = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_HALVES = re.compile("[\ud800-\udfff]")
_FOREIGN_BYTES = re.compile("[\udc80-\udcff]")
_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")
LONGEST_SOURCE = 8192
LONGEST_LABEL = 80


def shown(text: str, most: int = 1000) -> str:
    """Return `text` as it can be shown anywhere: escaped, and cut to `most` characters before that."""
    cut = text if len(text) <= most else f"{text[: max(0, most - 3)]}..."
    return _ESCAPED.sub(_escape, cut)


def without_halves(value: object) -> object:
    """Return a value of JSON with halves of surrogate pairs escaped in every text: what UTF-8 can carry."""
    if isinstance(value, str):
        return _HALVES.sub(_escape, value)
    if isinstance(value, list | tuple):
        return [without_halves(one) for one in value]
    if isinstance(value, dict):
        return {without_halves(key): without_halves(one) for key, one in value.items()}
    return value


def as_source(text: str) -> str:
    """Return a source as text that UTF-8 can carry: the path of a file whose name is in another encoding as a `file:` URL.

    Python has the bytes of such a name as halves of surrogate pairs (PEP 383). Everything else stays as it is.
    """
    if not _FOREIGN_BYTES.search(text):
        return text
    if text.startswith("/"):
        return f"file:{quote(os.fsencode(text))}"
    if text.lower().startswith("file:"):
        return _FOREIGN_BYTES.sub(lambda found: quote(os.fsencode(found.group())), text)
    return text


def check_text(what: str, text: str, most: int) -> str:
    """Return `text` where it can be kept and shown.

    Raises:
        Invalid: it is too long, or has a character that can be shown nowhere; the message shows nothing of it but that.
    """
    problem = text_problem(text, most)
    if problem:
        raise Invalid(f"{what} {problem}")
    return text


def text_problem(text: str, most: int) -> str:
    """Return why `text` is refused, as the rest of a sentence that begins with its name; '' if it is not."""
    if len(text) > most:
        return f"must have at most {most} characters, got {len(text)}"
    found = _REFUSED.search(text)
    if found is None:
        return ""
    return f"has the character {_escape(found)} at position {found.start() + 1}: use UTF-8 text without control characters"


def described(value: object) -> str:
    """Return in words what a value is, without the value of a text: that may be a secret."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value) if abs(value) < 1 << 64 else "a number of too many digits"
    if isinstance(value, float):
        return f"{value:g}"
    return _KINDS.get(type(value).__name__, f"a value of the type {type(value).__name__:.40}")


def named(key: str) -> str:
    """Return a key in quotes where it looks like one; what does not may be an address with a password, at the wrong place."""
    return f"'{key}'" if _KEY.fullmatch(key) else "(a text that is no name)"


def _escape(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()


_KINDS = {
    "str": "a text",
    "bytes": "bytes",
    "list": "a list",
    "tuple": "a list",
    "dict": "a mapping",
    "set": "a set",
    "date": "a date",
    "datetime": "a date",
}
