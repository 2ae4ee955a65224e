"""Regular checks of what lives only as long as it is used: viewers, WebSockets, HLS packagers, ZeroMQ subscribers.

Runs on a server's event loop; while it has no members it does nothing.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

TICK_S = 1.0


class Member(Protocol):
    """What is checked."""

    def check(self) -> None:
        """End if it is not used any more, or if its client takes nothing."""

    def let_go(self) -> None:
        """End: the server is stopping."""


class Upkeep:
    """All members; each is checked every `tick_s`."""

    def __init__(self, tick_s: float = TICK_S) -> None:
        self._tick_s = tick_s
        self._members: set[Member] = set()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def count(self) -> int:
        """How many members there are."""
        return len(self._members)

    def add(self, member: Member) -> None:
        """Check one from now on."""
        self._members.add(member)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(self._tick_s, self._tick)

    def discard(self, member: Member) -> None:
        """Check it no more. Idempotent."""
        self._members.discard(member)

    def drain(self) -> None:
        """Let every member go."""
        for member in tuple(self._members):
            member.let_go()

    def _tick(self) -> None:
        self._timer = None
        for member in tuple(self._members):
            member.check()
        if self._members:
            self._timer = asyncio.get_running_loop().call_later(self._tick_s, self._tick)
