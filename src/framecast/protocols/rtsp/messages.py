"""RTSP's bytes and messages (RFC 2326), and the RTP packets between them (section 10.12). Pure; any thread.

`Reader` cuts whole messages and packets out of what a connection gives. Everything is bounded, whatever the other end sends: heads, bodies,
and junk, which is skipped up to the next packet. `request`, `response` and `interleaved` make bytes.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from framecast.errors import Broken
from framecast.model.number import integer

MAX_HEAD_BYTES = 16 << 10
MAX_BODY_BYTES = 64 << 10
_MAX_HEADERS = 100
_READ_BYTES = 256 << 10
_MAX_PACKET_BYTES = 4 + 65535
_DOLLAR = 0x24
_MESSAGE = re.compile(
    rb"(?:RTSP|HTTP)/\d|(?:OPTIONS|ANNOUNCE|REDIRECT|[GS]ET_PARAMETER|TEARDOWN|DESCRIBE|PLAY|PAUSE) "
)
_LONGEST_WORD = 16
_NEXT = re.compile(rb"\$|RTSP/1")
_STATUS = re.compile(r"RTSP/\d\.\d\s+(\d{3})(?!\d)")
_END = re.compile(rb"\r?\n\r?\n")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Message:
    """A response, or a request of the server with the status 0. Names of headers are in lower case."""

    status: int
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return the first header of a name, '' if there is none."""
        return self.headers.get(name, [""])[0]


Item = tuple[int, bytes] | Message  # a packet with its channel, or a message


def request(method: str, url: str, headers: Iterable[str]) -> bytes:
    """Return the bytes of a request; `headers` are lines such as `CSeq: 1`."""
    return _head(f"{method} {url} RTSP/1.0", headers)


def response(status: str, headers: Iterable[str]) -> bytes:
    """Return the bytes of a response without a body; `status` is its number and reason: `200 OK`."""
    return _head(f"RTSP/1.0 {status}", headers)


def interleaved(channel: int, packet: bytes) -> bytes:
    """Return the bytes of a packet inside the connection of its session."""
    return struct.pack(">cBH", b"$", channel, len(packet)) + packet


def _head(first: str, headers: Iterable[str]) -> bytes:
    # Some of this comes from the other end or from an address: it must not become a line of its own.
    lines = [_CONTROL.sub("", line) for line in (first, *headers)]
    return "\r\n".join([*lines, "", ""]).encode()


class Reader:
    """What one connection receives. `channels` are those of the tracks of the session, once they are known; `damage` counts what was skipped."""

    def __init__(self) -> None:
        self._buffer = bytearray(_READ_BYTES + _MAX_PACKET_BYTES + MAX_BODY_BYTES)
        self._view = memoryview(self._buffer)
        self._size = 0
        self._in_step = True
        self._dropping = False  # a head that is too long
        self.channels: frozenset[int] = frozenset()
        self.damage = 0

    @property
    def room(self) -> memoryview:
        """Memory for the next bytes of the connection; `received` says how many came."""
        return self._view[self._size :]

    def received(self, count: int) -> None:
        """Note that `count` bytes were written into `room`."""
        self._size += count

    def put_back(self, data: bytes) -> None:
        """Take bytes of the connection that were read elsewhere. At most as many as `room` has."""
        self._view[self._size : self._size + len(data)] = data
        self._size += len(data)

    def rest(self) -> bytes | None:
        """Return what is left, and forget it; None, and forget nothing, unless a packet begins there or will begin there."""
        if not self._in_step or self._dropping or (self._size and self._buffer[0] != _DOLLAR):
            return None
        rest = bytes(self._view[: self._size])
        self._size = 0
        return rest

    def items(self) -> list[Item]:
        """Return all that is complete, in its order.

        Raises:
            Broken: a message is too large, or it is of another protocol.
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
            # A part of one packet is left, usually nothing.
            self._buffer[: size - at] = view[at:size].tobytes()
            self._size = size - at
        return found

    def _is_plausible(self, at: int) -> bool:
        """After junk, a packet is believed if it is of a known channel and begins as RTP or RTCP does."""
        return self._buffer[at + 1] in self.channels and self._buffer[at + 4] >> 6 == 2

    def _other(self, at: int, found: list[Item]) -> int:
        """Take a message, or skip junk; return where to go on: `at` itself if more bytes are needed."""
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
            raise Broken(f"the server sends a head of more than {MAX_HEAD_BYTES >> 10} KiB")
        status, headers = _parsed(bytes(self._view[at : end.start()]))
        length = headers.get("content-length", ["0"])[-1]
        try:
            stop = end.end() + integer(length, 0, MAX_BODY_BYTES)
        except ValueError:
            raise Broken(
                f"the server sends a body of {length!r:.20} bytes, expected 0 to {MAX_BODY_BYTES}"
            ) from None
        if stop > self._size:
            return at
        found.append(Message(status, headers, bytes(self._view[end.end() : stop])))
        self._in_step = True
        return stop


def _parsed(head: bytes) -> tuple[int, dict[str, list[str]]]:
    first, *lines = head.decode("latin-1").replace("\r", "").split("\n")
    status = _STATUS.match(first)
    if status is None and first.startswith(("RTSP/", "HTTP/")):
        raise Broken("the server does not speak RTSP")
    if len(lines) > _MAX_HEADERS:
        raise Broken(f"the server sends a message of {len(lines)} headers, expected at most {_MAX_HEADERS}")
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
