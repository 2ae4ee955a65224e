"""A process that the node starts by exec, such as the web server: with its settings on stdin, started again if it dies.

stdin stays open as long as the node lives: its end tells the process that it is alone. Nothing secret stands in its
arguments or environment.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import structlog

from framecast.streams import Backoff

STEADY_S = 10.0

log = structlog.get_logger(__name__)


class Spawned:
    """`module` is run by this Python; `fds` are inherited under the same numbers; `on_end` hears of each end."""

    def __init__(
        self,
        name: str,
        module: str,
        settings: dict[str, Any],
        fds: Sequence[int],
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        self.name = name
        self._told_end = on_end
        self.restarts = 0
        self._module = module
        self._line = json.dumps(settings).encode() + b"\n"
        self._fds = tuple(fds)
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = asyncio.Event()
        self._backoff = Backoff(5.0)
        self._loop = asyncio.get_running_loop()
        self._started_at = 0.0
        self._pidfd = -1
        self._retry: asyncio.TimerHandle | None = None
        self._closing = False

    @property
    def pid(self) -> int:
        """The process, 0 while there is none."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it; returns at once."""
        self._ended.clear()
        self._started_at = self._loop.time()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", self._module],
            stdin=subprocess.PIPE,
            pass_fds=self._fds,
            start_new_session=True,  # signals of the terminal reach the node alone
        )
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.write(self._line)
            self._process.stdin.flush()
        self._pidfd = os.pidfd_open(self._process.pid)
        self._loop.add_reader(self._pidfd, self._on_end)

    async def close(self, timeout_s: float) -> None:
        """Tell it to end and wait; it is killed where it does not end in time."""
        self._closing = True
        if self._retry is not None:
            self._retry.cancel()
        process = self._process
        if process is None:
            return
        assert process.stdin
        with suppress(OSError):
            process.stdin.close()
        try:
            async with asyncio.timeout(timeout_s):
                await self._ended.wait()
        except TimeoutError:
            log.warning("a server did not end in time and was killed", name=self.name)
            process.kill()
            await self._ended.wait()

    def kill(self) -> None:
        """End it now."""
        if self._process is not None:
            self._process.kill()

    def _on_end(self) -> None:
        assert self._process
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        status = self._process.wait()
        assert self._process.stdin
        with suppress(OSError):
            self._process.stdin.close()
        self._process = None
        self._ended.set()
        self._told_end()
        if not self._closing:
            self._start_later(status)

    def _start_later(self, status: int) -> None:
        if self._loop.time() - self._started_at > STEADY_S:
            self._backoff.reset()
        self.restarts += 1
        log.error("a server died and is started again", name=self.name, status=status)
        self._retry = self._loop.call_later(self._backoff.next_s(), self._start_again)

    def _start_again(self) -> None:
        try:
            self.start()
        except OSError as error:
            log.error("a server cannot be started", name=self.name, why=error.strerror)
            self._retry = self._loop.call_later(self._backoff.next_s(), self._start_again)
