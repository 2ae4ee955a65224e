"""A process that the node has started by exec, and how the node ends any process: by asking, then by SIGKILL, without blocking the loop."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from typing import Protocol

from framecast.log import get_logger

# A killed process ends at once, unless it waits for a disk or device.
KILLED_S = 1.0

log = get_logger(__name__)


class Process(Protocol):
    """A process, however it was started."""

    @property
    def pid(self) -> int:
        """Its number, 0 until it is known."""

    @property
    def ended(self) -> asyncio.Event:
        """Set when it has ended."""

    def kill(self, signal_number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal, unless it has ended."""


class Spawned:
    """A child of this process, started by exec."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.ended = asyncio.Event()
        self._pidfd = os.pidfd_open(self.pid)
        asyncio.get_running_loop().add_reader(self._pidfd, self._end)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def kill(self, signal_number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal, unless it has ended."""
        self._process.send_signal(signal_number)

    def _end(self) -> None:
        asyncio.get_running_loop().remove_reader(self._pidfd)
        os.close(self._pidfd)
        self._process.wait()
        self.ended.set()


async def end(process: Process, timeout_s: float) -> bool:
    """Wait for a process that was asked to end, kill it after `timeout_s`; return whether it ended by itself.

    A process that the kernel cannot end at once, because it waits for a disk or device, is left behind.
    """
    for patience_s in (timeout_s, KILLED_S):
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await process.ended.wait()
        if process.ended.is_set():
            return patience_s == timeout_s
        process.kill()
    log.error("a process could not be killed and is left behind", pid=process.pid)
    return False
