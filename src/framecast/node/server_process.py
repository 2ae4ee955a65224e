"""A server's process: forked by the node's parent, with its settings on stdin, started again if it dies.

stdin is a socket and stays open as long as the node lives: its end tells the process that it is alone, and over it
the node asks for a sign of life. A process that does not answer is killed and started again. Nothing secret goes through
the parent. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace

from framecast.log import get_logger
from framecast.model.backoff import Backoff
from framecast.node.exit_status import ExitStatus
from framecast.node.forks import Child, Parent
from framecast.node.pulse import START_S, Pulse, weight_of
from framecast.node.spawned import KILLED_S
from framecast.servers.settings import Settings

STEADY_S = 10.0

log = get_logger(__name__)


class ServerProcess:
    """`parent` forks what runs `module`; it has `fds` under the same numbers; `on_end` hears of each end.

    `on_channel` is for a server that has no port but a socket pair with the node: it gets the node's end at each start, and the settings name the other.
    """

    def __init__(
        self,
        parent: Parent,
        name: str,
        module: str,
        settings: Settings,
        fds: Sequence[int],
        on_end: Callable[[], None] = lambda: None,
        on_channel: Callable[[socket.socket], None] | None = None,
    ) -> None:
        self.name = name
        self._told_end = on_end
        self.restarts = 0
        self._parent = parent
        self._module = module
        self.settings = settings
        self._renewing = False
        self._fds = tuple(fds)
        self._on_channel = on_channel
        self._process: Child | None = None
        self._stdin: socket.socket | None = None
        self._pulse: Pulse | None = None
        self._answered = asyncio.Event()
        self.answers = False  # it has since its start
        self._ended = asyncio.Event()
        self._backoff = Backoff(5.0)
        self._loop = asyncio.get_running_loop()
        self._started_at = 0.0
        self._retry: asyncio.TimerHandle | None = None
        self._closing = False

    @property
    def pid(self) -> int:
        """The process, 0 while there is none or it is not known yet."""
        return self._process.pid if self._process else 0

    def start(self) -> None:
        """Start it; returns at once."""
        self._ended.clear()
        self._started_at = self._loop.time()
        settings, fds = self.settings, self._fds
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        with ExitStack() as sent:
            sent.enter_context(theirs)
            if self._on_channel is not None:
                asking, answering = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
                sent.enter_context(answering)
                settings, fds = replace(settings, fd=answering.fileno()), (answering.fileno(), *fds)
                self._on_channel(asking)
            self._process = self._parent.fork(self._module, [theirs.fileno(), *fds], self._on_end, fds)
        self._stdin = ours
        with suppress(OSError):
            ours.sendall(settings.to_line())
        ours.setblocking(False)
        self._loop.add_reader(ours, self._hear, ours)
        self._pulse = Pulse(
            self._ask, self._silent, weigh=lambda: weight_of(self.pid, not self.answers), start_s=START_S
        )

    async def close(self, timeout_s: float) -> None:
        """Tell it to end and wait; it is killed where it does not end in time."""
        self._closing = True
        if self._retry is not None:
            self._retry.cancel()
        if self._process is None:
            return
        self._close_stdin()
        if await self._ends_within(timeout_s):
            return
        log.warning("a server did not end in time and was killed", name=self.name)
        self._process.kill()
        if not await self._ends_within(KILLED_S):
            self._leave_behind()

    def renew(self, settings: Settings, drain_s: float) -> None:
        """Start it again with other settings, after it has drained; it is killed where that takes longer."""
        self.settings = settings
        if self._process is not None and not self._renewing:
            log.info("a server is started again with other settings", name=self.name)
            self._renewing = True
            self._close_stdin()
            self._retry = self._loop.call_later(drain_s, self.kill)

    def kill(self) -> None:
        """End it now."""
        if self._process is not None:
            self._process.kill()

    async def _ends_within(self, timeout_s: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._ended.wait()
        return self._ended.is_set()

    # --- its life

    async def _ask(self) -> None:
        self._answered.clear()
        if self._stdin is not None:
            with suppress(OSError):
                self._stdin.send(b".")
        await self._answered.wait()

    def _hear(self, stdin: socket.socket) -> None:
        try:
            heard = stdin.recv(4096)
        except BlockingIOError:
            return
        except OSError:
            heard = b""
        if heard:
            self.answers = True
            self._answered.set()
        else:  # it ends, which its process tells in its own way
            self._loop.remove_reader(stdin)

    def _silent(self) -> None:
        log.error("a server does not answer and is replaced", name=self.name, pid=self.pid)
        if self._process is not None:
            self._process.kill()
            self._retry = self._loop.call_later(KILLED_S, self._replace)

    def _replace(self) -> None:
        """Start another where even the kernel could not end the one before."""
        if self._process is not None:
            self._leave_behind()
            self._start_later("it could not be ended")

    def _leave_behind(self) -> None:
        log.error("a process cannot be ended and is left behind", name=self.name, pid=self.pid)
        if self._process is not None:
            self._process.leave()
        self._forget()

    def _on_end(self, how: ExitStatus) -> None:
        if self._retry is not None:
            self._retry.cancel()
        self._forget()
        if self._closing:
            return
        if self._renewing:
            self._start_again()
        else:
            self._start_later(str(how) or "exit code 0")

    def _forget(self) -> None:
        self._close_stdin()
        self._process = None
        self.answers = False
        self._ended.set()
        self._told_end()

    def _close_stdin(self) -> None:
        if self._pulse is not None:
            self._pulse.stop()
        if self._stdin is not None:
            self._loop.remove_reader(self._stdin)
            self._stdin.close()
            self._stdin = None

    def _start_later(self, how: str) -> None:
        if self._loop.time() - self._started_at > STEADY_S:
            self._backoff.reset()
        self.restarts += 1
        log.error("a server died and is started again", name=self.name, how=how)
        self._retry = self._loop.call_later(self._backoff.next_s(), self._start_again)

    def _start_again(self) -> None:
        self._renewing = False
        try:
            self.start()
        except OSError as error:
            log.error("a server cannot be started", name=self.name, why=error.strerror)
            self._retry = self._loop.call_later(self._backoff.next_s(), self._start_again)
