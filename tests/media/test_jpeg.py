"""JPEG from planes."""

import numpy as np
import pytest
import simplejpeg

from framecast.errors import Invalid
from framecast.media.jpeg import encode
from framecast.media.pixels import convert, converted
from framecast.model import FORMATS, Picture
from tests.media.pictures import bars, distance, encoded, scene


def decoded(image: bytes) -> np.ndarray:
    return np.asarray(simplejpeg.decode_jpeg(image, "BGR"), np.uint8)


@pytest.mark.parametrize("format", ["i420", "nv12"])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("full_range", [False, True])
def test_bars_have_their_colours_in_every_matrix_and_range(
    format: str, matrix: str, full_range: bool
) -> None:
    picture = Picture(format, 320, 240, matrix, full_range)
    image = decoded(encode(picture, encoded(bars(320, 240), picture), 95))
    assert distance(image, bars(320, 240)) < 1.5
    assert image[:, 2:30].min() >= 253, "white is white"
    assert image[:, 290:].max() <= 2, "black is black"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [(853, 481), (54, 42), (1, 1), (2, 3)])
def test_every_format_and_odd_sizes_are_encoded(format: str, size: tuple[int, int]) -> None:
    first = Picture("bgr", *size)
    buffer = convert(first, scene(*size).reshape(-1), format).reshape(-1)
    image = decoded(encode(converted(first, format), buffer, 95))
    assert image.shape == (size[1], size[0], 3)
    if format != "gray" and size[0] > 2:
        assert distance(image, scene(*size)) < 8


@pytest.mark.parametrize("matrix", ["bt601", "bt709"])
def test_smaller_picture_shows_the_same(matrix: str) -> None:
    picture = Picture("i420", 640, 360, matrix)
    image = decoded(encode(picture, encoded(scene(640, 360), picture), 95, (160, 0)))
    assert image.shape == (90, 160, 3)
    assert distance(image, scene(160, 90)) < 3


def test_quality_is_bytes_against_likeness() -> None:
    picture = Picture("i420", 320, 240)
    buffer = encoded(scene(320, 240), picture)
    good, poor = encode(picture, buffer, 95), encode(picture, buffer, 20)
    assert len(good) > len(poor)
    assert distance(decoded(good), scene(320, 240)) < distance(decoded(poor), scene(320, 240))


@pytest.mark.parametrize("quality", [0, 101, -1])
def test_quality_that_cannot_be_is_refused(quality: int) -> None:
    picture = Picture("gray", 2, 2)
    with pytest.raises(Invalid, match="between 1 and 100"):
        encode(picture, np.zeros(4, np.uint8), quality)
