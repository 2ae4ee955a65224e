"""Pictures from the packets of cameras, the good ones and the others."""

from __future__ import annotations

import pytest

from framecast.protocols.rtp.implementation import Implementation
from framecast.protocols.rtp.nal import START
from framecast.protocols.rtp.unit import MAX_BYTES, Damaged, Depacketiser, Unit
from tests.support.rtp import cut

SPS, PPS, SEI, AUD = b"\x67\x64\x00\x1e\xac", b"\x68\xee\x3c", b"\x06\x05\x04abcd", b"\x09\xf0"
IDR, MORE = b"\x65\x88" + b"I" * 50, b"\x65\x40" + b"J" * 50
P1, P2 = b"\x41\x9a" + b"P" * 20, b"\x41\x40" + b"Q" * 20


def feed(track: Depacketiser, *packets: tuple[bytes, int, bool]) -> list[Unit]:
    return [unit for payload, ticks, marker in packets for unit in track.take(payload, ticks, marker, False)]


def whole(*units: bytes) -> bytes:
    return b"".join(START + unit for unit in units)


def test_a_picture_is_there_with_its_last_packet(rtp: Implementation) -> None:
    track = rtp.h264()
    assert feed(track, (SPS, 0, False), (PPS, 0, False)) == []
    assert feed(track, (IDR, 0, True)) == [Unit(whole(SPS, PPS, IDR), 0, 0, True, False)]
    assert feed(track, (P1, 3600, True)) == [Unit(whole(P1), 3600, 0, False, False)]


def test_without_markers_a_picture_ends_where_the_time_changes(rtp: Implementation) -> None:
    track = rtp.h264()
    assert feed(track, (IDR, 0, False), (MORE, 0, False)) == []
    assert feed(track, (P1, 3600, False)) == [Unit(whole(IDR, MORE), 0)]
    assert feed(track, (P1, 7200, False)) == [Unit(whole(P1), 3600, 0, False)]


@pytest.mark.parametrize("beginning", [SPS, SEI, AUD, P1], ids=["sps", "sei", "aud", "slice"])
def test_without_markers_and_times_a_picture_ends_where_the_next_begins(
    rtp: Implementation, beginning: bytes
) -> None:
    track = rtp.h264()
    assert feed(track, (IDR, 0, False), (MORE, 0, False)) == []
    assert feed(track, (beginning, 0, False)) == [Unit(whole(IDR, MORE), 0)]


def test_markers_behind_parameter_sets_say_nothing(rtp: Implementation) -> None:
    """Some cameras send them with the time stamp of the picture before, or with one of their own."""
    track = rtp.h264()
    assert feed(track, (P1, 0, True)) != []
    assert feed(track, (SPS, 0, True), (PPS, 10, True)) == []
    assert feed(track, (IDR, 3600, True)) == [Unit(whole(SPS, PPS, IDR), 3600)]


def test_markers_behind_every_packet_say_nothing_inside_a_fragment(rtp: Implementation) -> None:
    track = rtp.h264()
    fragments = cut(IDR, mtu=20)
    assert feed(track, *((part, 0, True) for part in fragments[:-1])) == []
    assert feed(track, (fragments[-1], 0, True)) == [Unit(whole(IDR), 0)]


def test_markers_behind_every_slice_are_noticed_and_the_first_picture_is_given_again_whole(
    rtp: Implementation,
) -> None:
    track = rtp.h264()
    assert feed(track, (SPS, 0, True), (IDR, 0, True)) == [Unit(whole(SPS, IDR), 0)]
    assert feed(track, (MORE, 0, True)) == []
    assert feed(track, (P1, 3600, True)) == [Unit(whole(SPS, IDR, MORE), 0)]
    assert feed(track, (P2, 3600, True)) == []
    assert feed(track, (P1, 7200, True)) == [Unit(whole(P1, P2), 3600, 0, False)]


def test_two_pictures_of_one_time_are_two(rtp: Implementation) -> None:
    """Fields of interlaced video: both begin with a first slice."""
    track = rtp.h264()
    assert feed(track, (P1, 0, True), (P1, 0, True)) == [Unit(whole(P1), 0, 0, False)] * 2


def test_units_with_start_codes_between_them_are_units(rtp: Implementation) -> None:
    track = rtp.h264()
    glued = SPS + b"\x00\x00\x00\x01" + PPS + b"\x00\x00\x01" + IDR
    assert feed(track, (glued, 0, True)) == [Unit(whole(SPS, PPS, IDR), 0)]
    parts = cut(glued, mtu=20)
    assert feed(track, *((part, 9, part is parts[-1]) for part in parts)) == [Unit(whole(SPS, PPS, IDR), 9)]


def test_aggregates(rtp: Implementation) -> None:
    stap = b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in (SPS, PPS, IDR))
    assert feed(rtp.h264(), (stap, 0, True)) == [Unit(whole(SPS, PPS, IDR), 0)]
    vps, idr = b"\x40\x01V", b"\x26\x01\xafI"
    aggregate = b"\x60\x01" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in (vps, idr))
    assert feed(rtp.h265(), (aggregate, 0, True)) == [Unit(whole(vps, idr), 0)]


def test_h265_pictures_of_several_slices_and_fragments(rtp: Implementation) -> None:
    vps, first, second = b"\x40\x01V", b"\x26\x01\xaf" + b"I" * 60, b"\x26\x01\x2f" + b"J" * 60
    track = rtp.h265()
    parts = [*cut(vps, "hevc", 20), *cut(first, "hevc", 20), *cut(second, "hevc", 20)]
    assert feed(track, *((part, 0, False) for part in parts[:-1])) == []
    assert feed(track, (parts[-1], 0, True)) == [Unit(whole(vps, first, second), 0)]
    trail = b"\x02\x01\xd0P"
    assert feed(track, (trail, 3600, True)) == [Unit(whole(trail), 3600, 0, False)]


def test_a_unit_of_one_byte_and_layers_above_the_base_are_taken_along(rtp: Implementation) -> None:
    track = rtp.h264()
    assert feed(track, (P1, 0, False), (b"\x0a", 0, True)) == [Unit(whole(P1, b"\x0a"), 0, 0, False)]
    base, upper = b"\x02\x01\xd0P", b"\x02\x09\xd0" + b"U" * 60
    layers = rtp.h265()
    fragments = cut(upper, "hevc", 20)
    assert feed(layers, (base, 0, False), *((part, 0, part is fragments[-1]) for part in fragments)) == [
        Unit(whole(base, upper), 0, 0, False)
    ]
    assert feed(layers, (base, 1, False), (fragments[0], 1, False), (base, 2, False)) == [
        Unit(whole(base), 1, 0, False, True)
    ]


def test_a_recovery_point_is_a_key_frame(rtp: Implementation) -> None:
    """Open groups and gradual refresh have no IDR (H.264, D.1.8); other messages stand before it."""
    user, recovery = b"\x05\x03abc", b"\x06\x01\x84"
    track = rtp.h264()
    assert feed(track, (b"\x06" + user + recovery + b"\x80", 0, False), (P1, 0, True))[0].is_key
    assert not feed(track, (b"\x06" + user + b"\x80", 1, False), (P1, 1, True))[0].is_key


def test_what_is_lost_marks_its_picture(rtp: Implementation) -> None:
    track = rtp.h264()
    fragments = cut(IDR, mtu=20)
    feed(track, (SPS, 0, False), (fragments[0], 0, False))
    assert track.take(fragments[2], 0, False, True) == []
    assert track.take(fragments[1], 0, True, False) == []
    assert track.take(MORE, 0, True, False) == [Unit(whole(SPS, MORE), 0, 0, True, True)]
    assert feed(track, (P1, 3600, True)) == [Unit(whole(P1), 3600, 0, False)]


def test_fragments_without_a_first_one_and_without_a_loss_are_no_media(rtp: Implementation) -> None:
    track = rtp.h264()
    with pytest.raises(Damaged):
        track.take(cut(IDR, mtu=20)[1], 0, False, False)


def test_a_key_frame_is_whole_whatever_was_lost_before(rtp: Implementation) -> None:
    track = rtp.h264()
    assert feed(track, (cut(IDR, mtu=20)[0], 0, False)) == []
    assert track.take(SPS, 3600, False, True) == []
    assert feed(track, (IDR, 3600, True)) == [Unit(whole(SPS, IDR), 3600)]
    assert track.take(P1, 7200, True, True) == [Unit(whole(P1), 7200, 0, False, True)]
    assert feed(track, (P1, 10800, True)) == [Unit(whole(P1), 10800, 0, False)]


def test_a_picture_without_its_end_is_left_out_and_the_next_one_marked(rtp: Implementation) -> None:
    track = rtp.h264()
    fragments = cut(IDR, mtu=20)
    assert feed(track, (fragments[0], 0, False)) == []
    assert track.take(P1, 3600, True, True) == [Unit(whole(P1), 3600, 0, False, True)]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_an_access_unit_without_end_is_bounded(rtp: Implementation, codec: str) -> None:
    track = rtp.h264() if codec == "h264" else rtp.h265()
    unit = b"\x65\x88" if codec == "h264" else b"\x26\x01\x88"
    head, rest = cut(unit + b"x" * 70000, codec, 65000)
    at = 1 if codec == "h264" else 2
    middle = head[:at] + bytes((head[at] & 63,)) + head[at + 1 :]
    feed(track, (head, 0, False))
    many = [(middle, 0, False)] * (MAX_BYTES // len(middle) + 1)
    with pytest.raises(Damaged):
        feed(track, *many)
    with pytest.raises(Damaged):
        feed(track, (rest, 0, True))
