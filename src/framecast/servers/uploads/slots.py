"""Which request of this process writes which upload: one at a time, and the newest wins. Event loop only.

A client whose connection broke continues on a new one, while the server may still wait for bytes on the old one. So the old one is asked to let go.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from framecast.errors import Conflict, WouldBlock

WAIT_S = 10.0
MAX_WAITING = 8  # for one upload
MAX_SLOTS = 64  # uploads that are written at once


@dataclass(slots=True)
class _Slot:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    waiting: int = 0
    let_go: Callable[[], None] | None = None  # of the holder


class Slots:
    """One slot for each upload that is written or waited for."""

    def __init__(self, wait_s: float = WAIT_S, most: int = MAX_SLOTS) -> None:
        self._wait_s, self._most = wait_s, most
        self._slots: dict[str, _Slot] = {}
        self._is_drained = False

    @property
    def count(self) -> int:
        """How many uploads are written or waited for."""
        return len(self._slots)

    @asynccontextmanager
    async def take(self, upload_id: str, let_go: Callable[[], None]) -> AsyncIterator[None]:
        """Have the slot of an upload. `let_go` is called once another request wants it, maybe at once.

        Raises:
            Conflict: who has it does not let go in time. WouldBlock: too many uploads are written at once.
        """
        slot = self._slots.get(upload_id)
        if slot is None:
            if len(self._slots) >= self._most:
                raise WouldBlock(f"{self._most} uploads are in progress at once: try again in a moment")
            slot = self._slots[upload_id] = _Slot()
        try:
            await self._wait(slot)
            try:
                slot.let_go = let_go
                if slot.waiting or self._is_drained:
                    let_go()
                yield
            finally:
                slot.let_go = None
                slot.lock.release()
        finally:
            if not slot.waiting and not slot.lock.locked():
                self._slots.pop(upload_id, None)

    def drain(self) -> None:
        """Ask all to let go, those too that only get a slot later."""
        self._is_drained = True
        for slot in tuple(self._slots.values()):
            if slot.let_go is not None:
                slot.let_go()

    async def _wait(self, slot: _Slot) -> None:
        if slot.waiting >= MAX_WAITING:
            raise Conflict("too many requests wait for this upload: send one at a time")
        if slot.let_go is not None:
            slot.let_go()
        slot.waiting += 1
        try:
            async with asyncio.timeout(self._wait_s):
                await slot.lock.acquire()
        except TimeoutError:
            raise Conflict("another request still writes this upload: try again in a moment") from None
        finally:
            slot.waiting -= 1
