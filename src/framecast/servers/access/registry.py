"""The one registry of what clients hold open at a server: connections, and calls on them, by principal.

It says who is connected, from where, since when. `end` closes everything of a principal at once. It also bounds the number: what waits
is closed for a newcomer when the server is full. A connection waits while no whole request of it is being answered: it is silent, sends
slowly, or is kept alive after an answer. So silent connections never lock out a client that asks at once, and viewers are never closed
for newcomers. Each server has a registry of its own process; its event loop calls it.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from framecast.servers.access.principal import Principal

# Streams, their pools and log files need descriptors, too: connections get three quarters of what is free at the start.
_SHARE = 0.75
_FEWEST = 16
_MOST = 16384


# Gets the principal with the rights of now. It may also leave out what may not be seen any more, and keep the rest.
Judge = Callable[[Principal], bool]


class Open(Protocol):
    """Something that a client holds open."""

    def give_way(self) -> None:
        """Close: the server is full, and this connection has no request in progress."""

    def end(self) -> None:
        """Close: its principal may not stay."""


@dataclass(slots=True)
class Entry:
    """What the registry knows of one. `principal` is None before a client is admitted, and between two requests."""

    address: str
    since: float  # UTC seconds
    principal: Principal | None = None
    may_stay: Judge | None = None  # whether its principal may keep it open, once the rights have changed


class Registry:
    """All that is open. `limit` is the number that is accepted, None without a limit; `spare` more are let in while it is full."""

    def __init__(
        self, limit: int | None = None, spare: int = 0, now: Callable[[], float] = time.time
    ) -> None:
        self.limit = limit
        self.closed_for_others = 0
        self._spare = spare
        self._now = now
        self._open: dict[Open, Entry] = {}
        self._waiting: dict[Open, None] = {}  # in the order in which they began to wait

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    @property
    def is_full(self) -> bool:
        """True if more are open than `limit`: only the spare places are left."""
        return self.limit is not None and len(self._open) > self.limit

    def __iter__(self) -> Iterator[tuple[Open, Entry]]:
        return iter(tuple(self._open.items()))

    def enter(self, one: Open, address: str = "") -> bool:
        """Add one, which waits. Return False if even the spare places are taken."""
        if self.limit is not None:
            if len(self._open) >= self.limit and self._waiting:
                longest = next(iter(self._waiting))
                self.leave(longest)
                self.closed_for_others += 1
                longest.give_way()
            if len(self._open) >= self.limit + self._spare:
                return False
        self._open[one] = Entry(address, self._now())
        self._waiting[one] = None
        return True

    def serve(self, one: Open) -> None:
        """Note that a whole request has come: it stays until that is answered. Idempotent."""
        self._waiting.pop(one, None)

    def identify(
        self, one: Open, principal: Principal, address: str | None = None, may_stay: Judge | None = None
    ) -> None:
        """Note who it was that came in; `address` is that of the client, if a proxy stands between. Ignored for one that has left."""
        entry = self._open.get(one)
        if entry is not None:
            entry.principal, entry.may_stay = principal, may_stay
            if address is not None:
                entry.address = address

    def wait(self, one: Open) -> None:
        """Note that the answer is complete. A proxy may use the connection for another client next."""
        entry = self._open.get(one)
        if entry is not None:
            entry.principal = entry.may_stay = None
            self._waiting[one] = None

    def leave(self, one: Open) -> None:
        """Remove what is closed. Idempotent."""
        self._open.pop(one, None)
        self._waiting.pop(one, None)

    def principals(self) -> set[Principal]:
        """Return everybody who holds something open."""
        return {entry.principal for entry in self._open.values() if entry.principal is not None}

    def judge_by(self, one: Open, may_stay: Judge) -> None:
        """Ask `may_stay` from now on whether `one` may stay. Ignored for one that has left."""
        entry = self._open.get(one)
        if entry is not None:
            entry.may_stay = may_stay

    def judge(self, before: Principal, now: Principal) -> int:
        """Give everything of a principal its rights of now, close what may not stay, and return how much that was."""
        found = [(one, entry) for one, entry in self._open.items() if entry.principal == before]
        ended = 0
        for one, entry in found:
            entry.principal = now
            if entry.may_stay is not None and not entry.may_stay(now):
                one.end()
                ended += 1
        return ended

    def end(self, principal: Principal) -> int:
        """Close everything of a principal, and return how much that was."""
        found = [one for one, entry in self._open.items() if entry.principal == principal]
        for one in found:
            one.end()
        return len(found)


def descriptors_for_connections() -> int:
    """Return how many connections this process' limit of open files allows, beside its other descriptors."""
    most, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY:
        return _MOST
    free = most - len(os.listdir("/proc/self/fd"))
    return min(_MOST, max(_FEWEST, int(free * _SHARE)))
