"""Everybody whom a connection was handed to and who has to be looked after: cut where nothing is read, let go at the end.

Runs on the event loop; while nobody is here it does nothing.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

TICK_S = 1.0


class LookedAfter(Protocol):
    """A guest, or something else that lives only as long as it is used."""

    def check(self) -> None:
        """Look whether it is still there. Called once a second."""

    def let_go(self) -> None:
        """The server is stopping."""


class Guests:
    """All of them."""

    def __init__(self) -> None:
        self._guests: set[LookedAfter] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def count(self) -> int:
        """How many are here."""
        return len(self._guests)

    def add(self, guest: LookedAfter) -> None:
        """Look after a guest."""
        self._guests.add(guest)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)

    def discard(self, guest: LookedAfter) -> None:
        """It has left. Idempotent."""
        self._guests.discard(guest)

    def drain(self) -> None:
        """Let everybody go."""
        for guest in tuple(self._guests):
            guest.let_go()

    def _tick(self) -> None:
        self._timer = None
        for guest in tuple(self._guests):
            guest.check()
        if self._guests:
            self._timer = asyncio.get_running_loop().call_later(TICK_S, self._tick)
