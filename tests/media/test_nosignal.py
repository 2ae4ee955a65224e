"""The picture of a stream that has none."""

import numpy as np
import pytest
import simplejpeg

from framecast.media.nosignal import no_signal


@pytest.mark.parametrize(
    "size", [(1920, 1080), (640, 480), (480, 853), (97, 61), (49, 48), (48, 49), (32, 18), (2, 2), (0, 0)]
)
def test_picture_of_any_size_is_a_jpeg_of_that_size(size: tuple[int, int]) -> None:
    image = simplejpeg.decode_jpeg(
        no_signal(*size, "front-door", "the address does not answer in time"), "BGR"
    )
    assert image.shape == (max(2, size[1]), max(2, size[0]), 3)


def test_name_and_reason_are_seen() -> None:
    pictures = [
        simplejpeg.decode_jpeg(no_signal(640, 360, *words), "GRAY")
        for words in (("front-door", "refused"), ("garden", "refused"), ("front-door", "timeout"))
    ]
    assert not np.array_equal(pictures[0], pictures[1])
    assert not np.array_equal(pictures[0], pictures[2])
    assert all(picture.max() > 180 for picture in pictures)


def test_long_and_foreign_words_fit() -> None:
    assert no_signal(160, 120, "x" * 64, "eine sehr lange Erklärung \n 日本 " * 20)
    assert no_signal(160, 120, "", "")


def test_same_words_are_drawn_once() -> None:
    assert no_signal(320, 240, "a", "b") is no_signal(320, 240, "a", "b")
