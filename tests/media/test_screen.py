"""Pictures painted into a window's memory have the colours and the place that `pixels` gives them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from framecast.media import pixels
from framecast.media.screen import Painter
from framecast.model import Picture

SIZE = (320, 180)


def drawn(format: str, matrix: str = "bt601", full_range: bool = False) -> tuple[Picture, NDArray[np.uint8]]:
    """A picture of large fields of strong colours, so that chroma's half size does not matter."""
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    for index, colour in enumerate(((200, 30, 30), (30, 200, 30), (30, 30, 200), (220, 220, 220))):
        image[:, index * 80 : index * 80 + 80] = colour
    flat = pixels.convert(Picture("bgr", *SIZE), image.reshape(-1), format).reshape(-1)
    return Picture(format, *SIZE, matrix, full_range or format in ("bgr", "rgb")), np.ascontiguousarray(flat)


def window(width: int, height: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Memory of a window, and a place in the middle of it."""
    whole = np.full((height + 40, width + 60, 4), 7, np.uint8)
    return whole, whole[20 : 20 + height, 30 : 30 + width]


@pytest.mark.parametrize("size", [(320, 180), (160, 90), (640, 360)])
@pytest.mark.parametrize(
    ("format", "matrix", "full_range"),
    [
        ("i420", "bt601", False),
        ("nv12", "bt601", False),
        ("i420", "bt709", False),
        ("nv12", "bt709", True),
        ("i420", "bt601", True),
        ("bgr", "bt601", True),
        ("rgb", "bt601", True),
        ("gray", "bt601", True),
        ("gray", "bt601", False),
    ],
)
def test_colours_are_those_of_the_picture_at_every_size(
    format: str, matrix: str, full_range: bool, size: tuple[int, int]
) -> None:
    picture, buffer = drawn(format, matrix, full_range)
    expected = pixels.convert(picture, buffer, "bgr")
    whole, place = window(*size)
    Painter().paint(picture, buffer, place)
    for field in range(4):
        x, y = (field * 80 + 40) * size[0] // 320, size[1] // 2
        wanted = expected[90, field * 80 + 40].astype(int)
        assert np.abs(place[y, x, :3].astype(int) - wanted).max() <= 3, (field, place[y, x], wanted)
    border = whole.copy()
    border[20 : 20 + size[1], 30 : 30 + size[0]] = 7
    assert (border == 7).all()


def test_odd_picture_fills_an_even_place() -> None:
    image = np.full((91, 161, 3), 120, np.uint8)
    odd = Picture("bgr", 161, 91)
    buffer = np.ascontiguousarray(pixels.convert(odd, image.reshape(-1), "i420").reshape(-1))
    _, place = window(160, 90)
    Painter().paint(Picture("i420", 161, 91), buffer, place)
    assert np.abs(place[..., :3].astype(int) - 120).max() <= 3
