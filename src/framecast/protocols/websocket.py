"""WebSocket (RFC 6455) without sockets: the handshake, the messages that a server sends, and a strict parser for a client's.

Pure. A message for many viewers is framed once and written as it is. Clients send little (text commands),
so the parser is strict and bounded, and anything that a browser would not send ends the connection.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from framecast.errors import FramecastError, Invalid

MAX_MESSAGE_BYTES = 64 << 10
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # section 1.3
_MAX_CONTROL_BYTES = 125  # section 5.5
_KEY_BYTES = 16
_FIN, _RESERVED, _OPCODE, _MASKED, _LENGTH = 0x80, 0x70, 0x0F, 0x80, 0x7F


class Opcode(IntEnum):
    """What a frame is (section 5.2)."""

    MORE = 0
    TEXT = 1
    BINARY = 2
    CLOSE = 8
    PING = 9
    PONG = 10


_OPCODES = frozenset(Opcode)


class Code(IntEnum):
    """Why a connection is closed (section 7.4.1)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL = 1002
    UNSUPPORTED = 1003
    NOT_TEXT = 1007
    POLICY = 1008
    TOO_LARGE = 1009
    FAILURE = 1011
    LATER = 1013


class ProtocolError(FramecastError):
    """The other end violates RFC 6455; `code` is sent to it."""

    def __init__(self, message: str, code: Code = Code.PROTOCOL) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """A whole message or a control frame."""

    opcode: Opcode
    payload: bytes


def accept(key: str) -> str:
    """Return Sec-WebSocket-Accept for a client's Sec-WebSocket-Key (section 4.2.2).

    Raises:
        Invalid: it is not a key.
    """
    try:
        given = base64.b64decode(key, validate=True)
    except ValueError:
        given = b""
    if len(given) != _KEY_BYTES:
        raise Invalid("Sec-WebSocket-Key must be 16 bytes in base64")
    return base64.b64encode(hashlib.sha1(key.encode() + _GUID, usedforsecurity=False).digest()).decode()


def head(opcode: Opcode, size: int) -> bytes:
    """Return the header of a message of `size` bytes that a server sends (section 5.2)."""
    first = _FIN | opcode
    if size < 126:
        return bytes((first, size))
    if size < 1 << 16:
        return struct.pack(">BBH", first, 126, size)
    return struct.pack(">BBQ", first, 127, size)


def framed(opcode: Opcode, payload: bytes) -> bytes:
    """Return a whole message as a server sends it."""
    return head(opcode, len(payload)) + payload


def closing(code: int, words: str = "") -> bytes:
    """Return a close frame; its words are cut to what fits."""
    reason = words.encode()[: _MAX_CONTROL_BYTES - 2].decode(errors="ignore").encode()
    return framed(Opcode.CLOSE, code.to_bytes(2, "big") + reason)


class Parser:
    """Turns a client's bytes into messages. Holds at most one message and one frame's head."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._opcode: Opcode | None = None  # of a message whose end has not come
        self._parts = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Yield what these bytes complete.

        Raises:
            ProtocolError: the client violates the protocol; nothing more can be read.
        """
        self._bytes += data
        while (found := self._frame()) is not None:
            message = self._join(*found)
            if message is not None:
                yield message

    def _frame(self) -> tuple[bool, Opcode, bytes] | None:
        """Take one frame out of the bytes; None if it is not complete yet. It is refused as early as its header allows."""
        data = self._bytes
        if len(data) < 2:
            return None
        _check_head(data[0], data[1])
        final, opcode, size = bool(data[0] & _FIN), data[0] & _OPCODE, data[1] & _LENGTH
        at = 2
        if size >= 126:
            wide = 2 if size == 126 else 8
            if len(data) < at + wide:
                return None
            size = int.from_bytes(data[at : at + wide], "big")
            at += wide
            if size < (126 if wide == 2 else 1 << 16):
                raise ProtocolError("a length must use the shortest form")
        if len(self._parts) + size > MAX_MESSAGE_BYTES:
            raise ProtocolError(f"a message must have at most {MAX_MESSAGE_BYTES} bytes", Code.TOO_LARGE)
        if len(data) < at + 4 + size:
            return None
        payload = _unmasked(data[at + 4 : at + 4 + size], bytes(data[at : at + 4]))
        del data[: at + 4 + size]
        return final, Opcode(opcode), payload

    def _join(self, final: bool, opcode: Opcode, payload: bytes) -> Message | None:
        """Put the frames of a message together (section 5.4)."""
        if opcode >= Opcode.CLOSE:
            return Message(opcode, payload)
        if (opcode is Opcode.MORE) is (self._opcode is None):
            raise ProtocolError("a message begins inside another one, or continues without a first frame")
        if self._opcode is None:
            self._opcode = opcode
        self._parts += payload
        if not final:
            return None
        message = Message(self._opcode, bytes(self._parts))
        self._opcode = None
        self._parts.clear()
        return message


def _check_head(first: int, second: int) -> None:
    """Refuse a frame by its first two bytes."""
    opcode = first & _OPCODE
    if first & _RESERVED:
        raise ProtocolError("reserved bits are set, but no extension was agreed")
    if opcode not in _OPCODES:
        raise ProtocolError(f"opcode {opcode} is not known")
    if not second & _MASKED:
        raise ProtocolError("a client must mask what it sends")
    if opcode >= Opcode.CLOSE and (not first & _FIN or second & _LENGTH > _MAX_CONTROL_BYTES):
        raise ProtocolError("a control frame must not be fragmented and may have at most 125 bytes")


def _unmasked(payload: bytearray, mask: bytes) -> bytes:
    """XOR with the mask (section 5.3), as one large number: no loop over bytes."""
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")).to_bytes(size, "big")
