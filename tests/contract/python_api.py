"""The public Python API: the names of `framecast.__all__`, their signatures, and the public members of classes."""

from __future__ import annotations

import dataclasses
import enum
import inspect
from collections.abc import Iterator
from typing import Any

import framecast

# Members that a program uses without calling them by name.
_SPECIAL = (
    *("__enter__", "__exit__", "__aenter__", "__aexit__", "__iter__", "__next__", "__aiter__", "__anext__"),
    *("__len__", "__getitem__", "__contains__", "__array__", "__buffer__", "__reduce__"),
)
# The classes that programs make themselves; the others come out of functions.
_MADE_BY_PROGRAMS = ("NodeClient", "VideoCapture", "TrackInfo")


def lines() -> Iterator[str]:
    """Give the contract's lines."""
    for name in framecast.__all__:
        value = getattr(framecast, name)
        if inspect.isclass(value):
            yield from _of_class(name, value)
        elif callable(value):
            yield f"{name}{_signature(value)}"
        else:
            yield f"{name}: {type(value).__name__}"


def _of_class(name: str, of: type) -> Iterator[str]:
    bases = ", ".join(base.__name__ for base in of.__mro__[1:] if _is_public(base))
    yield f"{name} is a class ({bases})"
    if issubclass(of, enum.Enum):
        yield from (f"{name}.{member.name} = {member.value!r}" for member in of)
        return
    if name in _MADE_BY_PROGRAMS:
        yield f"{name}{_signature(of)}"
    if dataclasses.is_dataclass(of):
        for field in dataclasses.fields(of):
            yield f"{name}.{field.name} is a field: {field.type}"
    for member in sorted(dir(of)):
        if (member.startswith("_") and member not in _SPECIAL) or not _is_ours(of, member):
            continue
        yield _of_member(f"{name}.{member}", inspect.getattr_static(of, member))


def _is_public(base: type) -> bool:
    return base is not object and (
        base.__module__.partition(".")[0] != "framecast" or base.__name__ in framecast.__all__
    )


def _is_ours(of: type, member: str) -> bool:
    """Whether Framecast defines it, and not a library's class."""
    home = next((base for base in of.__mro__ if member in vars(base)), object)
    return home.__module__.partition(".")[0] == "framecast"


def _of_member(name: str, value: Any) -> str:
    if isinstance(value, property):
        writable = " (writable)" if value.fset else ""
        return f"{name}: {_result(value.fget)}{writable}"
    if hasattr(value, "func") and not callable(value):  # a cached property
        return f"{name}: {_result(value.func)}"
    if isinstance(value, staticmethod | classmethod):
        return f"{name}{_signature(value.__func__)} {type(value).__name__}"
    if callable(value):
        prefix = "async " if inspect.iscoroutinefunction(value) else ""
        return f"{prefix}{name}{_signature(value)}"
    return f"{name} is a member"


def _result(function: Any) -> str:
    return str(inspect.signature(function).return_annotation)


def _signature(value: Any) -> str:
    try:
        return str(inspect.signature(value))
    except ValueError:
        return "(...)"
