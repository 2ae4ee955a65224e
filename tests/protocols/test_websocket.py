"""RFC 6455: what a server says, and what it refuses to hear."""

from __future__ import annotations

import struct

import pytest

from framecast.errors import Invalid
from framecast.protocols.websocket import (
    MAX_MESSAGE_BYTES,
    Code,
    Message,
    Opcode,
    Parser,
    ProtocolError,
    accept,
    closing,
    framed,
)

MASK = b"\x37\xfa\x21\x3d"


def frame(
    payload: bytes, opcode: int = Opcode.TEXT, final: bool = True, reserved: int = 0, masked: bool = True
) -> bytes:
    """A client's frame."""
    size = len(payload)
    long = struct.pack(">H", size) if size < 1 << 16 else struct.pack(">Q", size)
    second = size if size < 126 else 126 if size < 1 << 16 else 127
    head = bytes((final << 7 | reserved << 4 | opcode, masked << 7 | second)) + (b"" if size < 126 else long)
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[at % 4] for at, byte in enumerate(payload))


def parsed(data: bytes, step: int = 0) -> list[Message]:
    parser = Parser()
    pieces = [data[at : at + step] for at in range(0, len(data), step)] if step else [data]
    return [message for piece in pieces for message in parser.feed(piece)]


def test_key_of_the_standard_is_answered_as_the_standard_says() -> None:
    assert accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


@pytest.mark.parametrize("key", ["", "short", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZXM=", "ä"])
def test_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        accept(key)


def test_masked_text_of_the_standard_is_read() -> None:
    data = bytes.fromhex("8185 37fa213d 7f9f4d5158")
    assert parsed(data) == [Message(Opcode.TEXT, b"Hello")]


@pytest.mark.parametrize("size", [0, 1, 3, 125, 126, 127, 65535, MAX_MESSAGE_BYTES])
def test_messages_of_every_length_arrive_however_they_are_cut(size: int) -> None:
    payload = bytes(at * 7 & 255 for at in range(size))
    data = frame(payload, Opcode.BINARY) + frame(b"next")
    for step in (0, 1 if size < 1000 else 4096):
        assert parsed(data, step) == [Message(Opcode.BINARY, payload), Message(Opcode.TEXT, b"next")]


def test_message_in_fragments_is_put_together_around_a_ping() -> None:
    data = (
        frame(b"one ", final=False)
        + frame(b"?", Opcode.PING)
        + frame(b"two ", Opcode.MORE, final=False)
        + frame(b"three", Opcode.MORE)
    )
    assert parsed(data) == [Message(Opcode.PING, b"?"), Message(Opcode.TEXT, b"one two three")]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(b"x", masked=False), Code.PROTOCOL),
        (frame(b"x", reserved=4), Code.PROTOCOL),
        (frame(b"x", reserved=1), Code.PROTOCOL),
        (frame(b"x", opcode=3), Code.PROTOCOL),
        (frame(b"x", opcode=11), Code.PROTOCOL),
        (frame(b"x" * 126, Opcode.PING), Code.PROTOCOL),
        (frame(b"x", Opcode.PING, final=False), Code.PROTOCOL),
        (frame(b"x", Opcode.MORE), Code.PROTOCOL),
        (frame(b"x", final=False) + frame(b"y"), Code.PROTOCOL),
        (b"\x81\xfe\x00\x05" + MASK + b"12345", Code.PROTOCOL),
        (b"\x81\xff" + struct.pack(">Q", 200) + MASK, Code.PROTOCOL),
        (b"\x81\xff" + struct.pack(">Q", 1 << 63), Code.TOO_LARGE),
        (b"\x81\xff" + struct.pack(">Q", MAX_MESSAGE_BYTES + 1), Code.TOO_LARGE),
        (
            frame(b"x" * MAX_MESSAGE_BYTES, final=False) + frame(b"x", Opcode.MORE, final=False),
            Code.TOO_LARGE,
        ),
    ],
)
def test_what_no_browser_sends_is_refused_with_its_code(data: bytes, code: Code) -> None:
    with pytest.raises(ProtocolError) as caught:
        parsed(data)
    assert caught.value.code is code
    with pytest.raises(ProtocolError):
        parsed(data, 1)


def test_too_long_a_message_is_refused_by_its_head_alone() -> None:
    with pytest.raises(ProtocolError, match="at most 65536 bytes"):
        parsed(b"\x82\xff" + struct.pack(">Q", 1 << 40))


@pytest.mark.parametrize(("size", "head"), [(5, 2), (125, 2), (126, 4), (65535, 4), (65536, 10)])
def test_server_writes_lengths_as_short_as_they_can_be_and_masks_nothing(size: int, head: int) -> None:
    message = framed(Opcode.BINARY, bytes(size))
    assert len(message) == head + size
    assert message[0] == 0x82
    assert message[1] < 128


def test_words_of_a_close_are_cut_to_what_fits_between_letters() -> None:
    message = closing(Code.POLICY, "ä" * 100)
    assert message[:2] == bytes((0x88, 2 + 122))
    assert message[2:4] == struct.pack(">H", 1008)
    assert message[4:].decode() == "ä" * 61
