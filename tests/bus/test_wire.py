"""The bytes of the protocol: pinned, because other languages write them too."""

from __future__ import annotations

import pytest

from framecast.bus import wire
from framecast.errors import Broken


def test_a_record_message_is_what_the_document_says() -> None:
    message = wire.pack_record(wire.RECORD, 1, 2, 3, 4, 5, 6, 7, 8, 9, -10, -11, 12, 13, 14)
    assert len(message) == wire.record_size == 80
    assert message == bytes.fromhex(
        """01010200 03000000 04000000 05000000
        0600000000000000 0700000000000000 08000000 09000000
        f6ffffffffffffff f5ffffffffffffff 0c00000000000000 0d00000000000000 0e00000000000000"""
    )
    assert wire.unpack_record(message) == (1, 1, 2, 3, 4, 5, 6, 7, 8, 9, -10, -11, 12, 13, 14)


def test_releases_survive_the_way_there_and_back() -> None:
    pairs = [(1, 2), (2**63, 2**62)]
    assert wire.unpack_releases(wire.pack_releases(pairs)) == pairs
    assert wire.pack_releases([], wire.LEAVE)[0] == wire.LEAVE


@pytest.mark.parametrize("message", [b"\x01" + bytes(7), b"\x10" + bytes(8), b"\x10" + bytes(15), b"\x10"])
def test_what_is_no_release_is_refused(message: bytes) -> None:
    with pytest.raises(Broken):
        wire.unpack_releases(message)


@pytest.mark.parametrize("message", [b"\x03", b"\x03{", b"\x03[1]", b"\x03\xff"])
def test_json_that_is_none_is_refused(message: bytes) -> None:
    with pytest.raises(Broken):
        wire.unpack_json(message)


def test_segments_and_discards_keep_their_numbers() -> None:
    assert wire.unpack_segment(wire.pack_segment(7, 1 << 40)) == (7, 1 << 40)
    assert wire.unpack_discard(wire.pack_discard(9)) == 9
    for unpack in (wire.unpack_segment, wire.unpack_discard):
        with pytest.raises(Broken):
            unpack(b"\x02")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}", b"\xff", b"[]", b""])
def test_json_that_is_hostile_is_refused(body: bytes) -> None:
    with pytest.raises(Broken, match="JSON"):
        wire.unpack_json(bytes([wire.EPOCH]) + body)
