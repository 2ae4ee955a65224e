"""What a validator found, as one plain sentence: which key, what was expected, of which kind the found value is.

pydantic describes an error as a mapping (`errors()`); its own words are for programmers, and its `input` may be a secret. So the
words here are ours, and they name only the kind of what was found, unless the caller knows that it is not secret. Pure; any thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from framecast.model.text import described, shown

_LONGEST_KEY = 80
LONGEST_MESSAGE = 600
# The beginning of pydantic's type of an error -> what was expected.
_EXPECTED = (
    ("int_from_float", "a whole number"),
    ("int", "a whole number"),
    ("float", "a number"),
    ("finite_number", "a finite number"),
    ("bool", "true or false"),
    ("string", "a text"),
    ("path", "the path of a file"),
    ("list", "a list, such as [a, b]"),
    ("dict", "a mapping of keys"),
    ("model", "a mapping of keys"),
    ("json", "JSON"),
)


def sentence(error: Mapping[str, Any], *, secret: bool = True) -> str:
    """Return what is wrong, without the key: "must be a whole number, got a text".

    `secret` False also shows a text that was found, as far as it is short.
    """
    kind, context = str(error["type"]), error.get("ctx") or {}
    if kind in ("value_error", "assertion_error"):
        return shown(str(error["msg"]).removeprefix("Value error, "), LONGEST_MESSAGE)
    if kind == "missing":
        return "is missing"
    if kind == "extra_forbidden":
        return "is not known"
    if kind == "json_invalid":
        return "is not valid JSON"
    if error.get("input") is None and kind.startswith(("dict", "model")):
        return "must be a mapping of keys, got nothing: indent the lines that belong to it"
    if kind.startswith(("dict", "model")) and isinstance(error.get("input"), list):
        return "must be a mapping of keys, got a list: remove the '-' before each key"
    secret = secret and not context.keys() & {"ge", "gt", "le", "lt"}  # such a key is a number, and no secret
    return f"must be {_expected(kind, context)}, got {_found(error.get('input'), secret)}"


def key_of(parts: tuple[object, ...]) -> str:
    """Return the path of a key: `log.level`."""
    return shown(".".join(str(part) for part in parts), _LONGEST_KEY)


def _expected(kind: str, context: Mapping[str, Any]) -> str:
    for name, words in (
        ("ge", "at least {}"),
        ("gt", "more than {}"),
        ("le", "at most {}"),
        ("lt", "less than {}"),
        ("max_length", "at most {} long"),
        ("min_length", "at least {} long"),
    ):
        if name in context:
            limit = context[name]
            return words.format(f"{limit:g}" if isinstance(limit, float) else limit)
    if kind == "string_unicode":
        return "text that UTF-8 can carry"
    return next((words for begin, words in _EXPECTED if kind.startswith(begin)), "another value")


def _found(value: object, secret: bool) -> str:
    if isinstance(value, str) and not secret:
        return f"{value!r:.40}"
    if isinstance(value, int | float) and not isinstance(value, bool) and secret:
        return "a number"
    return described(value)
