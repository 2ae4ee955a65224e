"""Free text is taken out of H.264 packets; all other messages and the pictures stay."""

import pytest

from framecast.media.sei import without_free_text

PICTURE = b"\x65" + b"\x88" * 20
TEXT = bytes([5, 20]) + b"u" * 16 + b"here"
CAPTIONS = bytes([4, 5]) + b"GA94\x03"


def packet(*units: bytes, width: int = 4) -> bytes:
    return b"".join(len(unit).to_bytes(width, "big") + unit for unit in units)


@pytest.mark.parametrize("width", [2, 4])
def test_unit_with_nothing_else_goes(width: int) -> None:
    given = packet(b"\x06" + TEXT + b"\x80", PICTURE, width=width)
    assert without_free_text(given, width) == packet(PICTURE, width=width)
    assert without_free_text(memoryview(given), width) == packet(PICTURE, width=width)


def test_other_messages_of_the_unit_stay() -> None:
    given = packet(b"\x09\xf0", b"\x06" + TEXT + CAPTIONS + b"\x80", PICTURE)
    assert without_free_text(given) == packet(b"\x09\xf0", b"\x06" + CAPTIONS + b"\x80", PICTURE)


def test_text_behind_a_picture_goes_too() -> None:
    assert without_free_text(packet(PICTURE, b"\x06" + TEXT + b"\x80")) == packet(PICTURE)


def test_packet_without_it_is_not_copied() -> None:
    assert without_free_text(packet(b"\x06" + CAPTIONS + b"\x80", PICTURE)) is None
    assert without_free_text(packet(PICTURE)) is None


def test_escaped_bytes_are_escaped_again() -> None:
    other = bytes([1, 4]) + b"\x00\x00\x03\x01\x07"  # pic_timing with an escape
    given = packet(b"\x06" + TEXT + other + b"\x80", PICTURE)
    assert without_free_text(given) == packet(b"\x06" + other + b"\x80", PICTURE)


@pytest.mark.parametrize(
    "damaged", [b"", b"\x00\x00", b"\xff\xff\xff\xff\x06\x05\xff", packet(b"\x06\x05\xff\xff")]
)
def test_damaged_packets_end(damaged: bytes) -> None:
    assert without_free_text(damaged) is None or damaged
