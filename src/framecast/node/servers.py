"""The servers of a node: their sockets, opened before anything else, and their processes, started again if they die.

A port is taken here first, so that a busy one is told before anything has begun, and is kept while its server is
started again. gRPC cannot be given a listening socket: the node holds its port by a socket that never listens, and the
server opens the same port beside it (SO_REUSEPORT).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

from framecast.bus.channel import Fields
from framecast.model.setting import to_json
from framecast.node import port
from framecast.node.config import Config
from framecast.node.server_process import ServerProcess

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

    def __init__(self, config: Config, stack: AsyncExitStack) -> None:
        self._config = config
        self._stack = stack
        self._sockets: dict[str, socket.socket] = {}
        self._processes: dict[str, ServerProcess] = {}
        self._ends: list[asyncio.Task[None]] = []
        stack.push_async_callback(self._close)
        self._sockets["web"] = stack.enter_context(port.listen(config.host, config.port))
        if config.grpc.enabled:
            found = port.reserve(config.grpc.host or config.host, config.grpc.port, "grpc.port")
            self._sockets["grpc"] = stack.enter_context(found)
        if config.zmq.enabled:
            found = port.listen(config.zmq.host, config.zmq.port, "zmq.port")
            self._sockets["zmq"] = stack.enter_context(found)
            if config.zmq.imagezmq_port is not None:
                found = port.listen(config.zmq.imagezmq_host, config.zmq.imagezmq_port, "zmq.imagezmq_port")
                self._sockets["imagezmq"] = stack.enter_context(found)

    @property
    def urls(self) -> dict[str, str]:
        """Where each server is called, by its name."""
        return {name: self._url(name) for name in self._sockets}

    def start(self, log_fd: int, on_end: Callable[[str], None]) -> None:
        """Start all processes; they are ended with the stack, all at the same time. `on_end` hears the name of each that ends."""
        self._stack.push_async_callback(self._let_go)
        for name, module in _MODULES.items():
            if name in self._sockets:
                sock = self._sockets[name]
                given = self._settings(name, log_fd)
                further = (
                    [self._sockets["imagezmq"].fileno()]
                    if name == "zmq" and "imagezmq" in self._sockets
                    else []
                )
                fds = [sock.fileno(), log_fd, *further]
                self._processes[name] = ServerProcess(name, module, given, fds, partial(on_end, name))
                self._processes[name].start()

    def renew(self, config: Config) -> None:
        """Go on with another configuration of the same ports: servers whose settings have changed are started again."""
        self._config = config
        for name, process in self._processes.items():
            log_fd = process.settings["log"]["fd"]
            settings = self._settings(name, log_fd)
            if {**settings, "log": None} != {**process.settings, "log": None}:
                process.renew(settings, DRAIN_S)

    @property
    def pids(self) -> list[int]:
        """All processes that run."""
        return [process.pid for process in self._processes.values() if process.pid]

    async def _let_go(self) -> None:
        """Tell all to end, and give their viewers a moment before the streams end."""
        self._ends = [asyncio.create_task(process.close(DRAIN_S)) for process in self._processes.values()]
        if self._ends:
            await asyncio.wait(self._ends, timeout=LET_GO_S)

    async def _close(self) -> None:
        await asyncio.gather(*self._ends)

    def info(self) -> Fields:
        """Return address, process and restarts of each server, and whether the process has answered since its start."""
        found = {name: self._processes.get("zmq" if name == "imagezmq" else name) for name in self._sockets}
        return {
            name: {
                "url": self._url(name),
                "pid": process.pid,
                "restarts": process.restarts,
                "answers": process.answers,
            }
            for name, process in found.items()
            if process is not None
        }

    def _url(self, name: str) -> str:
        sock = self._sockets[name]
        return port.url(sock, self._config.base_path) if name == "web" else port.address(sock, _SCHEMES[name])

    def _settings(self, name: str, log_fd: int) -> dict[str, Any]:
        return self._common(self._sockets[name], log_fd) | self._own(name)

    def _common(self, sock: socket.socket, log_fd: int) -> dict[str, Any]:
        """What every server is told: see `framecast.servers.launch`."""
        config, settings = self._config, self._config.log
        host, number = sock.getsockname()[:2]
        return {
            "fd": sock.fileno(),
            "host": host,
            "port": number,
            "runtime_dir": str(config.runtime_dir),
            "access_token": config.token() or None,
            "data_dir": str(config.data_dir),
            "log": {"fd": log_fd, "level": settings.level, "levels": dict(settings.levels)},
        }

    def _own(self, name: str) -> dict[str, Any]:
        """What only one of them is told: the keys of its section."""
        if name == "web":
            config = self._config
            keys = ("base_path", "hosts", "origins", "trusted_proxies")
            return {key: getattr(config, key) for key in keys}
        section = self._config.grpc if name == "grpc" else self._config.zmq
        own = {
            key: value for key, value in to_json(section).items() if key not in ("enabled", "host", "port")
        }
        if name == "zmq" and "imagezmq" in self._sockets:
            own["imagezmq_fd"] = self._sockets["imagezmq"].fileno()
        return own


# In the order in which they start.
_MODULES = {"web": "framecast.servers.web", "grpc": "framecast.servers.rpc", "zmq": "framecast.servers.zmq"}
_SCHEMES = {"grpc": "grpc", "zmq": "tcp", "imagezmq": "tcp"}
