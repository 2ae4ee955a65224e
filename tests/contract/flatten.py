"""JSON documents as lines, one value a line, so that a difference names its place."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

Skip = Callable[[str, Any], bool]
# What tells the items of a list apart where they are objects: an inserted one leaves the others' lines alone.
_NAMES = ("name", "id")


def flatten(value: Any, place: str = "", skip: Skip = lambda _key, _value: False) -> Iterator[str]:
    """Give `place = value` of every leaf; members for which `skip(key, value)` holds are left out."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            if not skip(key, member):
                yield from flatten(member, f"{place}.{key}" if place else str(key), skip)
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from flatten(item, f"{place}[{_label(item, number)}]", skip)
    else:
        yield f"{place} = {json.dumps(value, ensure_ascii=False)}"


def keys(value: Any, place: str = "") -> Iterator[str]:
    """Give the places of all members, without their values; the items of a list count as one."""
    if isinstance(value, dict):
        for key, member in value.items():
            inner = f"{place}.{key}" if place else str(key)
            yield inner
            yield from keys(member, inner)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item, f"{place}[]")


def _label(item: Any, number: int) -> str:
    if isinstance(item, dict):
        for name in _NAMES:
            if isinstance(item.get(name), str):
                return str(item[name])
        if isinstance(item.get("$ref"), str):
            return str(item["$ref"])
        if isinstance(item.get("type"), str) and number < 2:
            return str(item["type"])
    return json.dumps(item) if isinstance(item, str) else str(number)
