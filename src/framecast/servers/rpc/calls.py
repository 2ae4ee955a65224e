"""What is counted of calls: those that have begun by method, those that have ended by method and status. Event loop only."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Calls:
    """The counters of one server."""

    begun: Counter[str] = field(default_factory=Counter)
    ended: Counter[tuple[str, str]] = field(default_factory=Counter)
