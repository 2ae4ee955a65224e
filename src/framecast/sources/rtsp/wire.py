"""The bytes of an RTSP connection: responses, and RTP packets between them (RFC 2326 section 10.12).

One `recv` takes all that is there; whole packets are cut out of it. All is bounded, whatever a server sends: heads, bodies, and what is
no protocol at all, which is skipped up to the next packet. The source's thread.
"""

from __future__ import annotations

import re
import socket
import ssl
import struct
from dataclasses import dataclass, field
from time import monotonic

from framecast.errors import SourceError
from framecast.model import REASONS
from framecast.model.number import integer

MAX_HEAD_BYTES = 16 << 10
MAX_BODY_BYTES = 64 << 10
_MAX_HEADERS = 100
_READ_BYTES = 256 << 10
_MAX_PACKET_BYTES = 4 + 65535
# A read that waits returns this often, for who has to look at the clock.
TICK_S = 0.2
_SEND_S = 2
_DOLLAR = 0x24
_MESSAGE = re.compile(
    rb"(?:RTSP|HTTP)/\d|(?:OPTIONS|ANNOUNCE|REDIRECT|[GS]ET_PARAMETER|TEARDOWN|DESCRIBE|PLAY|PAUSE) "
)
_LONGEST_WORD = 16
_NEXT = re.compile(rb"\$|RTSP/1")
_STATUS = re.compile(r"RTSP/\d\.\d\s+(\d{3})(?!\d)")
_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Message:
    """A response, or a request of the server's: then its status is 0. Names of headers are in small letters."""

    status: int
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the first header of a name, '' where there is none."""
        return self.headers.get(name, [""])[0]


Item = tuple[int, bytes] | Message


class Wire:
    """One connection. `channels` are those of the session's tracks, once they are known; `damage` counts what was skipped."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._is_tls = isinstance(sock, ssl.SSLSocket)
        if self._is_tls:
            sock.settimeout(TICK_S)
        else:
            # Blocking with a limit in the kernel: one system call a read, where Python's own timeouts take two.
            sock.settimeout(None)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _interval(TICK_S))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _interval(_SEND_S))
        self._buffer = bytearray(_READ_BYTES + _MAX_PACKET_BYTES + MAX_BODY_BYTES)
        self._view = memoryview(self._buffer)
        self._size = 0
        self._in_step = True
        self._dropping = False  # a head that is too long
        self.channels: frozenset[int] = frozenset()
        self.damage = 0

    @property
    def family(self) -> int:
        """The connection's: AF_INET or AF_INET6."""
        return self._socket.family

    def ends(self) -> tuple[str, str, int]:
        """Return the addresses at this end and at the other one, and their scope, which IPv6 has where they are of one link.

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
            if self._is_tls:
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
            count = self._socket.recv_into(self._view[self._size :])
        except (BlockingIOError, InterruptedError, TimeoutError):
            return
        except OSError:
            count = 0
        if not count:
            raise SourceError("closed", REASONS["closed"])
        self._size += count

    def items(self) -> list[Item]:
        """Return all that is complete, in its order.

        Raises:
            SourceError: bad-data.
        """
        buffer, view, size = self._buffer, self._view, self._size
        found: list[Item] = []
        at = 0
        while size - at >= (4 if self._in_step else 5):
            if buffer[at] == _DOLLAR and (self._in_step or self._is_plausible(at)):
                end = at + 4 + (buffer[at + 2] << 8 | buffer[at + 3])
                if end > size:
                    break
                found.append((buffer[at + 1], bytes(view[at + 4 : end])))
                self._in_step = True
                at = end
                continue
            after = self._other(at, found)
            if after == at:
                break
            at = after
        if at:
            # What is left is a part of one packet, mostly nothing.
            self._buffer[: size - at] = view[at:size].tobytes()
            self._size = size - at
        return found

    def close(self, last: bytes) -> None:
        """Send a last request, and hang up without waiting for its answer. Idempotent."""
        try:
            if last:
                self._socket.send(last, *(() if self._is_tls else (socket.MSG_DONTWAIT,)))
            self._socket.shutdown(socket.SHUT_WR)
            # Closing with bytes unread would reset the connection, and the request with it.
            self._drain()
        except OSError:
            pass
        self._socket.close()

    def _drain(self) -> None:
        until = monotonic() + TICK_S
        while monotonic() < until and self._socket.recv_into(self._view):
            pass

    def _is_plausible(self, at: int) -> bool:
        """After junk, a packet is believed if it is of a known channel and begins as RTP or RTCP does."""
        return self._buffer[at + 1] in self.channels and self._buffer[at + 4] >> 6 == 2

    def _other(self, at: int, found: list[Item]) -> int:
        """Take a message, or skip junk; returns where to go on, `at` itself where more bytes are needed."""
        head = bytes(self._view[at : min(self._size, at + _LONGEST_WORD)])
        if self._dropping or (head[0] != _DOLLAR and _MESSAGE.match(head)):
            return self._message(at, found)
        self.damage += self._in_step
        self._in_step = False
        following = _NEXT.search(self._buffer, at + 1, self._size)
        if following:
            return following.start()
        # The last bytes may be the beginning of what is searched for.
        return max(at, self._size - 6)

    def _message(self, at: int, found: list[Item]) -> int:
        end = _END.search(self._buffer, at, self._size)
        if end is None:
            if self._dropping or self._size - at > MAX_HEAD_BYTES:
                # Its end is waited for, as long as the caller has time, but none of it is kept.
                self._dropping = True
                return max(at, self._size - 3)
            return at
        if self._dropping or end.end() - at > MAX_HEAD_BYTES + 4:
            raise SourceError("bad-data", "the server sends a head without measure")
        status, headers = _parsed(bytes(self._view[at : end.start()]))
        length = headers.get("content-length", ["0"])[-1]
        try:
            stop = end.end() + integer(length, 0, MAX_BODY_BYTES)
        except ValueError:
            raise SourceError("bad-data", "the server sends a body without measure") from None
        if stop > self._size:
            return at
        found.append(Message(status, headers, bytes(self._view[end.end() : stop])))
        self._in_step = True
        return stop


def _parsed(head: bytes) -> tuple[int, dict[str, list[str]]]:
    first, *lines = head.decode("latin-1").replace("\r", "").split("\n")
    status = _STATUS.match(first)
    if status is None and first.startswith(("RTSP/", "HTTP/")):
        raise SourceError("bad-data", "the server does not speak RTSP")
    if len(lines) > _MAX_HEADERS:
        raise SourceError("bad-data", "the server sends headers without measure")
    headers: dict[str, list[str]] = {}
    name = ""
    for line in filter(None, lines):
        if line[:1] in (" ", "\t") and name:
            headers[name][-1] += " " + line.strip()
            continue
        name, _, value = line.partition(":")
        name = name.strip().lower()
        headers.setdefault(name, []).append(value.strip())
    return integer(status[1], 0, 999) if status else 0, headers


def _interval(seconds: float) -> bytes:
    """A struct timeval."""
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
