"""What a program may give as a picture, and what it is told where it may not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from framecast.client.image import check_format, copy_into, describe
from framecast.errors import Invalid
from framecast.media import pixels
from framecast.model import FORMATS, Picture


def picture(*shape: int) -> NDArray[np.uint8]:
    return np.arange(int(np.prod(shape)), dtype=np.uint32).astype(np.uint8).reshape(shape)


@pytest.mark.parametrize(
    ("shape", "format", "expected"),
    [
        ((48, 64, 3), None, Picture("bgr", 64, 48, full_range=True)),
        ((48, 64, 3), "rgb", Picture("rgb", 64, 48, full_range=True)),
        ((48, 64), None, Picture("gray", 64, 48, full_range=True)),
        ((48, 64, 1), "gray", Picture("gray", 64, 48, full_range=True)),
        ((72, 64), "i420", Picture("i420", 64, 48)),
        ((72, 64), "nv12", Picture("nv12", 64, 48)),
        ((1, 1, 3), None, Picture("bgr", 1, 1, full_range=True)),
    ],
)
def test_shape_and_format_say_what_a_picture_is(
    shape: tuple[int, ...], format: str | None, expected: Picture
) -> None:
    assert describe(picture(*shape), format) == expected


@pytest.mark.parametrize(
    ("shape", "format", "words"),
    [
        ((48, 64, 4), None, "leave out the fourth channel"),
        ((48, 64), "bgr", r"expected \(height, width, 3\)"),
        ((48, 64, 3), "gray", r"expected \(height, width\)"),
        ((48, 64, 2), None, "expected"),
        ((64,), None, "expected"),
        ((2, 48, 64, 3), None, "expected"),
        ((71, 64), "i420", "even sizes"),
        ((72, 63), "nv12", "even sizes"),
        ((3, 64), "i420", None),
        ((0, 64, 3), None, "sides of a picture must be"),
        ((48, 64, 3), "bgra", "bgra"),
    ],
)
def test_other_shapes_are_refused_with_what_was_expected(
    shape: tuple[int, ...], format: str | None, words: str | None
) -> None:
    if words is None:
        assert describe(picture(*shape), format).height == 2
        return
    with pytest.raises(Invalid, match=words):
        describe(picture(*shape), format)


@pytest.mark.parametrize("dtype", [np.float32, np.uint16, np.int8, np.bool_])
def test_other_numbers_are_refused_with_what_to_do(dtype: type) -> None:
    with pytest.raises(Invalid, match=r"scale it to 0\.\.255"):
        describe(np.zeros((4, 4, 3), dtype), None)


def test_formats_are_those_of_the_model() -> None:
    assert [check_format(format) for format in FORMATS] == list(FORMATS)
    assert check_format(None) is None
    with pytest.raises(Invalid, match="bgr, rgb"):
        check_format("yuv444")


@pytest.mark.parametrize(
    "view",
    [
        lambda image: image,
        lambda image: image[::-1],
        lambda image: image[:, ::-1],
        lambda image: image[::2, ::2],
        lambda image: np.asfortranarray(image),
        lambda image: image[..., ::-1],
    ],
    ids=["whole", "upside down", "mirrored", "every second", "by columns", "rgb"],
)
def test_pixels_arrive_whatever_their_order_in_memory(
    view: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
) -> None:
    image = view(picture(48, 64, 3))
    found = describe(image, None)
    slot = np.full(found.layout.size_bytes, 9, np.uint8)
    copy_into(slot, found, image)
    assert np.array_equal(pixels.whole(found, slot), image)


def test_planes_arrive_where_readers_look_for_them() -> None:
    image = picture(72, 64)
    found = describe(image, "i420")
    slot = np.zeros(found.layout.size_bytes, np.uint8)
    copy_into(slot, found, image)
    luma, u, v = pixels.planes(found, slot)
    assert np.array_equal(luma, image[:48])
    assert np.array_equal(np.concatenate([u.ravel(), v.ravel()]), image[48:].ravel())
