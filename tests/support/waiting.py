"""Waiting for what has no event to wait on: what other processes do, and what the system says of them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from threading import Event
from time import monotonic
from typing import Any

import psutil

LIMIT_S = 60.0
_PAUSE_S = 0.01


def until(condition: Callable[[], Any], what: str = "the condition", limit_s: float = LIMIT_S) -> Any:
    """Return what `condition()` gives once it is true. A process that has gone meanwhile is asked about again."""
    deadline, pause = monotonic() + limit_s, Event()
    while True:
        with suppress(psutil.NoSuchProcess):
            if found := condition():
                return found
        assert monotonic() < deadline, f"not within {limit_s:g} s: {what}"
        pause.wait(_PAUSE_S)
