"""Places a picture in a window: centred, as large as fits, with its aspect ratio kept. Plain arithmetic."""

from __future__ import annotations

from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle in pixels of the window."""

    left: int
    top: int
    width: int
    height: int


def fit(picture: tuple[int, int], window: tuple[int, int]) -> Box:
    """Return where a picture of (width, height) stands. Its sides there are even, as chroma wants them."""
    wide, high = window
    if picture[0] * high > picture[1] * wide:
        width, height = wide, round(wide * picture[1] / picture[0])
    else:
        width, height = round(high * picture[0] / picture[1]), high
    width, height = max(2, width & ~1), max(2, height & ~1)
    return Box(max(0, (wide - width) // 2), max(0, (high - height) // 2), width, height)


def shrink(picture: tuple[int, int], room: tuple[int, int]) -> tuple[int, int]:
    """Return the picture's own size, or where that is more than `room` the largest in proportion that fits."""
    if picture[0] <= room[0] and picture[1] <= room[1]:
        return picture
    box = fit(picture, room)
    return box.width, box.height


def cell(number: int, count: int, screen: tuple[int, int]) -> Box:
    """Return the part of the screen that window `number` (from 0) of `count` has for itself."""
    columns = 1
    while columns * columns < count:
        columns += 1
    rows = -(-count // columns)
    width, height = screen[0] // columns, screen[1] // rows
    return Box(number % columns * width, number // columns % rows * height, width, height)
