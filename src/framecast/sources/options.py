"""The options of a simulated source, written as a query after its scheme: `pattern:?size=640x360&fps=25`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from framecast.errors import Invalid
from framecast.model import Source, number
from framecast.model.suggestion import instead_of

Parsers = Mapping[str, Callable[[str], Any]]


def parse(source: Source, parsers: Parsers) -> dict[str, Any]:
    """Return the options in `source`, each read by its parser, which raises ValueError for a wrong text.

    Raises:
        Invalid: an option is unknown, wrong or given twice; the message names it, and the known ones.
    """
    scheme, _, rest = source.reveal().partition(":")
    path, _, query = rest.partition("?")
    if path:
        raise Invalid(
            f"{scheme}: takes only options, which begin with '?', as in {scheme}:?{next(iter(parsers))}=..., got {path:.40}"
        )
    found: dict[str, Any] = {}
    for name, text in parse_qsl(query, keep_blank_values=True):
        if name not in parsers:
            raise Invalid(f"{scheme}: has no option {name!r:.40}: {instead_of(name, parsers)}")
        if name in found:
            raise Invalid(f"{scheme}: has the option {name} twice")
        try:
            found[name] = parsers[name](text)
        except ValueError as error:
            raise Invalid(f"{scheme}: option {name} is {text!r:.40}, but {error}") from error
    return found


def decimal(low: float, high: float) -> Callable[[str], float]:
    """Return a parser for a number from `low` to `high`."""
    return lambda text: number.decimal(text, low, high)


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a parser for a whole number from `low` to `high`."""
    return lambda text: number.integer(text, low, high)


def flag(text: str) -> bool:
    """Read yes or no.

    Raises:
        ValueError: the text is neither.
    """
    try:
        return {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}[text.lower()]
    except KeyError:
        raise ValueError("it must be 1 or 0") from None
