"""How connections of clients go from the web server to the files server, and back: their sockets by SCM_RIGHTS, over a socket in the runtime folder.

The files server is a second process of this same application, without a port. It answers the requests that move many bytes (`FilePaths`), so that
live viewers, whose loop is that of the web server, do not feel them. Gate, limits, clocks and routes are the same code in both. While the files server is not
there (the library was never used, it is being started again), the web server answers these requests itself. Event loop only.
"""

from __future__ import annotations

import asyncio
import base64
import os
import re
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from framecast.bus import Channel
from framecast.control.aio import AsyncChannel
from framecast.errors import FramecastError
from framecast.log import get_logger
from framecast.servers.access.registry import Registry
from framecast.servers.web.http.requests import Requests
from framecast.servers.web.http.shared_connection import Neighbour, SharedConnection

# No longer than that of the node's own socket: a path to a socket has a limit.
SOCKET_NAME = "file.sock"
FIGURES_S = 1.0
_BACKLOG = 8
_TAKE, _FIGURES = "take", "figures"

# Makes the connection that begins with these bytes.
Make = Callable[[bytes], SharedConnection]

log = get_logger(__name__)


_PATH = rb"(?:%s)?/api/(?:uploads(?:/[^/? ]*)?|videos/[^/? ]+/(?:media/[^? ]+|download|original))[? ]"


class FilePaths:
    """Knows which requests are for the files server: uploads, and the bytes of stored videos."""

    def __init__(self, base_path: str) -> None:
        path = _PATH % re.escape(base_path.encode())
        self._target = re.compile(path)
        self._line = re.compile(rb"[A-Z]{3,7} " + path)

    def begins(self, data: bytes) -> bool:
        """Return whether bytes begin such a request. False for what is written in another way than usual, or not here yet."""
        return self._line.match(data) is not None

    def has(self, url: bytes) -> bool:
        """Return whether such a request has this target."""
        return self._target.match(url + b" ") is not None


class _Crossing(Neighbour):
    """One end: gives connections, and makes with `make` those that come."""

    def __init__(self, paths: FilePaths) -> None:
        self.paths = paths
        self.make: Make
        self._arriving: set[asyncio.Task[None]] = set()

    def give(self, channel: AsyncChannel | None, connection: SharedConnection, data: bytes) -> bool:
        """Give the other process a connection of which `data` was read. If that is not possible, nothing has happened."""
        transport = connection.transport
        sock = transport.get_extra_info("socket")
        if channel is None or sock is None or transport.is_closing() or transport.get_write_buffer_size():
            return False
        fields = {"op": _TAKE, "bytes": base64.b64encode(data).decode()}
        try:
            channel.send(fields, (sock.fileno(),))
        except (FramecastError, OSError) as error:
            log.debug("a connection could not be given to the other process: %s", error)
            return False
        connection.leave()
        return True

    def arrive(self, fields: dict[str, Any], fds: tuple[int, ...]) -> None:
        """Go on with a connection that the other process has given."""
        for fd in fds[1:]:
            os.close(fd)
        connection = self.make(base64.b64decode(fields["bytes"]))
        task = asyncio.get_running_loop().create_task(_begin(connection, socket.socket(fileno=fds[0])))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)


class WebCrossing(_Crossing):
    """The end of the web server. `requests` also counts what the files server has answered."""

    def __init__(self, folder: Path, paths: FilePaths, requests: Requests) -> None:
        super().__init__(paths)
        self.open_there = 0  # connections that the files server has
        self.replaced_there = 0  # that it has closed for newcomers
        self._path = folder / SOCKET_NAME
        self._requests = requests
        self._channel: AsyncChannel | None = None

    def take(self, connection: SharedConnection, data: bytes) -> bool:
        """Give the files server what is its own, while it is there."""
        return self.paths.begins(data) and self.give(self._reach(), connection, data)

    def serves(self, url: bytes) -> bool:
        """Everything is answered here."""
        return True

    def close(self) -> None:
        """End the connection to the files server. Idempotent."""
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def _reach(self) -> AsyncChannel | None:
        if self._channel is None:
            try:
                channel = AsyncChannel(Channel.connect(self._path), self._count, self.arrive)
            except FramecastError:
                return None
            channel.ended.add_done_callback(self._on_end)
            self._channel = channel
        return self._channel

    def _on_end(self, _ended: object) -> None:
        self._channel = None
        self.open_there = 0

    def _count(self, fields: dict[str, Any]) -> None:
        self.open_there = fields["open"]
        self.replaced_there += fields["replaced"]
        self._requests.add_all(fields)


class FilesCrossing(_Crossing):
    """The end of the files server: listens for the web server, gives back what is not its own, and reports what it counts. Made before the loop runs."""

    def __init__(
        self, listener: socket.socket, paths: FilePaths, requests: Requests, connections: Registry
    ) -> None:
        super().__init__(paths)
        self._listener = listener
        self._requests, self._connections = requests, connections
        self._replaced = 0  # what was reported of them
        self._channel: AsyncChannel | None = None
        self._reporting: asyncio.Task[None] | None = None

    def take(self, connection: SharedConnection, data: bytes) -> bool:
        """Give back what is not for this process; without a web server the connection ends."""
        if self.paths.begins(data):
            return False
        if not self.give(self._channel, connection, data):
            connection.transport.close()
        return True

    def serves(self, url: bytes) -> bool:
        """Only its own is answered here."""
        return self.paths.has(url)

    def listen(self) -> None:
        """Let the web server come."""
        loop = asyncio.get_running_loop()
        self._listener.listen(_BACKLOG)
        loop.add_reader(self._listener, self._accept)
        self._reporting = loop.create_task(self._report(), name="figures")

    def close(self) -> None:
        """Take no more connections. Idempotent."""
        if self._reporting is None:
            return
        self._reporting.cancel()
        self._reporting = None
        asyncio.get_running_loop().remove_reader(self._listener)
        self._listener.close()
        if self._channel is not None:
            self._send_figures(self._channel)
            self._channel.close()
            self._channel = None

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        self._channel = AsyncChannel(Channel(sock), lambda _fields: None, self.arrive)

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(FIGURES_S)
            if self._channel is not None and not self._channel.ended.done():
                self._send_figures(self._channel)

    def _send_figures(self, channel: AsyncChannel) -> None:
        replaced = self._connections.closed_for_others
        own = {"open": self._connections.count, "replaced": replaced - self._replaced}
        self._replaced = replaced
        with suppress(FramecastError):
            channel.send({"op": _FIGURES, **own, **self._requests.take()})


def open_listener(folder: Path) -> socket.socket:
    """Return the socket to which the web server comes; it takes the place of that of a process before this one. Only this user may connect."""
    path = folder / SOCKET_NAME
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
    finally:
        os.umask(before)
    listener.setblocking(False)
    return listener


async def _begin(connection: SharedConnection, sock: socket.socket) -> None:
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, sock)
    except OSError as error:  # the client is gone
        log.debug("a connection of a client ended on its way: %s", error)
        sock.close()
