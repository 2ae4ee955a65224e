"""What ends a window from outside, as descriptors for select: a signal, or the end of the command that started it."""

from __future__ import annotations

import os
import signal
from types import FrameType

_ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ending:
    """Becomes `asked` when this process shall end. For the main thread; `lifeline` ends when the command does."""

    def __init__(self, lifeline: int) -> None:
        self.asked = False
        self._lifeline = lifeline
        self._wake, self._woken = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)
        for number in _ENDS:
            signal.signal(number, self._note)

    @property
    def descriptors(self) -> tuple[int, int]:
        """What to wait for beside everything else."""
        return self._wake, self._lifeline

    def look(self, ready: set[int]) -> None:
        """Understand what select found."""
        if self._wake in ready:
            try:
                os.read(self._wake, 512)
            except BlockingIOError:
                pass
        if self._lifeline in ready and not os.read(self._lifeline, 512):
            self.asked = True

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
