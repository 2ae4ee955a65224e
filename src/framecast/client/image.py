"""What a program gives as a picture, checked and copied into the slot of a frames track.

The one copy that publishing costs. Pictures are stored in the format in which they are given, so that local readers
get exactly those pixels; what browsers need is converted by renditions.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from framecast.errors import Invalid
from framecast.model import FORMATS, Picture

Pixels = NDArray[np.uint8]
_COLOURS = ("bgr", "rgb")
_PLANAR = ("i420", "nv12")


def check_format(format: str | None) -> str | None:
    """Return `format` if there is one of that name, or None.

    Raises:
        Invalid: there is none.
    """
    if format is not None and format not in FORMATS:
        raise Invalid(f"pixel format {format!r} is not known: use one of {', '.join(FORMATS)}")
    return format


def describe(image: NDArray[np.generic], format: str | None) -> Picture:
    """Return what `image` is: (height, width, 3) bgr or rgb, (height, width) gray, (height * 3 / 2, width) i420 or nv12.

    `format` None stands for gray where the array has two dimensions, else for bgr.

    Raises:
        Invalid: dtype, shape or format is not allowed; the message says what to do.
    """
    return _describe(image.shape, image.dtype, format)


@lru_cache(maxsize=64)
def _describe(shape: tuple[int, ...], dtype: np.dtype[Any], format: str | None) -> Picture:
    """Cached: a program sends the same kind of picture again and again."""
    if dtype != np.uint8:
        raise Invalid(
            f"an image of {dtype} was given, expected uint8: scale it to 0..255 and use .astype(numpy.uint8)"
        )
    format = check_format(format) or ("gray" if len(shape) == 2 else "bgr")
    if format == "gray" and shape[2:] == (1,):
        shape = shape[:2]
    expected = 3 if format in _COLOURS else 2
    if len(shape) != expected or (expected == 3 and shape[2] != 3):
        hint = ": leave out the fourth channel, image[:, :, :3]" if shape[2:] == (4,) else ""
        raise Invalid(f"an image of shape {shape} was given as {format}, expected {_SHAPES[format]}{hint}")
    height, width = shape[:2]
    if format in _PLANAR:
        if height % 3 or width % 2 or (height * 2 // 3) % 2:
            raise Invalid(
                f"an image of shape {shape} was given as {format}, expected {_SHAPES[format]}, even sizes"
            )
        height = height * 2 // 3
    return Picture(format, width, height, full_range=format not in _PLANAR)


def copy_into(slot: Pixels, picture: Picture, image: NDArray[np.generic]) -> None:
    """Copy `image`, which `describe` has found to be `picture`, into `slot` (1-D). Any strides will do."""
    # Rows of what is given are packed in the slot in every format: image formats have no padding of their own.
    np.copyto(slot.reshape(image.shape), image, casting="no")


_SHAPES = {
    "bgr": "(height, width, 3)",
    "rgb": "(height, width, 3)",
    "gray": "(height, width)",
    "i420": "(height * 3 / 2, width)",
    "nv12": "(height * 3 / 2, width)",
}
