"""The optional package `framecast-native` (`native/`): whether it is used, and if not, why. Any process; nothing is loaded before it is asked for.

It is used only if it is of exactly this version: both sides change together. `FRAMECAST_NATIVE=0` turns it off. Without it, or on a
Python without a GIL, the same is done in Python.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from types import ModuleType

import framecast
from framecast.errors import SourceError

NAME = "framecast-native"
VARIABLE = "FRAMECAST_NATIVE"
# Both sides count it up with every change of a name, an argument or a meaning.
INTERFACE = 2
_OFF = ("0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Found:
    """`module` is None if it is not used; `why` says the reason, and `is_wrong` is True if it is installed and does not fit."""

    module: ModuleType | None
    why: str = ""
    is_wrong: bool = False


@cache
def look() -> Found:
    """Return the package, loaded at the first call."""
    if os.environ.get(VARIABLE, "").strip().lower() in _OFF:
        return Found(None, f"turned off by {VARIABLE}")
    if not getattr(sys, "_is_gil_enabled", lambda: True)():
        return Found(None, "this Python runs without a GIL")
    try:
        module = import_module("framecast_native")
    except ModuleNotFoundError:
        return Found(None, "not installed")
    except ImportError as error:
        return Found(None, f"it cannot be loaded: {error}", is_wrong=True)
    return checked(module)


def checked(module: ModuleType) -> Found:
    """Return the package, if it is the one that belongs to this version."""
    found = getattr(module, "VERSION", "?"), getattr(module, "INTERFACE", "?")
    if found == (framecast.__version__, INTERFACE):
        return Found(module)
    expected = f"version {framecast.__version__}, interface {INTERFACE}"
    why = f"version {found[0]}, interface {found[1]}, expected {expected}"
    return Found(None, why, is_wrong=True)


@contextmanager
def faults_end_the_source() -> Iterator[None]:
    """Turn a panic in the package into the end of this one source.

    Raises:
        SourceError: failed.
    """
    module = look().module
    panics: tuple[type[Exception], ...] = () if module is None else (module.Panic,)
    try:
        yield
    except panics as error:
        raise SourceError("failed", f"{error}; {VARIABLE}=0 turns {NAME} off") from error
