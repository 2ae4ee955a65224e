"""The connection to an RTSP server: `protocols.rtsp` on a socket, with or without TLS. The source's thread.

One `recv` takes all that is there. A read waits for a tick at most; a message or a packet that is not complete stays for the next one.
"""

from __future__ import annotations

import socket
import ssl
import struct
from time import monotonic

from framecast.errors import Broken, SourceError
from framecast.model import REASONS
from framecast.model.networks import Networks
from framecast.protocols.rtsp.messages import Item, Reader

# A read that waits returns this often, because its caller has to look at the clock.
TICK_S = 0.2
_SEND_S = 2


class Connection(Reader):
    """One connection, and what it receives. `networks` are those that the server may name addresses of, None for all."""

    def __init__(self, sock: socket.socket, networks: Networks | None = None) -> None:
        super().__init__()
        self._socket = sock
        self.networks = networks
        self.is_tls = isinstance(sock, ssl.SSLSocket)
        if self.is_tls:
            sock.settimeout(TICK_S)
        else:
            # Blocking with a limit in the kernel: one system call a read, where Python's own timeouts take two.
            sock.settimeout(None)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _interval(TICK_S))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _interval(_SEND_S))

    @property
    def family(self) -> int:
        """The connection's: AF_INET or AF_INET6."""
        return self._socket.family

    def ends(self) -> tuple[str, str, int]:
        """Return the addresses at this end and at the other one, and their scope, which link-local addresses of IPv6 have.

        Raises:
            SourceError: closed.
        """
        try:
            here, there = self._socket.getsockname(), self._socket.getpeername()
        except OSError:
            raise SourceError("closed", REASONS["closed"]) from None
        return str(here[0]), str(there[0]), here[3] if len(here) > 3 else 0

    def fileno(self) -> int:
        """The connection's descriptor."""
        return self._socket.fileno()

    def send(self, data: bytes) -> None:
        """Send a request, or a packet.

        Raises:
            SourceError: closed.
        """
        try:
            if self.is_tls:
                self._socket.settimeout(_SEND_S)
                self._socket.sendall(data)
                self._socket.settimeout(TICK_S)
            else:
                self._socket.sendall(data)
        except OSError:
            raise SourceError("closed", REASONS["closed"]) from None

    def receive(self) -> None:
        """Wait for bytes, for a tick at most.

        Raises:
            SourceError: closed.
        """
        try:
            count = self._socket.recv_into(self.room)
        except (BlockingIOError, InterruptedError, TimeoutError):
            return
        except OSError:
            count = 0
        if not count:
            raise SourceError("closed", REASONS["closed"])
        self.received(count)

    def items(self) -> list[Item]:
        """Return all that is complete, in its order.

        Raises:
            SourceError: bad-data.
        """
        try:
            return super().items()
        except Broken as error:
            raise SourceError("bad-data", str(error)) from None

    def close(self, last: bytes) -> None:
        """Send a last request, and close the connection without waiting for its answer. Idempotent."""
        try:
            if last:
                self._socket.send(last, *(() if self.is_tls else (socket.MSG_DONTWAIT,)))
            self._socket.shutdown(socket.SHUT_WR)
            # Closing with bytes unread would reset the connection, and the request with it.
            self._drain()
        except OSError:
            pass
        self._socket.close()

    def _drain(self) -> None:
        until = monotonic() + TICK_S
        while monotonic() < until and self._socket.recv_into(self.room):
            pass


def _interval(seconds: float) -> bytes:
    """A struct timeval."""
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
