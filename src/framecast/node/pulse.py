"""Asks a publisher now and then for a sign of life: a process that is suspended or hangs keeps its socket open.

Event loop only. One question each EVERY_S; nothing waits for the answer but the next question.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from framecast.node.writer import Writer

EVERY_S = 4.0
SILENT_S = 8.0


class Pulse:
    """`on_silent` hears when no answer came for `silent_s`, `on_answer` when one comes after that."""

    def __init__(
        self,
        writer: Writer,
        on_silent: Callable[[], None],
        on_answer: Callable[[], None] = lambda: None,
        every_s: float = EVERY_S,
        silent_s: float = SILENT_S,
    ) -> None:
        self._writer = writer
        self._on_silent = on_silent
        self._on_answer = on_answer
        self._every_s = every_s
        self._silent_s = silent_s
        self._task = asyncio.get_running_loop().create_task(self._beat(), name="pulse")

    def stop(self) -> None:
        """Ask nothing more. Idempotent."""
        self._task.cancel()

    async def _beat(self) -> None:
        silent = False
        while True:
            await asyncio.sleep(self._every_s)
            answered = await self._writer.answers(self._silent_s)
            if self._writer.closed:
                return
            if answered is silent:
                silent = not answered
                (self._on_silent if silent else self._on_answer)()
