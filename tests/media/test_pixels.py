"""Formats, sizes and colours."""

import av
import numpy as np
import pytest
from av.video.reformatter import Interpolation

from framecast.errors import Invalid
from framecast.media.pixels import convert, converted, fit, planes, wrap
from framecast.model import FORMATS, Picture
from tests.media.pictures import bars, distance, encoded, scene

FINEST = Interpolation.BICUBIC | Interpolation.ACCURATE_RND
SIZES = [(64, 48), (53, 41), (54, 42)]
MATRICES = [(matrix, full) for matrix in ("bt601", "bt709", "bt2020") for full in (False, True)]


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


@pytest.mark.parametrize("format", ["i420", "nv12"])
@pytest.mark.parametrize(("matrix", "full_range"), MATRICES)
def test_bars_have_their_colours_in_every_matrix_and_range(
    format: str, matrix: str, full_range: bool
) -> None:
    picture = Picture(format, 320, 240, matrix, full_range)
    buffer = encoded(bars(320, 240), picture)
    for out_format in ("bgr", "rgb"):
        image = convert(picture, buffer, out_format)
        image = image if out_format == "bgr" else image[..., ::-1]
        assert distance(image, bars(320, 240)) < 1


def test_range_and_matrix_matter() -> None:
    picture = Picture("i420", 320, 240, "bt709", full_range=True)
    buffer = encoded(bars(320, 240), picture)
    assert distance(convert(Picture("i420", 320, 240), buffer, "bgr"), bars(320, 240)) > 5


@pytest.mark.parametrize(("matrix", "full_range"), MATRICES)
def test_colours_are_those_of_ffmpeg(matrix: str, full_range: bool) -> None:
    picture = Picture("i420", 320, 240, matrix, full_range)
    buffer = encoded(scene(320, 240), picture)
    frame = wrap(picture, buffer).reformat(format="bgr24", interpolation=FINEST, dst_color_range=2)
    assert distance(convert(picture, buffer, "bgr"), np.asarray(frame.to_ndarray(), np.uint8)) < 2


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_every_format_becomes_every_other_in_place(size: tuple[int, int], source: str, target: str) -> None:
    original = scene(*size)
    first = Picture("bgr", *size)
    picture = converted(first, source)
    buffer = np.array(convert(first, original.reshape(-1), source)).reshape(-1)
    buffer.flags.writeable = False
    goal = converted(picture, target)
    out = np.zeros(goal.layout.size_bytes, np.uint8)
    result = convert(picture, buffer, target, out)
    assert address(result) == address(out)
    assert np.array_equal(result, convert(picture, buffer, target))
    back = convert(goal, out, "bgr")
    assert back.shape == original.shape
    if "gray" in (source, target):
        assert distance(back.mean(axis=2), convert(first, original.reshape(-1), "gray")) < 2
    else:
        assert distance(back, original) < 6


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("format", FORMATS)
def test_planes_are_views_cropped_to_what_is_shown(size: tuple[int, int], format: str) -> None:
    width, height = size
    picture = Picture(format, width, height)
    buffer = np.arange(picture.layout.size_bytes, dtype=np.uint64).astype(np.uint8)
    buffer.flags.writeable = False
    found = planes(picture, buffer)
    half = ((height + 1) // 2, (width + 1) // 2)
    shapes = {
        "i420": [(height, width), half, half],
        "nv12": [(height, width), (*half, 2)],
        "gray": [(height, width)],
    }
    assert [plane.shape for plane in found] == shapes.get(format, [(height, width, 3)])
    assert all(np.shares_memory(plane, buffer) and not plane.flags.writeable for plane in found)


def test_gray_of_a_planar_picture_is_its_luma_without_a_copy() -> None:
    for format in ("i420", "nv12"):
        picture = Picture(format, 53, 41)
        buffer = encoded(scene(53, 41), picture)
        gray = convert(picture, buffer, "gray")
        assert gray.shape == (41, 53)
        assert address(gray) == address(buffer)
        assert not converted(picture, "gray").full_range


def test_limited_gray_is_stretched_where_it_becomes_colour() -> None:
    picture = Picture("gray", 8, 8)
    for level, shown in ((16, 0), (235, 255), (0, 0), (255, 255)):
        image = convert(picture, np.full(64, level, np.uint8), "bgr")
        assert image.min() == image.max() == shown


def test_own_format_is_a_view_and_with_memory_given_a_copy() -> None:
    for format in FORMATS:
        picture = Picture(format, 54, 42)
        buffer = np.arange(picture.layout.size_bytes, dtype=np.uint64).astype(np.uint8)
        assert address(convert(picture, buffer, format)) == address(buffer)
        out = np.zeros_like(buffer)
        assert address(convert(picture, buffer, format, out)) == address(out)
        assert np.array_equal(out, buffer)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("size", [(32, 24), (160, 122), (106, 0), (20, 90)])
def test_scaled_picture_shows_the_same(format: str, target: str, size: tuple[int, int]) -> None:
    first = Picture("bgr", 106, 81)
    picture = converted(first, format)
    buffer = convert(first, scene(106, 81).reshape(-1), format).reshape(-1)
    width, height = fit(size, picture)
    out = np.zeros(converted(picture, target, size).layout.size_bytes, np.uint8)
    image = convert(
        converted(picture, target, size), convert(picture, buffer, target, out, size).reshape(-1), "bgr"
    )
    assert image.shape == (height, width, 3)
    reference = scene(width, height)
    if "gray" in (format, target):
        image, reference = (
            image[..., 0],
            convert(Picture("bgr", width, height), reference.reshape(-1), "gray"),
        )
    assert distance(image, reference) < 8


@pytest.mark.parametrize(
    ("size", "fitted"),
    [
        (None, (853, 481)),
        ((640, 0), (640, 360)),
        ((0, 240), (426, 240)),
        ((641, 361), (640, 360)),
        ((1, 1), (2, 2)),
        ((2, 0), (2, 2)),
    ],
)
def test_missing_side_keeps_the_proportion_and_sides_are_even(
    size: tuple[int, int] | None, fitted: tuple[int, int]
) -> None:
    assert fit(size, Picture("i420", 853, 481)) == fitted


def test_memory_of_another_size_is_refused() -> None:
    picture = Picture("i420", 16, 16)
    buffer = np.zeros(picture.layout.size_bytes, np.uint8)
    with pytest.raises(Invalid, match="must have 768 bytes, got 767"):
        convert(picture, buffer, "bgr", np.zeros(767, np.uint8))
    with pytest.raises(Invalid, match="yuyv"):
        convert(picture, buffer, "yuyv")


@pytest.mark.parametrize("format", ["i420", "nv12"])
def test_ffmpeg_sees_the_whole_picture_in_the_same_memory(format: str) -> None:
    picture = Picture(format, 54, 482 // 2, "bt709")
    buffer = encoded(scene(54, 241), picture)
    frame = wrap(picture, buffer)
    assert (frame.width, frame.height) == (54, 242)
    assert frame.planes[0].buffer_ptr == address(buffer)
    assert isinstance(frame, av.VideoFrame)
    assert int(frame.colorspace) == 1
