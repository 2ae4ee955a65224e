"""H.264 in RTP: what is malformed, what is another packetization mode, and where decoding may begin."""

from __future__ import annotations

import pytest

from framecast.protocols.rtp.h264 import is_recovery_point
from framecast.protocols.rtp.implementation import Implementation
from framecast.protocols.rtp.unit import Damaged, Unit
from tests.protocols.rtp.test_nal import IDR, P1, PPS, SEI, SPS, feed, whole
from tests.support.rtp import cut


def stap(*units: bytes) -> bytes:
    return b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x7c",  # FU-A without its header
        b"\x60",  # type 0
        *(bytes([0x60 | kind, 0, 0, 0]) for kind in (25, 26, 27, 29, 30, 31)),
        stap(SPS, IDR)[:-1],
        b"\x78\xff\xff" + SPS,
    ],
    ids=bytes.hex,
)
def test_malformed_payload_is_damaged_and_the_next_picture_is_whole(
    rtp: Implementation, payload: bytes
) -> None:
    track = rtp.h264()
    with pytest.raises(Damaged):
        track.take(payload, 0, True, False)
    (found,) = feed(track, (SPS, 90, False), (IDR, 90, True))
    assert found.payload.endswith(whole(SPS, IDR))
    assert found.is_key


def test_aggregate_without_units_or_with_a_rest_gives_what_is_whole(rtp: Implementation) -> None:
    assert feed(rtp.h264(), (b"\x78", 0, True)) == []
    assert feed(rtp.h264(), (stap(SPS, PPS, IDR) + b"\0", 0, True)) == [Unit(whole(SPS, PPS, IDR), 0)]


def test_fragments_of_two_units_are_told_apart_without_an_end(rtp: Implementation) -> None:
    track = rtp.h264()
    first, second = cut(IDR, mtu=20), cut(P1, mtu=10)
    assert feed(track, *((part, 0, False) for part in first)) == []
    assert feed(track, *((part, 9, part is second[-1]) for part in second)) == [
        Unit(whole(IDR), 0),
        Unit(whole(P1), 9, 0, False),
    ]


@pytest.mark.parametrize("kind", [3, 4])
def test_partitions_of_a_slice_begin_no_picture(rtp: Implementation, kind: int) -> None:
    part = bytes([0x40 | kind]) + b"\x80" + b"x" * 8  # where slices say "first"
    assert feed(rtp.h264(), (P1, 0, False), (part, 0, True)) == [Unit(whole(P1, part), 0, 0, False)]


@pytest.mark.parametrize(
    ("unit", "found"),
    [
        (b"\x06\x06\x01\x84\x80", True),
        (b"\x06\x05\x03abc\x06\x01\x84\x80", True),
        (b"\x06\x05\x03abc\x80", False),
        (b"\x06", False),
        (b"\x06\x06", False),
        (b"\x06\x05\xff\x00" + b"x" * 255 + b"\x06\x01\x84\x80", True),  # a size of 255 + 0
        (b"\x06\xff\x06\x01x\x80", False),  # type 261
        (b"\x06" + b"\xff" * 5000, False),
        (b"\x06\x05\x04\x00\x00\x03\x01a\x06\x01\x84\x80", True),  # the 3 is there to avoid a start code
        (b"\x06\x05\x04\x00\x00\x03\x01ab\x06\x01\x84\x80", False),
        (b"\x06\x05\x04\x00\x00\x03\x01a", False),
    ],
    ids=lambda value: value.hex()[:40] if isinstance(value, bytes) else str(value),
)
def test_recovery_point_is_found_behind_other_messages(unit: bytes, found: bool) -> None:
    assert is_recovery_point(unit) is found


def test_recovery_point_counts_for_the_next_picture_only(rtp: Implementation) -> None:
    track = rtp.h264()
    keys = [unit.is_key for unit in feed(track, (b"\x06\x06\x01\x84\x80", 0, False), (P1, 0, True))]
    keys += [unit.is_key for unit in feed(track, (SEI, 9, False), (P1, 9, True))]
    assert keys == [True, False]
