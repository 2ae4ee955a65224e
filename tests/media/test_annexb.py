"""Start codes and lengths."""

import pytest

from framecast.media.annexb import LengthPrefixer, is_annex_b, parameter_sets, units

SPS, PPS, SLICE, DELIMITER = b"\x67\x64\x00\x1f", b"\x68\xee", b"\x65\x88\x80\x01", b"\x09\xf0"


@pytest.mark.parametrize("start", [b"\x00\x00\x01", b"\x00\x00\x00\x01"])
def test_units_stand_between_start_codes_of_both_lengths(start: bytes) -> None:
    assert list(units(start + SPS + start + PPS + start + SLICE)) == [SPS, PPS, SLICE]


def test_zeros_behind_a_unit_are_no_part_of_it() -> None:
    assert list(units(b"\x00\x00\x01" + SPS + b"\x00\x00\x00\x00\x00\x01" + SLICE + b"\x00\x00")) == [
        SPS,
        SLICE,
    ]
    assert list(units(b"")) == []
    assert list(units(b"\x01\x02\x03")) == []
    assert list(units(b"\x00\x00\x01\x00\x00\x01" + SLICE)) == [SLICE]


def test_lengths_replace_start_codes_and_known_sets_and_delimiters_go() -> None:
    packet = b"".join(b"\x00\x00\x00\x01" + unit for unit in (DELIMITER, SPS, PPS, SLICE))
    assert LengthPrefixer("h264", [SPS, PPS])(packet) == b"\x00\x00\x00\x04" + SLICE


def test_sets_that_the_file_does_not_have_stay() -> None:
    other = b"\x67\x42\x00\x1e"
    packet = b"".join(b"\x00\x00\x01" + unit for unit in (other, SLICE))
    assert (
        LengthPrefixer("h264", [SPS, PPS])(packet)
        == b"\x00\x00\x00\x04" + other + b"\x00\x00\x00\x04" + SLICE
    )


def test_parameter_sets_are_found_once() -> None:
    vps, sps, pps = b"\x40\x01\x0c", b"\x42\x01\x01", b"\x44\x01\xc1"
    packet = b"".join(b"\x00\x00\x01" + unit for unit in (vps, sps, pps, sps, b"\x26\x01\xaf"))
    assert parameter_sets("hevc", packet) == [vps, sps, pps]


def test_form_is_known_from_the_extradata() -> None:
    assert is_annex_b("h264", b"")
    assert is_annex_b("hevc", b"\x00\x00\x00\x01\x40")
    assert not is_annex_b("h264", b"\x01\x64\x00\x1f")
    assert not is_annex_b("av1", b"")
