"""Asks a process regularly for a sign of life, because a process that is suspended or hangs keeps its socket open.

Runs in the event loop. One question at a time; only the next question waits for the answer. Only seconds in which this
loop itself runs on time are counted: after a suspended laptop, a frozen container or a stall of the whole
machine, the other processes get their full time again. (The loop's clock is CLOCK_MONOTONIC, which stands still in a suspended
machine.)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

EVERY_S = 4.0
SILENT_S = 8.0
# A process that has just been started is still importing.
START_S = 60.0
_STEP_S = 1.0
# If a step took this much longer than it should, it says nothing about the other process.
_LATE_S = 0.5
# A process that runs, or waits for a disk, is slow rather than stuck: a second of its silence counts this much.
_BUSY = 0.25


class Pulse:
    """`ask` returns when the other side has answered.

    `on_silent` is called if no answer came for `silent_s`, `on_answer` when one comes after that. `weigh` returns how much a
    second of silence counts. With `start_s` it asks at once, and waits that long for the first answer.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[object]],
        on_silent: Callable[[], None],
        on_answer: Callable[[], None] = lambda: None,
        *,
        weigh: Callable[[], float] = lambda: 1.0,
        start_s: float = 0.0,
        every_s: float = EVERY_S,
        silent_s: float = SILENT_S,
    ) -> None:
        self._ask = ask
        self._on_silent = on_silent
        self._on_answer = on_answer
        self._weigh = weigh
        self._every_s = every_s
        self._silent_s = silent_s
        self._task = asyncio.get_running_loop().create_task(self._beat(start_s), name="pulse")

    def stop(self) -> None:
        """Stop asking. Idempotent."""
        self._task.cancel()

    async def _beat(self, start_s: float) -> None:
        silent = False
        patience_s = start_s or self._silent_s
        if not start_s:
            await asyncio.sleep(self._every_s)
        while True:
            answered = await self._hears(patience_s)
            if answered is silent:
                silent = not answered
                (self._on_silent if silent else self._on_answer)()
            if answered:
                patience_s = self._silent_s
            await asyncio.sleep(self._every_s)

    async def _hears(self, patience_s: float) -> bool:
        """Ask, and return whether the answer came before `patience_s` of silence were counted."""
        loop = asyncio.get_running_loop()
        asking = asyncio.ensure_future(self._ask())
        try:
            left_s = patience_s
            while left_s > 0:
                began = loop.time()
                await asyncio.wait((asking,), timeout=min(_STEP_S, left_s))
                if asking.done():
                    return True
                took_s = loop.time() - began
                if took_s > patience_s / 2:
                    left_s = patience_s
                elif took_s < _STEP_S + _LATE_S:
                    left_s -= took_s * self._weigh()
            return False
        finally:
            asking.cancel()


def weight_of(pid: int, starting: bool = False) -> float:
    """Return how much a second of silence of a process counts, by its state (proc(5)).

    A process that is suspended while it is still `starting` does not get the time that imports need.
    """
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return 1.0
    if starting and state in (b"T", b"t"):
        return START_S / SILENT_S
    return _BUSY if state in (b"R", b"D") else 1.0
