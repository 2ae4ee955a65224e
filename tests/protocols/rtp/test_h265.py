"""H.265 in RTP: what is malformed, which pictures are key frames, which units begin a picture."""

from __future__ import annotations

import pytest

from framecast.protocols.rtp.implementation import Implementation
from framecast.protocols.rtp.unit import Damaged, Unit
from tests.protocols.rtp.test_nal import feed, whole

VPS, IDR, TRAIL = b"\x40\x01V", b"\x26\x01\xaf" + b"I" * 20, b"\x02\x01\xd0" + b"P" * 20


def unit(kind: int, body: bytes = b"\xaf" + b"x" * 8, layer: int = 0) -> bytes:
    return bytes((kind << 1 | layer >> 5, (layer & 31) << 3 | 1)) + body


def aggregate(*units: bytes) -> bytes:
    return b"\x60\x01" + b"".join(len(one).to_bytes(2, "big") + one for one in units)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x26",
        b"\x62\x01",  # a fragment without its header
        *(unit(kind) for kind in (50, 51, 63)),
        aggregate(VPS, IDR)[:-1],
        b"\x60\x01\xff\xff" + VPS,
    ],
    ids=bytes.hex,
)
def test_malformed_payload_is_damaged_and_the_next_picture_is_whole(
    rtp: Implementation, payload: bytes
) -> None:
    track = rtp.h265()
    with pytest.raises(Damaged):
        track.take(payload, 0, True, False)
    (found,) = feed(track, (VPS, 90, False), (IDR, 90, True))
    assert found.payload.endswith(whole(VPS, IDR))
    assert found.is_key


@pytest.mark.parametrize("kind", [*range(10), *range(16, 24)])
def test_key_frames_are_those_where_decoding_may_begin(rtp: Implementation, kind: int) -> None:
    (found,) = feed(rtp.h265(), (unit(kind), 0, True))
    assert found.is_key is (16 <= kind <= 23)


@pytest.mark.parametrize("kind", [32, 33, 34, 35, 39, 41, 44])
def test_without_markers_a_picture_ends_at_units_of_the_next(rtp: Implementation, kind: int) -> None:
    track = rtp.h265()
    assert feed(track, (IDR, 0, False), (unit(kind), 0, False)) == [Unit(whole(IDR), 0)]


@pytest.mark.parametrize("kind", [36, 37, 38, 40, 45])
def test_other_units_belong_to_the_picture_before(rtp: Implementation, kind: int) -> None:
    behind = unit(kind)
    assert feed(rtp.h265(), (IDR, 0, False), (behind, 0, False)) == []
    assert feed(rtp.h265(), (IDR, 0, False), (behind, 0, False), (TRAIL, 9, False)) == [
        Unit(whole(IDR, behind), 0)
    ]


@pytest.mark.parametrize("layer", [1, 31, 32, 63])
def test_units_of_upper_layers_begin_no_picture(rtp: Implementation, layer: int) -> None:
    upper = unit(1, layer=layer)
    assert feed(rtp.h265(), (IDR, 0, False), (upper, 0, True)) == [Unit(whole(IDR, upper), 0)]


def test_aggregate_without_units_or_with_a_rest_gives_what_is_whole(rtp: Implementation) -> None:
    assert feed(rtp.h265(), (b"\x60\x01", 0, True)) == []
    assert feed(rtp.h265(), (aggregate(VPS, IDR) + b"\0", 0, True)) == [Unit(whole(VPS, IDR), 0)]
