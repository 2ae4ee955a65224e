"""Where the pixels of a picture lie: nothing overlaps, nothing is left over, odd sizes are padded to even ones."""

from __future__ import annotations

import numpy as np
import pytest

from framecast.errors import Invalid
from framecast.model import Picture
from framecast.model.picture import FORMATS, MAX_SIDE

SIZES = [(1, 1), (2, 2), (853, 481), (480, 853), (1920, 1080)]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", SIZES)
def test_planes_lie_behind_each_other_inside_the_slot(format: str, size: tuple[int, int]) -> None:
    layout = Picture(format, *size).layout
    taken = np.zeros(layout.size_bytes, np.uint8)
    for plane in layout.planes:
        for row in range(plane.rows):
            begin = plane.offset + row * plane.stride
            taken[begin : begin + plane.columns * plane.channels] += 1
    assert taken.max() == 1
    padding = layout.size_bytes - int(taken.sum())
    is_padded = format in ("i420", "nv12") and (size[0] % 2 or size[1] % 2)
    assert padding == (layout.padded_width * layout.padded_height - size[0] * size[1] if is_padded else 0)


@pytest.mark.parametrize("format", ["i420", "nv12"])
def test_chroma_has_one_sample_for_four_pixels_rounded_up(format: str) -> None:
    layout = Picture(format, 853, 481).layout
    assert (layout.padded_width, layout.padded_height) == (854, 482)
    assert {(plane.rows, plane.columns) for plane in layout.planes[1:]} == {(241, 427)}
    assert layout.size_bytes == 854 * 482 * 3 // 2


@pytest.mark.parametrize(
    ("format", "width", "height", "matrix"),
    [
        ("yuv", 2, 2, "bt601"),
        ("bgr", 0, 2, "bt601"),
        ("bgr", 2, -1, "bt601"),
        ("bgr", MAX_SIDE + 1, 2, "bt601"),
        ("bgr", 2, 2, "smpte240m"),
    ],
)
def test_what_cannot_be_is_refused(format: str, width: int, height: int, matrix: str) -> None:
    with pytest.raises(Invalid):
        Picture(format, width, height, matrix)
