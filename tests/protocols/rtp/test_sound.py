"""Sound from packets."""

from __future__ import annotations

import pytest

from framecast.protocols.rtp.implementation import Implementation
from framecast.protocols.rtp.sound import AacMode, opus_ticks
from framecast.protocols.rtp.unit import Damaged, Unit


def aac(*units: bytes, size: int = 0, bits: int = 13) -> bytes:
    """A payload of RFC 3640; `size` is that of a unit whose fragment this is."""
    headers = b"".join(((size or len(unit)) << 16 - bits).to_bytes(2, "big") for unit in units)
    return (16 * len(units)).to_bytes(2, "big") + headers + b"".join(units)


def test_aac_units_of_one_packet_follow_each_other(rtp: Implementation) -> None:
    track = rtp.aac(AacMode())
    assert track.take(aac(b"one", b"three"), 5000, True, False) == [
        Unit(b"one", 5000, 1024),
        Unit(b"three", 6024, 1024),
    ]


def test_an_aac_unit_of_several_packets_is_one(rtp: Implementation) -> None:
    track = rtp.aac(AacMode())
    assert track.take(aac(b"abc", size=5), 0, False, False) == []
    assert track.take(aac(b"de", size=5), 0, True, False) == [Unit(b"abcde", 0, 1024)]


def test_a_lost_fragment_takes_its_unit_along(rtp: Implementation) -> None:
    track = rtp.aac(AacMode())
    assert track.take(aac(b"ab", size=6), 0, False, False) == []
    assert track.take(aac(b"ef", size=6), 0, True, True) == []
    assert track.take(aac(b"next"), 1024, True, False) == [Unit(b"next", 1024, 1024)]


def test_aac_low_bit_rate_widths_are_taken_as_they_are_told(rtp: Implementation) -> None:
    track = rtp.aac(AacMode(6, 2, 2, 1024))
    payload = (16).to_bytes(2, "big") + bytes((3 << 2, 4 << 2)) + b"abcdefg"
    assert [unit.payload for unit in track.take(payload, 0, True, False)] == [b"abc", b"defg"]


@pytest.mark.parametrize(
    "payload", [b"", b"\x00", b"\x00\x10", b"\x00\x00ab", b"\xff\xffab", aac(b"ab", b"cd")[:-1]]
)
def test_aac_that_does_not_fit_is_damaged(rtp: Implementation, payload: bytes) -> None:
    with pytest.raises(Damaged):
        rtp.aac(AacMode()).take(payload, 0, True, False)


def test_g711_counts_its_samples(rtp: Implementation) -> None:
    assert rtp.g711(2).take(b"\x55" * 160, 7, True, False) == [Unit(b"\x55" * 160, 7, 80)]
    assert rtp.g711(1).take(b"", 7, True, False) == []


@pytest.mark.parametrize(
    ("packet", "ticks"),
    [(b"\xfc", 960), (b"\xf8", 960), (b"\x0b\x02", 1920), (b"\xe1", 240), (b"\x1b\x3f", 0)],
)
def test_opus_says_how_long_it_lasts(rtp: Implementation, packet: bytes, ticks: int) -> None:
    assert opus_ticks(packet) == ticks
    assert rtp.opus().take(packet, 5, True, False) == [Unit(packet, 5, ticks)]
