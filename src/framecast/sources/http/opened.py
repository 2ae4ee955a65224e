"""What FFmpeg opens by HTTP, opened by our own client: for addresses that may reach certain networks only. The source's thread.

FFmpeg resolves names by itself and follows playlists and redirections to any host, so it gets no protocol at all: each URL that it wants to open (the address,
variants, segments, keys) comes here, and is dialled as every other address is (`dial.connect`). A URL of another scheme is refused. FFmpeg sees a file.
Encrypted segments need FFmpeg's own `crypto` protocol, which would connect by itself: they are refused.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from time import monotonic
from typing import Self

from framecast.errors import Invalid, SourceError
from framecast.model import REASONS, StreamSpec
from framecast.model.number import integer
from framecast.sources.http.client import Client, Place, Reply

# A name that no protocol of FFmpeg has: nothing is opened around this module.
NO_PROTOCOL = "framecast"
_PARTIAL = 206
_LARGEST = 1 << 60  # bytes


class Opener:
    """Opens URLs for FFmpeg with the login and the limits of `spec`. A failure of the address itself ends the attempt; a missing segment is empty.

    FFmpeg does not close all files of an attempt that fails: the end of the block does.
    """

    def __init__(self, spec: StreamSpec, silence_s: float, stop: threading.Event) -> None:
        self._spec, self._silence_s, self._stop = spec, silence_s, stop
        self._open: set[Client] = set()

    def __call__(self, url: str, _flags: int, options: Mapping[str, str]) -> File:
        """Return what is at a URL.

        Raises:
            SourceError: forbidden, or it cannot be reached.
        """
        try:
            Place.of(url)
        except Invalid:
            raise SourceError("forbidden", _refused(url)) from None
        source = self._spec.source.elsewhere(url)
        client = Client(replace(self._spec, source=source), self._stop)
        first, end = (integer(options.get(name, "0"), 0, _LARGEST) for name in ("offset", "end_offset"))
        is_main = url == self._spec.source.reveal()
        self._open = {one for one in self._open if one.is_connected} | {client}
        return File(client, first, end, (self._spec.timeout_s, self._silence_s), is_main=is_main)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        for client in self._open:
            client.close()


class File:
    """The bytes at a URL from `first` on, up to before `end` if that is not 0. It can be searched if the server gives parts (RFC 9110 section 14)."""

    def __init__(
        self, client: Client, first: int, end: int, patience_s: tuple[float, float], *, is_main: bool
    ) -> None:
        self._client, self._end = client, end
        self._timeout_s, self._silence_s = patience_s
        self._at = first
        self._size: int | None = None
        self._body: Iterator[bytes] = iter(())
        self._rest = memoryview(b"")
        self._is_open = False
        try:
            self._open()
        except BaseException as error:
            self._client.close()
            if is_main or not isinstance(error, SourceError) or error.reason != "not-found":
                raise

    def read(self, count: int) -> bytes:
        """Return the next bytes, at most `count`; none at the end.

        Raises:
            SourceError: closed, timeout, bad-data.
        """
        if not self._is_open:
            self._open()
        while not self._rest:
            piece = next(self._body, b"")
            if not piece:
                return b""
            self._rest = memoryview(piece)
        taken, self._rest = bytes(self._rest[:count]), self._rest[count:]
        self._at += len(taken)
        return taken

    def seekable(self) -> bool:
        """Return whether the server gives parts of the file, and says how long it is."""
        return self._size is not None and not self._end

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; the server is asked at the next `read`."""
        base = {0: 0, 1: self._at, 2: self._size or 0}[whence]
        at = max(0, base + offset)
        if at != self._at:
            self._at, self._is_open = at, False
            self._rest, self._body = memoryview(b""), iter(())
        return at

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def close(self) -> None:
        """Close the connection. Idempotent."""
        self._client.close()

    def _open(self) -> None:
        self._is_open = True
        if self._size is not None and self._at >= self._size:
            return
        self._client.close()  # the body before was not read to its end
        wants = {"Range": f"bytes={self._at}-{self._end - 1 if self._end else ''}"}
        reply = self._client.get(monotonic() + self._timeout_s, wants)
        if reply.answer.status == _PARTIAL:
            self._size = _size_of(reply)
        elif self._at:
            raise SourceError("bad-data", "the server gives only the whole file, and its middle is needed")
        self._body = reply.body(None, self._silence_s)


def _size_of(reply: Reply) -> int | None:
    """Return the size that an answer with a part names, `bytes 0-99/1234`; None if it does not say."""
    try:
        return integer(reply.answer.header("content-range").rpartition("/")[2].strip(), 0, _LARGEST)
    except ValueError:
        return None


def _refused(url: str) -> str:
    scheme = url.partition(":")[0]
    if scheme.partition("+")[0] == "crypto":
        return "the segments of the playlist are encrypted, which only an administrator's stream may have"
    return f"{REASONS['forbidden']}: {scheme:.20}"
