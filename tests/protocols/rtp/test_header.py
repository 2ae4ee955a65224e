"""Heads of RTP packets, and their order."""

from __future__ import annotations

import pytest

from framecast.protocols.rtp.header import Numbering, parse
from framecast.protocols.rtp.unit import Damaged
from tests.support.rtp import Sender


def test_a_plain_packet() -> None:
    packet = Sender(payload_type=97, ssrc=5, sequence=9).packet(b"payload", 7, marker=True)
    assert parse(packet) == (97, True, 9, 7, 5, 12, 19)


def test_contributors_extension_and_padding_are_no_payload() -> None:
    plain = Sender().packet(b"", 0)
    packet = (
        bytes((0x80 | 0x20 | 0x10 | 2,))
        + plain[1:]
        + b"contribs"
        + b"\xbe\xde\x00\x01EXT!"
        + b"body"
        + b"\0\0\3"
    )
    header = parse(packet)
    assert packet[header.payload_begin : header.payload_end] == b"body"


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x80" * 11,
        b"\x40" + b"x" * 20,
        b"\x8f" + b"x" * 20,
        b"\x90" + b"\xff" * 20,
        b"\xa0" + b"\xff" * 20,
    ],
)
def test_what_cannot_be_is_damaged(packet: bytes) -> None:
    with pytest.raises(Damaged):
        parse(packet)


def test_gaps_are_counted_over_the_wrap() -> None:
    sequence = Numbering()
    assert [sequence.lost(number) for number in (65534, 65535, 0, 3)] == [0, 0, 0, 2]


def test_what_comes_again_is_refused_and_harms_nothing() -> None:
    sequence = Numbering()
    assert sequence.lost(10) == 0
    with pytest.raises(Damaged):
        sequence.lost(10)
    assert sequence.lost(11) == 0


def test_a_jump_is_believed_when_the_next_one_follows() -> None:
    sequence = Numbering()
    sequence.lost(10)
    with pytest.raises(Damaged):
        sequence.lost(30000)
    assert sequence.lost(11) == 0
    with pytest.raises(Damaged):
        sequence.lost(40000)
    assert sequence.lost(40001) == 1
    assert sequence.lost(40002) == 0
