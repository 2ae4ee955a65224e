"""The listening socket of one port: accepts subscribers, and looks after those who do not move. Event loop only."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from contextlib import suppress

from framecast.servers.zmq.connection import Connection
from framecast.servers.zmq.feeds import Feeds
from framecast.servers.zmq.mechanism import Mechanism

MAX_CONNECTIONS = 500
CHECK_S = 2.0
_AT_ONCE = 32
# So much may lie unsent in the kernel beside what is on its way: what lies there is not the newest any more.
_UNSENT_BYTES = 512 << 10

log = logging.getLogger("framecast.zmq")


class Listener:
    """Lets subscribers in. `mechanism` says how one at an address may show who it is."""

    def __init__(self, fd: int, feeds: Feeds, mechanism: Callable[[str], Mechanism]) -> None:
        self._sock = socket.socket(fileno=fd)
        self._sock.setblocking(False)
        self._feeds = feeds
        self._mechanism = mechanism
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._paused: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._sock.fileno(), self._on_readable)

    def close(self) -> None:
        """Let nobody in any more; the socket itself is the node's."""
        self._loop.remove_reader(self._sock.fileno())
        for timer in (self._timer, self._paused):
            if timer is not None:
                timer.cancel()
        self._sock.detach()

    def _on_readable(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:  # no descriptors are left: those who wait are tried again later
                log.warning("a subscriber cannot be let in: %s", error.strerror)
                self._pause()
                return
            self._let_in(sock, str(address[0]) if address else "")

    def _let_in(self, sock: socket.socket, address: str) -> None:
        if len(self._feeds.connections) >= MAX_CONNECTIONS:
            log.warning("the subscriber at %s is turned away: %d are connected", address, MAX_CONNECTIONS)
            self._feeds.on_refused("full")
            sock.close()
            return
        sock.setblocking(False)
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
            sock.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _UNSENT_BYTES)
        connection = Connection(sock, address, self._feeds, self._mechanism(address))
        self._feeds.connections.add(connection)
        if self._timer is None:
            self._timer = self._loop.call_later(CHECK_S, self._check)

    def _check(self) -> None:
        self._timer = None
        for connection in tuple(self._feeds.connections):
            connection.check()
        if self._feeds.connections:
            self._timer = self._loop.call_later(CHECK_S, self._check)

    def _pause(self) -> None:
        self._loop.remove_reader(self._sock.fileno())
        self._paused = self._loop.call_later(
            CHECK_S, self._loop.add_reader, self._sock.fileno(), self._on_readable
        )


_TCP_NOTSENT_LOWAT = 25  # linux/tcp.h
