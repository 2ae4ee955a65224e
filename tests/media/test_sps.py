"""Sequence parameter sets: what FFmpeg's decoder finds is the measure."""

from __future__ import annotations

from fractions import Fraction

import av
import pytest

from framecast.media import annexb, sps
from framecast.media.planes import picture_of
from framecast.protocols.rtp.unit import Damaged


def encoded(width: int, height: int, pixels: str, **options: str) -> tuple[bytes, av.VideoFrame]:
    """The set of a real encoder, and the picture that FFmpeg decodes by it."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, pixels
    context.framerate, context.time_base = Fraction(30000, 1001), Fraction(1001, 30000)
    context.options = {"tune": "zerolatency", **options}
    frame = av.VideoFrame(width, height, pixels)
    for plane in (
        frame.planes
    ):  # otherwise it is whatever the process had in this memory, such as ten bits with values above 1023
        plane.update(bytes(plane.buffer_size))
    packets = [*context.encode(frame), *context.encode(None)]
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    pictures = [*decoder.decode(packets[0]), *decoder.decode(None)]
    units = annexb.units(bytes(packets[0]))
    return next(unit for unit in units if annexb.kind("h264", unit) == 7), pictures[0]


@pytest.mark.parametrize(
    ("width", "height", "pixels", "options"),
    [
        (640, 360, "yuv420p", {"profile": "baseline"}),
        (1920, 1080, "yuv420p", {}),
        (720, 576, "yuv420p", {"x264-params": "interlaced=1:colormatrix=bt709:fullrange=off"}),
        (320, 242, "yuv420p", {"x264-params": "fullrange=on:cqm=jvt:overscan=show:chromaloc=1:sar=3/7"}),
        (322, 180, "yuv422p", {}),
        (321, 181, "yuv444p", {}),
        (320, 180, "yuv420p10le", {}),
        (320, 180, "gray", {}),
    ],
)
def test_it_says_what_ffmpeg_decodes(width: int, height: int, pixels: str, options: dict[str, str]) -> None:
    unit, frame = encoded(width, height, pixels, **options)
    told = sps.parse(unit)
    assert (told.width, told.height) == (frame.width, frame.height) == (width, height)
    assert told.rate == Fraction(30000, 1001)
    assert told.pixels == frame.format.name
    found = picture_of(
        frame.width, frame.height, frame.format.name, int(frame.colorspace), int(frame.color_range)
    )
    assert picture_of(told.width, told.height, told.pixels, told.matrix, told.colour_range) == found


@pytest.mark.parametrize(("pictures", "delay"), [("0", 0), ("1", 1), ("3", 2)])
def test_it_says_how_far_pictures_are_reordered(pictures: str, delay: int) -> None:
    unit, _ = encoded(
        640,
        360,
        "yuv420p",
        tune="film",
        bf=pictures,
        **{"x264-params": "nal-hrd=vbr:vbv-maxrate=900:vbv-bufsize=900"},
    )
    assert sps.parse(unit).delay == delay


@pytest.mark.parametrize(
    "unit", [b"", b"\x67", b"\x68\x64\x00\x1e\xac", b"\x67\x64\x00\x1e", b"\x67\x64\x00\x1e" + b"\x00" * 40]
)
def test_what_is_none_is_damaged(unit: bytes) -> None:
    with pytest.raises(Damaged):
        sps.parse(unit)


def test_one_that_is_cut_off_behind_the_size_is_enough() -> None:
    unit, _ = encoded(640, 360, "yuv420p")
    whole = sps.parse(unit)
    for end in range(len(unit) - 1, 12, -1):
        told = sps.parse(unit[:end])
        assert (told.width, told.height) == (whole.width, whole.height)
