"""The servers of a node: their sockets, opened before anything else, and their processes, started again if they die.

The node takes each port first, so that a busy one is reported before anything has begun, and keeps it while the server is
started again. gRPC cannot be given a listening socket: the node holds its port by a socket that never listens, and the
server opens the same port beside it (SO_REUSEPORT). What differs between servers stands in `server_kinds`.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial

from framecast.bus.channel import Fields
from framecast.node.access_mode import AccessState
from framecast.node.config import Config
from framecast.node.forks import Parent
from framecast.node.server_kinds import KINDS, Endpoint, ServerKind
from framecast.node.server_process import ServerProcess
from framecast.servers.settings import LogSocket, Settings

# With the streams' own time to stop this stays below the ten seconds that a node may take to end.
DRAIN_S = 3.0
# The streams begin to end after this, although a server has not.
LET_GO_S = 1.5


class Servers:
    """The servers that a configuration asks for. `open` takes their ports, `start` their processes.

    Raises:
        Conflict: a port is in use.
        Denied, Invalid: this user may not open it, or the address is not of this machine.
    """

    def __init__(self, config: Config, access: AccessState, stack: AsyncExitStack) -> None:
        self._config = config
        self._access = access
        self._stack = stack
        self._endpoints: dict[str, tuple[ServerKind, Endpoint]] = {}
        self._sockets: dict[str, socket.socket] = {}
        self._processes: dict[str, ServerProcess] = {}
        self._portless: set[str] = set()  # that were asked for
        self._ends: list[asyncio.Task[None]] = []
        self._fork: Callable[[ServerKind], None] = lambda _: None
        self._first = config
        stack.push_async_callback(self._close)
        self._open()

    @property
    def urls(self) -> dict[str, str]:
        """The address of each endpoint, by its name."""
        return {name: self._url(name) for name in self._endpoints}

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules of all servers that have a port."""
        return tuple(dict.fromkeys(kind.module for kind, _ in self._endpoints.values()))

    def start(self, parent: Parent, log_fd: int, on_end: Callable[[str], None]) -> None:
        """Have all processes forked by `parent`; they are ended with the stack, all at the same time. `on_end` gets the name of each that ends."""
        self._stack.push_async_callback(self._let_go)

        def fork(kind: ServerKind) -> None:
            settings = self._settings(kind, log_fd)
            sockets = [self._sockets[name] for name, (owner, _) in self._endpoints.items() if owner is kind]
            fds = [*(sock.fileno() for sock in sockets), log_fd]
            ended = partial(on_end, kind.name)
            self._processes[kind.name] = ServerProcess(parent, kind.name, kind.module, settings, fds, ended)
            self._processes[kind.name].start()

        self._fork = fork
        self._fork_missing()

    def begin(self, name: str) -> None:
        """Have a server run that has no port, from now on or from `start` on. Idempotent."""
        self._portless.add(name)
        self._fork_missing()

    def renew(self, config: Config, access: AccessState) -> None:
        """Go on with another configuration of the same ports: servers whose settings have changed are started again.

        After the setup those that have waited for it are opened and started.

        Raises:
            Conflict, Denied, Invalid: a port of theirs cannot be opened. Everything else has changed.
        """
        self._config, self._access = config, access
        for kind, endpoint in _endpoints(config):
            if endpoint.name in self._sockets:
                self._endpoints[endpoint.name] = kind, endpoint
        for kind in KINDS:
            process = self._processes.get(kind.name)
            if process is None or process.settings.log is None:
                continue
            settings = self._settings(kind, process.settings.log.fd)
            if replace(settings, log=None) != replace(process.settings, log=None):
                process.renew(settings, DRAIN_S)
        self._open()
        self._fork_missing()

    def _open(self) -> None:
        """Open the ports that may be open now, of the servers that the node has begun with."""
        for kind, endpoint in _endpoints(self._first):
            if endpoint.name in self._sockets or (self._access.setup and not kind.runs_in_setup):
                continue
            sock = endpoint.open(endpoint.host, endpoint.port, endpoint.key)
            self._sockets[endpoint.name] = self._stack.enter_context(sock)
            self._endpoints[endpoint.name] = kind, endpoint

    def _fork_missing(self) -> None:
        """Start every server that has its ports and no process."""
        portless = (kind for kind in KINDS if kind.name in self._portless)
        for kind in dict.fromkeys((*(kind for kind, _ in self._endpoints.values()), *portless)):
            if kind.name not in self._processes:
                self._fork(kind)

    @property
    def pids(self) -> list[int]:
        """All processes that run."""
        return [process.pid for process in self._processes.values() if process.pid]

    async def _let_go(self) -> None:
        """Ask all to end, and give their viewers a moment before the streams end."""
        self._ends = [asyncio.create_task(process.close(DRAIN_S)) for process in self._processes.values()]
        if self._ends:
            await asyncio.wait(self._ends, timeout=LET_GO_S)

    async def _close(self) -> None:
        await asyncio.gather(*self._ends)

    def info(self) -> Fields:
        """Return address, process and restarts of each endpoint, and whether the process has answered since its start."""
        found = {
            name: self._processes[kind.name]
            for name, (kind, _) in self._endpoints.items()
            if kind.name in self._processes
        }
        return {
            name: {
                "url": self._url(name),
                "pid": process.pid,
                "restarts": process.restarts,
                "answers": process.answers,
            }
            for name, process in found.items()
        }

    def info_of_portless(self) -> Fields:
        """Return process and restarts of each server that has no port, as `info` has them."""
        found = {name: self._processes[name] for name in self._portless if name in self._processes}
        return {
            name: {"pid": process.pid, "restarts": process.restarts, "answers": process.answers}
            for name, process in found.items()
        }

    def _url(self, name: str) -> str:
        _, endpoint = self._endpoints[name]
        return endpoint.url(self._sockets[name])

    def _settings(self, kind: ServerKind, log_fd: int) -> Settings:
        given = self._config.log
        log = LogSocket(fd=log_fd, level=given.level, levels=dict(given.levels))
        return kind.settings(self._config, self._access, self._sockets, log)


def _endpoints(config: Config) -> Iterator[tuple[ServerKind, Endpoint]]:
    return ((kind, endpoint) for kind in KINDS for endpoint in kind.endpoints(config))
