"""Messages between a node and the processes around it: JSON objects with file descriptors, over a UNIX socket.

A header of 12 bytes goes first: magic, protocol version, number of descriptors, length. Non-blocking inside, so
that the node can serve many peers from one loop; `wait` and `call` are for programs that have nothing else to do.
Bounded: a message has at most 4 MiB, and a peer that lets more than 8 MiB pile up is cut.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import socket
import struct
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple, Self

from framecast.bus.wire import VERSION
from framecast.errors import Broken, Closed, NodeUnavailable, ProtocolMismatch, WouldBlock, raise_if_error
from framecast.model.text import without_halves

_HEADER = struct.Struct("<4sBBHI")
_MAGIC = b"FCST"
MAX_MESSAGE_BYTES = 4 << 20
MAX_QUEUED_BYTES = 8 << 20
MAX_FDS = 8
# 64 KiB each: the node serves many peers from one loop.
_READS_AT_ONCE = 4

Fields = dict[str, Any]


class Message(NamedTuple):
    """One message and the descriptors that came with it; the receiver closes them."""

    fields: Fields
    fds: tuple[int, ...]


class Channel:
    """One end of a connection. One thread at a time sends, one receives."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._in = bytearray()
        self._in_fds: deque[int] = deque()
        self._ready: deque[Message] = deque()
        self._out: deque[tuple[memoryview, tuple[int, ...]]] = deque()
        self._out_bytes = 0
        self.closed = False
        # Nothing can be sent any more, because the other end is gone or this channel is closed.
        self.is_cut = False

    @classmethod
    def connect(cls, path: Path) -> Self:
        """Return a channel to the node that listens at `path`.

        Raises:
            NodeUnavailable: nobody does.
        """
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(str(path))
        except OSError as error:
            sock.close()
            raise NodeUnavailable(
                f"no node answers at {path} ({error.strerror or error}): start one with 'framecast serve', "
                "or set FRAMECAST_RUNTIME_DIR to the folder of a running one"
            ) from error
        return cls(sock)

    def fileno(self) -> int:
        """The socket, for select."""
        return self._sock.fileno()

    @property
    def wants_write(self) -> bool:
        """True while something waits to be sent: call `flush` when the socket can be written."""
        return bool(self._out)

    def peer_credentials(self) -> tuple[int, int, int]:
        """Return (pid, uid, gid) of the other end, as the kernel says (SO_PEERCRED)."""
        raw = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        pid, uid, gid = struct.unpack("3i", raw)
        return pid, uid, gid

    def send(self, fields: Fields, fds: Sequence[int] = (), *, escape: bool = False) -> None:
        """Send a message, or queue what the socket does not take now. The caller keeps its descriptors.

        With `escape` its texts have no halves of surrogate pairs, which the other end could not pass on as UTF-8.

        Raises:
            Broken: the other end is gone, or reads so slowly that too much has piled up.
        """
        if self.closed:
            raise Closed("this channel is closed")
        body = json.dumps(fields, separators=(",", ":")).encode()
        if escape and b"\\ud" in body:
            body = json.dumps(without_halves(fields), separators=(",", ":")).encode()
        if len(body) > MAX_MESSAGE_BYTES or self._out_bytes + len(body) > MAX_QUEUED_BYTES:
            self.close()
            raise Broken("the other end reads too slowly: the connection was closed")
        packet = _HEADER.pack(_MAGIC, VERSION, len(fds), 0, len(body)) + body
        self._out.append((memoryview(packet), tuple(os.dup(fd) for fd in fds)))
        self._out_bytes += len(packet)
        self.flush()

    def flush(self) -> None:
        """Send as much as the socket takes.

        Raises:
            Broken: the other end is gone. What it has said before can still be received.
        """
        while self._out:
            view, fds = self._out[0]
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
            try:
                sent = self._sock.sendmsg([view], ancillary, socket.MSG_NOSIGNAL)
            except BlockingIOError:
                return
            except OSError as error:
                self.is_cut = True
                self._forget_queued()
                raise Broken(f"the other end is gone ({error.strerror})") from error
            if not self._out:  # another thread has closed the channel meanwhile, and what was queued with it
                return
            self._out.popleft()
            for fd in fds:
                os.close(fd)
            self._out_bytes -= sent
            if sent < len(view):
                self._out.appendleft((view[sent:], ()))

    def receive(self) -> list[Message]:
        """Return the messages that are there, without waiting.

        Raises:
            Broken: the other end is gone or sends something else.
            ProtocolMismatch: it speaks another version.
        """
        self._read()
        messages = list(self._ready)
        self._ready.clear()
        return messages

    def wait(self, timeout_s: float | None = None) -> Message:
        """Return the next message.

        Raises:
            WouldBlock: none came in time.
            Broken, ProtocolMismatch: as `receive`.
        """
        deadline = None if timeout_s is None else monotonic() + timeout_s
        while not self._ready:
            left = None if deadline is None else max(0.0, deadline - monotonic())
            poller = select.poll()
            try:
                poller.register(self._sock, select.POLLIN | (select.POLLOUT if self._out else 0))
            except ValueError:  # a signal handler or another thread has closed it since
                raise Broken("this connection is closed") from None
            events = poller.poll(None if left is None else left * 1000)
            if not events:
                raise WouldBlock("the node did not answer in time")
            if events[0][1] & select.POLLOUT:
                self.flush()
            if events[0][1] & ~select.POLLOUT:
                self._read()
        return self._ready.popleft()

    def call(self, fields: Fields, timeout_s: float = 10.0) -> Fields:
        """Send a request and return the answer to it.

        Raises:
            FramecastError: what the other end answered, by its name in `framecast.errors`.
            WouldBlock: no answer came in time.
        """
        self.send(fields)
        return raise_if_error(self.wait(timeout_s).fields)

    def hang_up(self) -> None:
        """End the connection for both ends without closing it: a thread that waits for it finds that out, and closes."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close the socket and every descriptor that nobody took. Idempotent."""
        if self.closed:
            return
        self.closed = self.is_cut = True
        self._sock.close()
        self._forget_queued()
        pending = list(self._in_fds)
        pending += [fd for message in self._ready for fd in message.fds]
        for fd in pending:
            os.close(fd)
        self._in_fds.clear()
        self._ready.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _read(self) -> None:
        """Read what is there, but not for ever from somebody who never stops sending.

        Messages before the end are handed out first; the end is reported by the next call.
        """
        if self.closed:
            raise Broken("this connection is closed")
        for _ in range(_READS_AT_ONCE):
            try:
                data, ancillary, _, _ = self._sock.recvmsg(
                    65536, socket.CMSG_SPACE(MAX_FDS * 4), socket.MSG_CMSG_CLOEXEC
                )
            except BlockingIOError:
                return
            except OSError as error:
                self._end(f"the other end is gone ({error.strerror})")
                return
            for level, kind, raw in ancillary:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    self._in_fds.extend(array.array("i", raw[: len(raw) // 4 * 4]))
            if not data:
                self._end("the other end is gone")
                return
            self._in += data
            self._parse()
            if len(self._in_fds) > MAX_FDS:
                self.close()
                raise Broken("the other end sends descriptors that no message announces")

    def _forget_queued(self) -> None:
        """Drop what waits to be sent."""
        out = list(self._out)
        self._out.clear()
        self._out_bytes = 0
        for _, fds in out:
            for fd in fds:
                os.close(fd)

    def _end(self, why: str) -> None:
        if not self._ready:
            self.close()
            raise Broken(why)

    def _parse(self) -> None:
        while len(self._in) >= _HEADER.size:
            magic, version, n_fds, _, length = _HEADER.unpack_from(self._in)
            if magic != _MAGIC or length > MAX_MESSAGE_BYTES or n_fds > MAX_FDS:
                self.close()
                raise Broken("the other end does not speak the bus protocol")
            if version != VERSION:
                self.close()
                raise ProtocolMismatch(version, VERSION)
            end = _HEADER.size + length
            if len(self._in) < end:
                return
            body = bytes(self._in[_HEADER.size : end])
            del self._in[:end]
            self._ready.append(Message(self._decode(body), self._take_fds(n_fds)))

    def _decode(self, body: bytes) -> Fields:
        try:
            fields = json.loads(body)
        except (ValueError, RecursionError) as error:
            self.close()
            raise Broken("the other end sends something that is not JSON") from error
        if not isinstance(fields, dict):
            self.close()
            raise Broken("the other end sends something that is not a JSON object")
        return fields

    def _take_fds(self, count: int) -> tuple[int, ...]:
        if count > len(self._in_fds):
            self.close()
            raise Broken("an announced file descriptor did not arrive: is the limit of open files reached?")
        return tuple(self._in_fds.popleft() for _ in range(count))


def pair() -> tuple[Channel, Channel]:
    """Return two connected channels."""
    left, right = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    return Channel(left), Channel(right)
