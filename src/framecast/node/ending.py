"""How a node ends: on SIGTERM and SIGINT from the first moment on, and even if the orderly end hangs.

The signals are handled before anything is opened; a signal during the start ends the node as soon as it has started. A thread waits
beside the event loop: at the second signal, or if the end takes longer than `FORCE_S`, it kills the node's processes and ends the
node. Until then it only sleeps, and it takes no lock that the loop may hold.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import FrameType

# A node ends within ten seconds; the orderly end takes less.
FORCE_S = 8.5
# After the second signal everything is killed, so the loop ends by itself within this time.
_AFTER_KILL_S = 0.5


class Ending:
    """Handles the signals from its creation on. For the main thread, once in a process."""

    def __init__(self, signals: Iterable[signal.Signals] = (signal.SIGTERM, signal.SIGINT)) -> None:
        self.asked = False
        self._signals = tuple(signals)
        self.victims: Callable[[], list[int]] = list
        self._on_asked: Callable[[], None] = lambda: None
        # A pipe, because a signal may come while any lock is held.
        self._heard, self._tell = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        threading.Thread(target=self._watch, name="ending", daemon=True).start()
        for number in self._signals:
            signal.signal(number, self._take)

    def on_asked(self, callback: Callable[[], None]) -> None:
        """Call `callback` at each signal, between any two instructions of the main thread; at once if one has come already."""
        self._on_asked = callback
        if self.asked:
            callback()

    def ask(self) -> None:
        """End as after a signal."""
        self._take(0, None)

    def _take(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        with suppress(OSError):
            os.write(self._tell, b".")
        self._on_asked()

    def _watch(self) -> None:
        signal.pthread_sigmask(
            signal.SIG_BLOCK, self._signals
        )  # the loop sleeps in the main thread: that must wake
        poll = select.poll()
        poll.register(self._heard, select.POLLIN)
        poll.poll()
        os.read(self._heard, 1)
        again = poll.poll(FORCE_S * 1000)
        self._kill()
        if not again:
            _say(f"ending took longer than {FORCE_S:g} s: the remaining processes are killed")
        poll.unregister(self._heard)
        poll.poll(_AFTER_KILL_S * 1000)
        os._exit(0)

    def _kill(self) -> None:
        for pid in self.victims():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _say(text: str) -> None:
    """Write to stderr without the log, because the main thread may hold its lock for ever."""
    poll = select.poll()
    with suppress(OSError, AttributeError, ValueError):
        poll.register(sys.stderr.fileno(), select.POLLOUT)
        if poll.poll(0):
            os.write(sys.stderr.fileno(), f"framecast: {text}\n".encode())
