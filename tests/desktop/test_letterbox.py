"""Where pictures and windows stand."""

import pytest

from framecast.desktop.letterbox import Box, cell, fit, shrink


@pytest.mark.parametrize(
    ("picture", "window", "expected"),
    [
        ((1920, 1080), (1280, 720), Box(0, 0, 1280, 720)),
        ((1920, 1080), (1280, 1000), Box(0, 140, 1280, 720)),
        ((640, 480), (1280, 720), Box(160, 0, 960, 720)),
        ((480, 640), (300, 800), Box(0, 200, 300, 400)),
        ((640, 480), (641, 481), Box(0, 0, 640, 480)),
    ],
)
def test_picture_is_as_large_as_it_fits_and_in_the_middle(
    picture: tuple[int, int], window: tuple[int, int], expected: Box
) -> None:
    assert fit(picture, window) == expected


@pytest.mark.parametrize("window", [(1, 1), (2, 500), (4000, 3), (161, 91)])
@pytest.mark.parametrize("picture", [(16384, 2), (3, 16384), (641, 481)])
def test_sides_are_even_and_never_nothing(picture: tuple[int, int], window: tuple[int, int]) -> None:
    box = fit(picture, window)
    assert box.width >= 2 <= box.height
    assert box.width % 2 == box.height % 2 == 0
    assert box.left >= 0 <= box.top
    assert box.width <= max(2, window[0])
    assert box.height <= max(2, window[1])


def test_window_has_the_pictures_size_where_there_is_room_and_its_proportion_where_there_is_none() -> None:
    assert shrink((640, 480), (1000, 1000)) == (640, 480)
    assert shrink((3840, 2160), (1440, 900)) == (1440, 810)


@pytest.mark.parametrize("count", range(1, 17))
def test_windows_do_not_cover_each_other(count: int) -> None:
    cells = [cell(number, count, (1600, 1000)) for number in range(count)]
    for index, one in enumerate(cells):
        assert one.left + one.width <= 1600
        assert one.top + one.height <= 1000
        for other in cells[:index]:
            beside = one.left >= other.left + other.width or other.left >= one.left + one.width
            below = one.top >= other.top + other.height or other.top >= one.top + one.height
            assert beside or below
