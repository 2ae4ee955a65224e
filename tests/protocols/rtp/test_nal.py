"""Pictures from the packets of cameras, the good ones and the others."""

from __future__ import annotations

import pytest

from framecast.protocols.rtp.h264 import H264
from framecast.protocols.rtp.h265 import H265
from framecast.protocols.rtp.nal import START, NalDepacketiser
from framecast.protocols.rtp.unit import MAX_BYTES, Damaged, Unit
from tests.support.rtp import cut

SPS, PPS, SEI, AUD = b"\x67\x64\x00\x1e\xac", b"\x68\xee\x3c", b"\x06\x05\x04abcd", b"\x09\xf0"
IDR, MORE = b"\x65\x88" + b"I" * 50, b"\x65\x40" + b"J" * 50
P1, P2 = b"\x41\x9a" + b"P" * 20, b"\x41\x40" + b"Q" * 20


def feed(track: NalDepacketiser, *packets: tuple[bytes, int, bool]) -> list[Unit]:
    return [unit for payload, ticks, marker in packets for unit in track.take(payload, ticks, marker, False)]


def whole(*units: bytes) -> bytes:
    return b"".join(START + unit for unit in units)


def test_a_picture_is_there_with_its_last_packet() -> None:
    track = H264()
    assert feed(track, (SPS, 0, False), (PPS, 0, False)) == []
    assert feed(track, (IDR, 0, True)) == [Unit(whole(SPS, PPS, IDR), 0, 0, True, False)]
    assert feed(track, (P1, 3600, True)) == [Unit(whole(P1), 3600, 0, False, False)]


def test_without_markers_a_picture_ends_where_the_time_changes() -> None:
    track = H264()
    assert feed(track, (IDR, 0, False), (MORE, 0, False)) == []
    assert feed(track, (P1, 3600, False)) == [Unit(whole(IDR, MORE), 0)]
    assert feed(track, (P1, 7200, False)) == [Unit(whole(P1), 3600, 0, False)]


@pytest.mark.parametrize("beginning", [SPS, SEI, AUD, P1], ids=["sps", "sei", "aud", "slice"])
def test_without_markers_and_times_a_picture_ends_where_the_next_begins(beginning: bytes) -> None:
    track = H264()
    assert feed(track, (IDR, 0, False), (MORE, 0, False)) == []
    assert feed(track, (beginning, 0, False)) == [Unit(whole(IDR, MORE), 0)]


def test_markers_behind_parameter_sets_say_nothing() -> None:
    """Some cameras send them with the time stamp of the picture before, or with one of their own."""
    track = H264()
    assert feed(track, (P1, 0, True)) != []
    assert feed(track, (SPS, 0, True), (PPS, 10, True)) == []
    assert feed(track, (IDR, 3600, True)) == [Unit(whole(SPS, PPS, IDR), 3600)]


def test_markers_behind_every_packet_say_nothing_inside_a_fragment() -> None:
    track = H264()
    fragments = cut(IDR, mtu=20)
    assert feed(track, *((part, 0, True) for part in fragments[:-1])) == []
    assert feed(track, (fragments[-1], 0, True)) == [Unit(whole(IDR), 0)]


def test_markers_behind_every_slice_are_noticed_and_the_first_picture_is_given_again_whole() -> None:
    track = H264()
    assert feed(track, (SPS, 0, True), (IDR, 0, True)) == [Unit(whole(SPS, IDR), 0)]
    assert feed(track, (MORE, 0, True)) == []
    assert feed(track, (P1, 3600, True)) == [Unit(whole(SPS, IDR, MORE), 0)]
    assert feed(track, (P2, 3600, True)) == []
    assert feed(track, (P1, 7200, True)) == [Unit(whole(P1, P2), 3600, 0, False)]


def test_two_pictures_of_one_time_are_two() -> None:
    """Fields of interlaced video: both begin with a first slice."""
    track = H264()
    assert feed(track, (P1, 0, True), (P1, 0, True)) == [Unit(whole(P1), 0, 0, False)] * 2


def test_units_with_start_codes_between_them_are_units() -> None:
    track = H264()
    glued = SPS + b"\x00\x00\x00\x01" + PPS + b"\x00\x00\x01" + IDR
    assert feed(track, (glued, 0, True)) == [Unit(whole(SPS, PPS, IDR), 0)]
    parts = cut(glued, mtu=20)
    assert feed(track, *((part, 9, part is parts[-1]) for part in parts)) == [Unit(whole(SPS, PPS, IDR), 9)]


def test_aggregates() -> None:
    stap = b"\x78" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in (SPS, PPS, IDR))
    assert feed(H264(), (stap, 0, True)) == [Unit(whole(SPS, PPS, IDR), 0)]
    vps, idr = b"\x40\x01V", b"\x26\x01\xafI"
    aggregate = b"\x60\x01" + b"".join(len(unit).to_bytes(2, "big") + unit for unit in (vps, idr))
    assert feed(H265(), (aggregate, 0, True)) == [Unit(whole(vps, idr), 0)]


def test_h265_pictures_of_several_slices_and_fragments() -> None:
    vps, first, second = b"\x40\x01V", b"\x26\x01\xaf" + b"I" * 60, b"\x26\x01\x2f" + b"J" * 60
    track = H265()
    parts = [*cut(vps, "hevc", 20), *cut(first, "hevc", 20), *cut(second, "hevc", 20)]
    assert feed(track, *((part, 0, False) for part in parts[:-1])) == []
    assert feed(track, (parts[-1], 0, True)) == [Unit(whole(vps, first, second), 0)]
    trail = b"\x02\x01\xd0P"
    assert feed(track, (trail, 3600, True)) == [Unit(whole(trail), 3600, 0, False)]


def test_a_unit_of_one_byte_and_layers_above_the_base_are_taken_along() -> None:
    track = H264()
    assert feed(track, (P1, 0, False), (b"\x0a", 0, True)) == [Unit(whole(P1, b"\x0a"), 0, 0, False)]
    base, upper = b"\x02\x01\xd0P", b"\x02\x09\xd0" + b"U" * 60
    layers = H265()
    fragments = cut(upper, "hevc", 20)
    assert feed(layers, (base, 0, False), *((part, 0, part is fragments[-1]) for part in fragments)) == [
        Unit(whole(base, upper), 0, 0, False)
    ]
    assert feed(layers, (base, 1, False), (fragments[0], 1, False), (base, 2, False)) == [
        Unit(whole(base), 1, 0, False, True)
    ]


def test_a_recovery_point_is_a_key_frame() -> None:
    """Open groups and gradual refresh have no IDR (H.264, D.1.8); other messages stand before it."""
    user, recovery = b"\x05\x03abc", b"\x06\x01\x84"
    track = H264()
    assert feed(track, (b"\x06" + user + recovery + b"\x80", 0, False), (P1, 0, True))[0].is_key
    assert not feed(track, (b"\x06" + user + b"\x80", 1, False), (P1, 1, True))[0].is_key


def test_what_is_lost_marks_its_picture() -> None:
    track = H264()
    fragments = cut(IDR, mtu=20)
    feed(track, (SPS, 0, False), (fragments[0], 0, False))
    assert track.take(fragments[2], 0, False, True) == []
    assert track.take(fragments[1], 0, True, False) == []
    assert track.take(MORE, 0, True, False) == [Unit(whole(SPS, MORE), 0, 0, True, True)]
    assert feed(track, (P1, 3600, True)) == [Unit(whole(P1), 3600, 0, False)]


def test_fragments_without_a_first_one_and_without_a_loss_are_no_media() -> None:
    track = H264()
    with pytest.raises(Damaged):
        track.take(cut(IDR, mtu=20)[1], 0, False, False)


def test_a_key_frame_is_whole_whatever_was_lost_before() -> None:
    track = H264()
    assert feed(track, (cut(IDR, mtu=20)[0], 0, False)) == []
    assert track.take(SPS, 3600, False, True) == []
    assert feed(track, (IDR, 3600, True)) == [Unit(whole(SPS, IDR), 3600)]
    assert track.take(P1, 7200, True, True) == [Unit(whole(P1), 7200, 0, False, True)]
    assert feed(track, (P1, 10800, True)) == [Unit(whole(P1), 10800, 0, False)]


def test_a_picture_without_its_end_is_left_out_and_the_next_one_marked() -> None:
    track = H264()
    fragments = cut(IDR, mtu=20)
    assert feed(track, (fragments[0], 0, False)) == []
    assert track.take(P1, 3600, True, True) == [Unit(whole(P1), 3600, 0, False, True)]


@pytest.mark.parametrize("track", [H264(), H265()])
def test_an_access_unit_without_end_is_bounded(track: NalDepacketiser) -> None:
    head, rest = cut(b"\x65\x88" + b"x" * 70000, mtu=65000)
    if isinstance(track, H265):
        head, rest = cut(b"\x26\x01\x88" + b"x" * 70000, "hevc", 65000)
    middle = (
        head[:1] + bytes((head[1] & 31,)) + head[2:]
        if isinstance(track, H264)
        else head[:2] + bytes((head[2] & 63,)) + head[3:]
    )
    feed(track, (head, 0, False))
    many = [(middle, 0, False)] * (MAX_BYTES // len(middle) + 1)
    with pytest.raises(Damaged):
        feed(track, *many)
    with pytest.raises(Damaged):
        feed(track, (rest, 0, True))
