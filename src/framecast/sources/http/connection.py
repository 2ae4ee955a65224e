"""One connection to a web server, and its answers: HTTP/1.1 (RFC 9112) as cameras use it. The source's thread.

Every wait has a deadline and ends with `stop`. Headers are bounded here; the caller bounds the body.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic, monotonic_ns

from framecast.errors import SourceError
from framecast.model import REASONS
from framecast.model.number import integer

_TICK_S = 0.2  # how late `stop` may be seen
_READ_BYTES = 1 << 16
_MAX_HEAD_BYTES = 64 << 10
_MAX_CHUNK_LINE = 1024
_MAX_INTERIM = 8
_REST_S = 0.3
# A read that takes longer had to wait for the server.
_WAIT_NS = 5_000_000
_STATUS = re.compile(rb"(?:HTTP/1\.[0-9]|ICY) ([1-5][0-9]{2})(?: |$)")
_NO_BODY = (204, 304)


@dataclass(slots=True)
class Answer:
    """The head of an answer. Names of headers are in lower case."""

    status: int
    headers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_counted(self) -> bool:
        """True if the server says how long the body is (RFC 9112 section 6.3)."""
        return "content-length" in self.headers and "transfer-encoding" not in self.headers

    def header(self, name: str) -> str:
        """Return the first value of a header, '' if there is none."""
        return self.headers.get(name, [""])[0]


class Connection:
    """A connection. A kept one may be closed by the server at any time."""

    def __init__(self, sock: socket.socket, stop: threading.Event) -> None:
        self._sock, self._stop = sock, stop
        self._buffer = b""
        self._reusable = True
        self._leave_at: float | None = None  # the rest of the answer is waited for until then
        self.waited_at_ns = 0  # CLOCK_MONOTONIC when a read last had to wait

    @property
    def is_reusable(self) -> bool:
        """True if the last answer was read to its end, and another request may follow."""
        return self._reusable

    def ask(self, request: bytes, deadline: float) -> Answer:
        """Send a request and return the head of its answer.

        Raises:
            SourceError: timeout, closed or bad-data.
        """
        self._reusable, self._leave_at = False, None
        try:
            self._sock.settimeout(max(0.1, deadline - monotonic()))
            self._sock.sendall(request)
        except TimeoutError:
            raise SourceError("timeout", REASONS["timeout"]) from None
        except OSError:
            raise SourceError("closed", REASONS["closed"]) from None
        for _ in range(_MAX_INTERIM):
            answer = _parsed(self._head(deadline))
            if answer.status >= 200:
                return answer
        raise SourceError("bad-data", "the server sends only interim answers")

    def body(
        self, answer: Answer, deadline: float | None = None, silence_s: float = 3600.0
    ) -> Iterator[bytes]:
        """Yield the body as it comes, by `deadline` as a whole and without a silence of more than `silence_s`.

        Raises:
            SourceError: timeout, closed before its end, or bad-data.
        """
        keeps = answer.header("connection").lower() != "close"
        if answer.status in _NO_BODY:
            self._reusable = keeps
            return
        if "chunked" in answer.header("transfer-encoding").lower():
            yield from self._chunks(deadline, silence_s)
        else:
            length = _length(answer)
            if length is None:
                yield from self._until_closed(deadline, silence_s)
                return
            yield from self._counted(length, deadline, silence_s)
        self._reusable = keeps

    def hurry(self, until: float | None = None) -> None:
        """Note that the wanted part of the answer has come: the rest is waited for only shortly, or `until` then."""
        if self._leave_at is None:
            self._leave_at = monotonic() + _REST_S if until is None else until

    def stay(self) -> None:
        """Note that the answer goes on after all: the opposite of `hurry`."""
        self._leave_at = None

    def close(self) -> None:
        """Close the connection. Idempotent."""
        self._sock.close()

    # --- bodies

    def _counted(self, length: int, deadline: float | None, silence_s: float) -> Iterator[bytes]:
        while length:
            piece = self._take(length, deadline, silence_s)
            if not piece:
                raise SourceError("closed", f"{REASONS['closed']} before the end of its answer")
            length -= len(piece)
            yield piece

    def _until_closed(self, deadline: float | None, silence_s: float) -> Iterator[bytes]:
        while piece := self._take(_READ_BYTES, deadline, silence_s):
            yield piece

    def _chunks(self, deadline: float | None, silence_s: float) -> Iterator[bytes]:
        while True:
            size = self._chunk_size(deadline, silence_s)
            if not size:
                break
            yield from self._counted(size, deadline, silence_s)
            self._text_line(deadline, silence_s)
        for _ in range(_MAX_INTERIM):  # trailers
            if not self._text_line(deadline, silence_s):
                return
        raise SourceError("bad-data", "the server sends trailers above the limit")

    def _chunk_size(self, deadline: float | None, silence_s: float) -> int:
        text = self._text_line(deadline, silence_s).partition(b";")[0].strip()
        try:
            return integer(text.decode("latin-1"), 0, 0xFFFFFFFF, 16)
        except ValueError:
            raise SourceError("bad-data", "the server's answer has a chunk without a length") from None

    def _text_line(self, deadline: float | None, silence_s: float) -> bytes:
        while b"\n" not in self._buffer:
            if len(self._buffer) > _MAX_CHUNK_LINE:
                raise SourceError("bad-data", "the server's answer has a chunk without a length")
            piece = self._receive(deadline, silence_s)
            if not piece:
                raise SourceError("closed", f"{REASONS['closed']} before the end of its answer")
            self._buffer += piece
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.rstrip(b"\r")

    # --- bytes

    def _head(self, deadline: float) -> bytes:
        while True:
            self._buffer = self._buffer.lstrip(b"\r\n")
            end = re.search(rb"\r?\n\r?\n", self._buffer)
            if end is not None and end.start() <= _MAX_HEAD_BYTES:
                head, self._buffer = self._buffer[: end.start()], self._buffer[end.end() :]
                return head
            if len(self._buffer) > _MAX_HEAD_BYTES:
                raise SourceError("bad-data", f"the head of the answer has more than {_MAX_HEAD_BYTES} bytes")
            piece = self._receive(deadline, 3600.0)
            if not piece:
                raise SourceError("closed", REASONS["closed"])
            self._buffer += piece

    def _take(self, most: int, deadline: float | None, silence_s: float) -> bytes:
        if not self._buffer:
            self._buffer = self._receive(deadline, silence_s)
        piece, self._buffer = self._buffer[:most], self._buffer[most:]
        return piece

    def _receive(self, deadline: float | None, silence_s: float) -> bytes:
        """Return the next bytes, b'' at the end."""
        asked_ns, silent_at = monotonic_ns(), monotonic() + silence_s
        limit = silent_at if deadline is None else min(deadline, silent_at)
        if self._leave_at is not None:
            limit = min(limit, self._leave_at)
        while not self._stop.is_set():
            left = limit - monotonic()
            if left <= 0:
                raise SourceError("timeout", REASONS["timeout"])
            try:
                self._sock.settimeout(min(left, _TICK_S))
                piece = self._sock.recv(_READ_BYTES)
            except TimeoutError:
                continue
            except OSError:
                raise SourceError("closed", REASONS["closed"]) from None
            if monotonic_ns() - asked_ns > _WAIT_NS:
                self.waited_at_ns = monotonic_ns()
            return piece
        raise SourceError("closed", "the source was stopped")


def _parsed(head: bytes) -> Answer:
    lines = head.split(b"\n")
    found = _STATUS.match(lines[0].rstrip(b"\r"))
    if found is None:
        raise SourceError("bad-data", "the server does not answer in HTTP")
    answer = Answer(integer(found[1].decode(), 100, 599))
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if colon:
            values = answer.headers.setdefault(name.strip().lower().decode("latin-1"), [])
            values.append(value.strip().decode("latin-1"))
    return answer


def _length(answer: Answer) -> int | None:
    lengths = set(answer.headers.get("content-length", []))
    if not lengths:
        return None
    try:
        (text,) = lengths
        return integer(text, 0, 1 << 40)
    except ValueError:
        raise SourceError("bad-data", "the answer has an invalid Content-Length") from None
