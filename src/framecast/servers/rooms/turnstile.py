"""Those who come into rooms, a few at a time: what is said there goes first. Event loop only.

After a server has started again, or a network is back, thousands of clients come at once, and each costs a handshake, a question to the database and a
welcome. They wait here in their order, before anything is done for them. A few are let through in each pass of the event loop, and fewer while a fan-out is on
its way: otherwise each of its turns would wait for all of them.
"""

from __future__ import annotations

import asyncio
from collections import deque

from framecast.servers.rooms.feed import FeedFigures

AT_ONCE = 4  # in one pass of the event loop: about 2 ms of it
# Passes for which a few wait for fan-outs: 1,000 members are sent to meanwhile, in about 10 ms. Then the next few come in anyway, so that those who come have a third of
# the time even if a fan-out is always on its way, as on a machine that is busy with other things.
LONGEST_PASSES = 16


class Turnstile:
    """The way in. `figures` say whether a fan-out is on its way."""

    def __init__(self, figures: FeedFigures) -> None:
        self._figures = figures
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._task: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    async def wait(self) -> None:
        """Wait for one's turn. Nobody waits while few come."""
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._let_in(), name="turnstile of rooms")
        await turn

    def close(self) -> None:
        """Let nobody in any more."""
        if self._task is not None:
            self._task.cancel()
        for turn in self._waiting:
            turn.cancel()

    async def _let_in(self) -> None:
        while self._waiting:
            for _ in range(LONGEST_PASSES):
                if not self._figures.under_way:
                    break
                await asyncio.sleep(0)
            for _ in range(min(AT_ONCE, len(self._waiting))):
                turn = self._waiting.popleft()
                if not turn.done():
                    turn.set_result(None)
            await asyncio.sleep(0)
