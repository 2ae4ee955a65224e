"""ZMTP 3.1 on the wire (RFC 37): greeting, frames and commands, as the listening side of a publisher needs them.

Pure: bytes in, values out. Input of untrusted clients is bounded before it is kept, and is only ever treated as bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from framecast.errors import Broken

GREETING_BYTES = 64
_SIGNATURE = b"\xff" + bytes(7) + b"\x01\x7f"
MORE, LONG, COMMAND = 1, 2, 4
# Subscriptions, answers to heartbeats and handshakes are short.
MAX_FRAME_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame of a peer."""

    flags: int
    body: bytes

    @property
    def is_command(self) -> bool:
        """True if it is not part of a message."""
        return bool(self.flags & COMMAND)


def greeting(mechanism: bytes, *, as_server: bool) -> bytes:
    """Return the first 64 bytes of a connection."""
    return _SIGNATURE + b"\x03\x01" + mechanism.ljust(20, b"\0") + bytes([as_server]) + bytes(31)


def mechanism_of(given: bytes) -> bytes:
    """Return the security mechanism that a peer's greeting asks for.

    Raises:
        Broken: it does not speak ZMTP 3.
    """
    if given[:1] != b"\xff" or given[9:10] != b"\x7f":
        raise Broken("it does not speak ZeroMQ")
    if given[10] < 3:
        raise Broken("it speaks a ZeroMQ version before 4.0")
    return given[12:32].rstrip(b"\0")


def header(size: int, flags: int = 0) -> bytes:
    """Return the header of a frame of `size` bytes."""
    if size < 256:
        return bytes((flags, size))
    return bytes((flags | LONG,)) + size.to_bytes(8, "big")


def frame(body: bytes, flags: int = 0) -> bytes:
    """Return a whole frame."""
    return header(len(body), flags) + body


def command(name: bytes, body: bytes = b"") -> bytes:
    """Return a command's body: its name and what follows."""
    return bytes([len(name)]) + name + body


def parse_command(body: bytes) -> tuple[bytes, bytes]:
    """Return name and rest of a command.

    Raises:
        Broken: it is not a command.
    """
    size = body[0] if body else 0
    if not size or len(body) < 1 + size:
        raise Broken("a command has no name")
    return body[1 : 1 + size], body[1 + size :]


def metadata(properties: Mapping[bytes, bytes]) -> bytes:
    """Return properties in the form of READY."""
    return b"".join(
        bytes([len(name)]) + name + len(value).to_bytes(4, "big") + value
        for name, value in properties.items()
    )


def parse_metadata(raw: bytes) -> dict[bytes, bytes]:
    """Return the properties of a READY or INITIATE; names in lower case.

    Raises:
        Broken: they are cut short.
    """
    found: dict[bytes, bytes] = {}
    at = 0
    while at < len(raw):
        name_end = at + 1 + raw[at]
        value_at = name_end + 4
        end = value_at + int.from_bytes(raw[name_end:value_at], "big")
        if end > len(raw) or value_at > len(raw):
            raise Broken("the properties of a peer are cut short")
        found[raw[at + 1 : name_end].lower()] = raw[value_at:end]
        at = end
    return found


class Reader:
    """Splits received bytes into a greeting and frames. Keeps at most one unfinished frame."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, raw: bytes) -> None:
        """Take received bytes."""
        self._buffer += raw

    def greeting(self) -> bytes | None:
        """Return the peer's greeting once it is whole.

        Raises:
            Broken: it does not begin like a greeting.
        """
        if self._buffer and self._buffer[0] != 0xFF:
            raise Broken("it does not speak ZeroMQ")
        if len(self._buffer) < GREETING_BYTES:
            return None
        found = bytes(self._buffer[:GREETING_BYTES])
        del self._buffer[:GREETING_BYTES]
        return found

    def frames(self) -> Iterator[Frame]:
        """Yield the frames that are whole.

        Raises:
            Broken: a frame is larger than any that a subscriber needs.
        """
        while (found := self._next()) is not None:
            yield found

    def _next(self) -> Frame | None:
        buffer = self._buffer
        if len(buffer) < 2:
            return None
        flags, start, size = buffer[0], 2, buffer[1]
        if flags & ~(MORE | LONG | COMMAND):
            raise Broken("a frame with unknown flags came")
        if flags & LONG:
            if len(buffer) < 9:
                return None
            start, size = 9, int.from_bytes(buffer[1:9], "big")
        if size > MAX_FRAME_BYTES:
            raise Broken(f"a frame may have at most {MAX_FRAME_BYTES} bytes, got {size}")
        if len(buffer) < start + size:
            return None
        body = bytes(buffer[start : start + size])
        del buffer[: start + size]
        return Frame(flags, body)
