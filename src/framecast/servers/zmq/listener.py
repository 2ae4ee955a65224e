"""The listening socket of one endpoint: accepts subscribers, and cuts off those that do not move. Event loop only."""

from __future__ import annotations

import asyncio
import logging
import socket
from contextlib import suppress

from framecast.errors import FramecastError
from framecast.servers.access.policy import Sight, Verdict, may
from framecast.servers.access.principal import Principal, Requirement
from framecast.servers.access.registry import Registry
from framecast.servers.access.vigil import Vigil
from framecast.servers.upkeep import Upkeep
from framecast.servers.zmq.authentication import Admission, Authentication
from framecast.servers.zmq.connection import Connection
from framecast.servers.zmq.feeds import Feeds

MAX_CONNECTIONS = 500
CHECK_S = 2.0
_AT_ONCE = 32
# At most this much lies unsent in the kernel beside what is on its way: what lies there is not the newest any more.
_UNSENT_BYTES = 512 << 10
_TCP_NOTSENT_LOWAT = 25  # linux/tcp.h
_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _UNSENT_BYTES),
)

log = logging.getLogger("framecast.zmq")


class Listener:
    """Accepts subscribers of `feeds`, each of which meets what the endpoint requires."""

    def __init__(
        self,
        fd: int,
        feeds: Feeds,
        authentication: Authentication,
        required: Requirement,
        vigil: Vigil,
        *,
        is_local: bool = False,
    ) -> None:
        """With `is_local` clients show nothing: the kernel says which user of this machine each is."""
        self.connections = Registry(MAX_CONNECTIONS)
        self.vigil = vigil
        vigil.registries.append(self.connections)
        self.asking: set[asyncio.Task[None]] = set()  # connections that wait for the database
        self._sock = socket.socket(fileno=fd)
        self._sock.setblocking(False)
        self.feeds = feeds
        self.authentication = authentication
        self.required = required
        self.is_local = is_local
        self.upkeep = Upkeep(CHECK_S)
        self._reading: set[asyncio.Task[None]] = set()  # connections that wait for the file of allowed keys
        self._loop = asyncio.get_running_loop()
        self._paused: asyncio.TimerHandle | None = None
        self._loop.add_reader(self._sock.fileno(), self._on_readable)

    def close(self) -> None:
        """Accept no more; the socket itself is the node's."""
        self._loop.remove_reader(self._sock.fileno())
        if self._paused is not None:
            self._paused.cancel()
        for task in (*self._reading, *self.asking):
            task.cancel()
        self._sock.detach()

    def _on_readable(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, address = self._sock.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:  # no descriptors are left: those who wait are tried again later
                log.warning("no subscriber can be accepted now: %s", error.strerror)
                self._pause()
                return
            self._accept(sock, str(address[0]) if address else "")

    def _accept(self, sock: socket.socket, address: str) -> None:
        if self.connections.count + len(self._reading) >= MAX_CONNECTIONS:
            log.warning("the subscriber at %s is refused: %d are connected", address, MAX_CONNECTIONS)
            self.feeds.on_refused("full")
            sock.close()
            return
        sock.setblocking(False)
        with suppress(OSError):
            for option in _OPTIONS:
                sock.setsockopt(*option)
        if self.required is Requirement.OPEN or self.is_local or not self.authentication.allowed.is_file:
            _Session(sock, address, self)
            return
        task = self._loop.create_task(self._begin_with_keys(sock, address))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _begin_with_keys(self, sock: socket.socket, address: str) -> None:
        """Begin the session when the keys that are allowed now are known."""
        try:
            await asyncio.to_thread(self.authentication.allowed.read)
        except asyncio.CancelledError:
            sock.close()
            raise
        _Session(sock, address, self)

    def _pause(self) -> None:
        self._loop.remove_reader(self._sock.fileno())
        self._paused = self._loop.call_later(
            CHECK_S, self._loop.add_reader, self._sock.fileno(), self._on_readable
        )


class _Session:
    """One subscriber from its first byte to its last, as the registry, the upkeep and the feeds know it."""

    def __init__(self, sock: socket.socket, address: str, listener: Listener) -> None:
        self._registry, self._upkeep, self._feeds = listener.connections, listener.upkeep, listener.feeds
        self._is_over = False
        self._registry.enter(self, address)
        self._registry.serve(self)
        self._listener = listener
        self._sight: Sight | None = None
        self._admission = Admission(listener.authentication.gate, address, listener.required, self._came_in)
        local = sock if listener.is_local else None
        mechanism = listener.authentication.mechanism(self._admission, listener.required, local)
        self._connection = Connection(sock, address, self, mechanism)
        if not self._is_over:
            self._feeds.connections.add(self._connection)
            self._upkeep.add(self)

    # --- who it is

    def _came_in(self, principal: Principal) -> None:
        self._registry.identify(self, principal, may_stay=self._may_stay)
        if principal.rights is not None:
            sight = self._sight = Sight(principal, self._listener.vigil.statuses)
            self._connection.sees = lambda name: sight.verdict(Requirement.WATCH, name) is Verdict.ALLOWED
            self._listener.vigil.start()

    def _may_stay(self, principal: Principal) -> bool:
        if self._sight is not None:
            self._sight.principal = principal
            self._feeds.on_judged(self._connection)
        return may(principal, self._listener.required)

    def on_waiting(self, connection: Connection) -> None:
        """Ask the database who it is."""
        task = asyncio.get_running_loop().create_task(self._ask(connection))
        self._listener.asking.add(task)
        task.add_done_callback(self._listener.asking.discard)

    async def _ask(self, connection: Connection) -> None:
        try:
            await self._admission.ask()
        except FramecastError as error:
            log.warning("the subscriber at %s cannot be identified now: %s", connection.address, error)
            connection.close()
            return
        connection.resume()

    # --- for the registry and the upkeep

    def check(self) -> None:
        """Cut off a subscriber that does not finish its handshake, or takes nothing."""
        self._connection.check()

    def let_go(self) -> None:
        """Close: the server is stopping."""
        self._connection.close()

    def give_way(self) -> None:
        """Never asked for: a subscriber does not wait for an answer."""

    def end(self) -> None:
        """Close: its principal may not stay."""
        self._connection.close()

    # --- for the connection: its `Owner`

    def on_subscribe(self, connection: Connection, topic: bytes) -> None:
        """It wants what begins with `topic`."""
        self._feeds.on_subscribe(connection, topic)

    def on_unsubscribe(self, connection: Connection, topic: bytes) -> None:
        """It does not any more."""
        self._feeds.on_unsubscribe(connection, topic)

    def on_refused(self, reason: str) -> None:
        """It, or something that it sent, was refused."""
        self._feeds.on_refused(reason)

    def on_gone(self, connection: Connection) -> None:
        """Its connection has ended."""
        self._is_over = True
        self._registry.leave(self)
        self._upkeep.discard(self)
        self._feeds.on_gone(connection)
