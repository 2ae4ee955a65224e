"""How many connections the web server holds, and which of them goes first.

Runs on the event loop. A connection waits while no whole request of it is being answered: it is silent, sends slowly, or is
kept alive after an answer. When the server is full, the connection that has waited longest is closed for a new one. So
silent connections never lock out a client that asks at once, and viewers are never closed for newcomers.
"""

from __future__ import annotations

import os
import resource
from collections import Counter
from typing import Protocol

# Streams, their pools and log files need descriptors, too: connections get three quarters of what is free at the start.
_SHARE = 0.75
_FEWEST = 16
_MOST = 16384
# Health checks are answered even when viewers fill the server.
SPARE = 16


class Waiting(Protocol):
    """A connection that can be closed for another one."""

    def give_way(self) -> None:
        """Close: the server is full, and this connection has no request in progress."""


class Connections:
    """The connections of one server. `limit` is the number that is accepted; up to `SPARE` more get answers of health and 503."""

    def __init__(self, limit: int | None = None) -> None:
        self.limit = descriptors_for_connections() if limit is None else limit
        self.closed_for_others = 0
        self.refused: Counter[int] = Counter()  # by status: requests beyond a limit
        self._open: set[Waiting] = set()
        self._waiting: dict[Waiting, None] = {}  # in the order in which they began to wait

    @property
    def count(self) -> int:
        """The number of open connections."""
        return len(self._open)

    @property
    def is_full(self) -> bool:
        """True when only health checks are answered on new connections."""
        return len(self._open) > self.limit

    def enter(self, connection: Waiting) -> bool:
        """Add a new connection, which waits. Return False if even the spare places are taken."""
        if len(self._open) >= self.limit and self._waiting:
            longest = next(iter(self._waiting))
            self.leave(longest)
            self.closed_for_others += 1
            longest.give_way()
        if len(self._open) >= self.limit + SPARE:
            return False
        self._open.add(connection)
        self._waiting[connection] = None
        return True

    def serve(self, connection: Waiting) -> None:
        """A whole request has come: the connection stays until it is answered. Idempotent."""
        self._waiting.pop(connection, None)

    def wait(self, connection: Waiting) -> None:
        """The answer is complete: the connection waits for its next request."""
        if connection in self._open:
            self._waiting[connection] = None

    def leave(self, connection: Waiting) -> None:
        """Remove a connection that is closed. Idempotent."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)


def descriptors_for_connections() -> int:
    """Return how many connections this process' limit of open files allows, beside its other descriptors."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return _MOST
    free = most - len(os.listdir("/proc/self/fd"))
    return min(_MOST, max(_FEWEST, int(free * _SHARE)))
