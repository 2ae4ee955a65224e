"""Decoded frames in slots: what they are described as, padded, turned, converted."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from framecast.media import pixels
from framecast.media.planes import PlaneCopier, matrix_of, picture_of, range_of
from framecast.model import UPRIGHT, Orientation, Picture
from tests.media.pictures import bars, distance

ORIENTATIONS = [
    Orientation(transpose, flip_x, flip_y)
    for transpose in (False, True)
    for flip_x in (False, True)
    for flip_y in (False, True)
]


def frame(width: int, height: int, format: str = "yuv420p") -> VideoFrame:
    """Return a frame of noise, so that no two places look the same."""
    noise = np.random.default_rng(3).integers(0, 255, (height, width), np.uint8)
    return VideoFrame.from_ndarray(noise, format="gray").reformat(format=format)


def copied(source: VideoFrame, orientation: Orientation = UPRIGHT) -> tuple[Picture, NDArray[np.uint8]]:
    copier = PlaneCopier(orientation)
    picture = copier.picture(source)
    out = np.full(picture.layout.size_bytes, 77, np.uint8)
    copier.copy(source, picture, out)
    return picture, out


def plane(source: VideoFrame, index: int) -> NDArray[np.uint8]:
    found = source.planes[index]
    return np.frombuffer(memoryview(found), np.uint8).reshape(-1, found.line_size)


@pytest.mark.parametrize(
    ("pixel_format", "matrix", "colour_range", "expected"),
    [
        ("yuv420p", 2, 0, Picture("i420", 64, 48)),
        (None, 2, 0, Picture("i420", 64, 48)),
        ("nv12", 1, 1, Picture("nv12", 64, 48, "bt709")),
        ("yuvj420p", 5, 0, Picture("i420", 64, 48, "bt601", True)),
        ("yuvj422p", 9, 0, Picture("i420", 64, 48, "bt2020", True)),
        ("yuv444p10le", 10, 2, Picture("i420", 64, 48, "bt2020", True)),
        ("gray", 2, 0, Picture("gray", 64, 48, "bt601", True)),  # untagged grey is full range
        ("gray", 2, 1, Picture("gray", 64, 48)),
        ("gbrp", 0, 2, Picture("i420", 64, 48)),
        ("rgba", 0, 2, Picture("i420", 64, 48)),
        ("pal8", 0, 0, Picture("i420", 64, 48)),
        ("yuv420p", 99, 7, Picture("i420", 64, 48)),
    ],
)
def test_ffmpeg_s_words_become_ours(
    pixel_format: str | None, matrix: int, colour_range: int, expected: Picture
) -> None:
    assert picture_of(64, 48, pixel_format, matrix, colour_range) == expected


@pytest.mark.parametrize(("width", "height"), [(0, 48), (64, 0), (0, 0)])
def test_size_that_is_not_known_yet_gives_no_picture(width: int, height: int) -> None:
    assert picture_of(width, height, "yuv420p", 2, 0) is None


@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("full", [False, True])
def test_numbers_for_ffmpeg_are_those_that_it_gives(matrix: str, full: bool) -> None:
    picture = Picture("i420", 64, 48, matrix, full)
    assert picture_of(64, 48, "yuv420p", matrix_of(picture), range_of(picture)) == picture


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 48), (64, 47), (63, 47), (1, 1), (2, 1)])
def test_odd_sides_are_padded_by_their_last_pixels(width: int, height: int) -> None:
    source = frame(width, height)
    picture, out = copied(source)
    layout = picture.layout
    luma = out[: layout.padded_width * layout.padded_height].reshape(layout.padded_height, -1)
    assert np.array_equal(luma[:height, :width], plane(source, 0)[:height, :width])
    assert np.array_equal(luma[:, -1], luma[:, width - 1])
    assert np.array_equal(luma[-1], luma[height - 1])
    for index, place in enumerate(layout.planes[1:], 1):
        found = out[place.offset : place.offset + place.rows * place.stride].reshape(place.rows, -1)
        assert np.array_equal(found, plane(source, index)[: place.rows, : place.columns])


@pytest.mark.parametrize("format", ["yuv420p", "nv12", "gray"])
@pytest.mark.parametrize("orientation", ORIENTATIONS, ids=str)
def test_pictures_are_turned_as_numpy_turns_them(orientation: Orientation, format: str) -> None:
    source = frame(64, 48, format)
    picture, out = copied(source, orientation)
    assert (picture.width, picture.height) == ((48, 64) if orientation.transpose else (64, 48))
    for index, place in enumerate(picture.layout.planes):
        columns, rows = orientation.size(place.columns, place.rows)
        expected = plane(source, index)[:rows, : columns * place.channels].reshape(rows, columns, -1)
        expected = expected.transpose(1, 0, 2) if orientation.transpose else expected
        expected = expected[:, ::-1] if orientation.flip_x else expected
        expected = expected[::-1] if orientation.flip_y else expected
        found = out[place.offset : place.offset + place.rows * place.stride].reshape(expected.shape)
        assert np.array_equal(found, expected)


def test_odd_picture_that_is_turned_is_padded_where_it_ends_then() -> None:
    source = frame(63, 47)
    picture, out = copied(source, Orientation(transpose=True))
    assert (picture.width, picture.height) == (47, 63)
    luma = out[: 48 * 64].reshape(64, 48)
    assert np.array_equal(luma[:63, :47], plane(source, 0)[:47, :63].T)
    assert np.array_equal(luma[:, -1], luma[:, -2])
    assert np.array_equal(luma[-1], luma[-2])


@pytest.mark.parametrize("format", ["rgb24", "gbrp", "bgra", "yuv444p", "yuv422p", "yuv420p10le"])
def test_other_formats_become_i420_with_their_colours(format: str) -> None:
    image = bars(160, 48)
    source = VideoFrame.from_ndarray(image, format="bgr24").reformat(format=format)
    picture, out = copied(source)
    assert picture.format == "i420"
    shown = np.empty(picture.width * picture.height * 3, np.uint8)
    pixels.convert(picture, out, "bgr", shown, None)
    assert distance(shown.reshape(48, 160, 3), image) < 3
