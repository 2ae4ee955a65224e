"""Cuts viewers whose share link was ended or has expired, within `CHECK_S`. Event loop; the file of links is read in a thread."""

from __future__ import annotations

import asyncio

from framecast.servers.access.gate import Gate
from framecast.servers.access.principal import Kind
from framecast.servers.access.registry import Registry

CHECK_S = 2.0


class LinkWatch:
    """Looks again and again whether links still open what they have opened; while no client came by one it does nothing."""

    def __init__(self, gate: Gate, connections: Registry) -> None:
        self._gate = gate
        self._connections = connections
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Watch from now on: a client has come by a link. Idempotent."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="share links")

    def close(self) -> None:
        """Stop."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(CHECK_S)
            by_link = [one for one in self._connections.principals() if one.kind is Kind.LINK]
            if not by_link or self._gate.links is None:
                return
            await asyncio.to_thread(self._gate.links.refresh)
            for principal in by_link:
                if not self._gate.still_admits(principal):
                    self._connections.end(principal)
