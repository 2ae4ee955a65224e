"""Reads multipart/x-mixed-replace from a plain socket, byte by byte as a strict browser would."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import Self

import numpy as np
import simplejpeg

from framecast.media.testpicture import Blocks, read_blocks

BOUNDARY = b"--frame\r\n"


@dataclass(frozen=True, slots=True)
class Seen:
    """One part: its headers, the JPEG, and when it was complete."""

    headers: dict[str, str]
    jpeg: bytes
    at: float

    @property
    def blocks(self) -> Blocks | None:
        """What the test pattern's blocks say, None for a picture without."""
        return blocks_of(self.jpeg)

    @property
    def is_live(self) -> bool:
        return self.headers["x-live"] == "1"


def blocks_of(jpeg: bytes) -> Blocks | None:
    return read_blocks(np.asarray(simplejpeg.decode_jpeg(jpeg, "GRAY"))[..., 0])


def size_of(jpeg: bytes) -> tuple[int, int]:
    height, width, *_ = simplejpeg.decode_jpeg_header(jpeg)
    return width, height


class MjpegReader:
    """A viewer on `sock`, which it sends the request on and closes."""

    def __init__(
        self, sock: socket.socket, query: str, headers: str = "", path: str = "/api/stream.mjpeg"
    ) -> None:
        self.sock = sock
        self._buffer = b""
        request = f"GET {path}?{query} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n"
        sock.sendall(request.encode())
        self.head = self._until(b"\r\n\r\n").decode()
        self.status = int(self.head.split()[1])
        if self.status == 200:
            assert self._until(BOUNDARY) == b""

    def part(self) -> Seen:
        """Return the next part, with the boundary that ends it."""
        head = self._until(b"\r\n\r\n").decode()
        headers = dict(line.lower().split(": ", 1) for line in head.split("\r\n"))
        jpeg = self._take(int(headers["content-length"]))
        assert self._take(2 + len(BOUNDARY)) == b"\r\n" + BOUNDARY
        return Seen(headers, jpeg, monotonic())

    def until(self, *, live: bool, at_most: int = 500) -> Seen:
        """Skip parts until a real picture, or a "no signal" picture, comes."""
        for _ in range(at_most):
            seen = self.part()
            if seen.is_live is live:
                return seen
        raise AssertionError("it never came")

    def rest(self) -> bytes:
        """Return what is there up to the end of the connection."""
        found = self._buffer
        while chunk := self.sock.recv(65536):
            found += chunk
        return found

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._receive()
        found, _, self._buffer = self._buffer.partition(mark)
        return found

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            self._receive()
        found, self._buffer = self._buffer[:count], self._buffer[count:]
        return found

    def _receive(self) -> None:
        chunk = self.sock.recv(1 << 20)
        if not chunk:
            raise EOFError("the server closed the connection")
        self._buffer += chunk

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.sock.close()
