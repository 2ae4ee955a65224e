"""What a display matrix asks for."""

from itertools import product

import numpy as np
import pytest

from framecast.model import UPRIGHT, Orientation
from framecast.model.orientation import matrix_of, text_of

ONE = 65536


def matrix(a: int, b: int, c: int, d: int) -> tuple[int, ...]:
    return (a, b, 0, c, d, 0, 0, 0, 1 << 30)


@pytest.mark.parametrize(
    ("numbers", "rotation", "is_mirrored", "size"),
    [
        (matrix(ONE, 0, 0, ONE), 0, False, (4, 3)),
        (matrix(0, ONE, -ONE, 0), 90, False, (3, 4)),
        (matrix(-ONE, 0, 0, -ONE), 180, False, (4, 3)),
        (matrix(0, -ONE, ONE, 0), 270, False, (3, 4)),
        (matrix(-ONE, 0, 0, ONE), 0, True, (4, 3)),
        (matrix(ONE, 0, 0, -ONE), 180, True, (4, 3)),
        (matrix(0, ONE, ONE, 0), 270, True, (3, 4)),
        (matrix(0, -ONE, -ONE, 0), 90, True, (3, 4)),
        (matrix(2 * ONE, 0, 0, 3 * ONE), 0, False, (4, 3)),  # scaled: only its angle counts
        (matrix(60, ONE, -ONE, -60), 90, False, (3, 4)),  # rounded by its writer
    ],
)
def test_quarter_turns_and_mirrors_are_read(
    numbers: tuple[int, ...], rotation: int, is_mirrored: bool, size: tuple[int, int]
) -> None:
    found = Orientation.of(numbers)
    assert (found.rotation, found.is_mirrored, found.size(4, 3)) == (rotation, is_mirrored, size)


@pytest.mark.parametrize(
    "numbers",
    [matrix(46341, 46341, -46341, 46341), matrix(0, 0, 0, 0), (), (1, 2), matrix(ONE, 20000, 0, ONE)],
)
def test_any_other_matrix_leaves_the_picture_as_it_is(numbers: tuple[int, ...]) -> None:
    assert Orientation.of(numbers) == UPRIGHT


@pytest.mark.parametrize("flags", list(product([False, True], repeat=3)))
def test_rotation_and_mirror_say_the_same_as_the_steps(flags: tuple[bool, bool, bool]) -> None:
    orientation = Orientation(*flags)
    image = np.arange(6).reshape(2, 3)
    steps = image.T if orientation.transpose else image
    steps = steps[:, ::-1] if orientation.flip_x else steps
    steps = steps[::-1] if orientation.flip_y else steps
    in_words = image[:, ::-1] if orientation.is_mirrored else image
    assert np.array_equal(np.rot90(in_words, -orientation.rotation // 90), steps)


def test_a_matrix_as_text_comes_back_and_nonsense_is_no_matrix() -> None:
    numbers = matrix(0, ONE, -ONE, 0)
    assert matrix_of(text_of(numbers)) == numbers
    for text in ("", "1 2 3", "a b c d e f g h i", "9" * 500, "1 " * 9, "9999999999 " + "0 " * 7 + "0"):
        assert matrix_of(text) == ()
