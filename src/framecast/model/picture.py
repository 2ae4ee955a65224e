"""How the pixels of a decoded picture lie in memory.

A slot of a frames pool holds one picture, planes after each other, rows tightly packed. Planar 4:2:0 pictures
of odd size are padded to even sizes, because chroma has one sample for 2 x 2 pixels and every converter
wants even planes; the padding repeats the last row and column and is never shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from framecast.errors import Invalid

FORMATS = ("i420", "nv12", "bgr", "rgb", "gray")
# Matrix and range as in H.273: 'bt601' is also what an untagged picture is taken for, as FFmpeg does.
MATRICES = ("bt601", "bt709", "bt2020")
MAX_SIDE = 16384


@dataclass(frozen=True, slots=True)
class Plane:
    """One plane of a picture: `rows` x `columns` x `channels` bytes from `offset`; rows are `stride` bytes apart."""

    offset: int
    rows: int
    columns: int
    channels: int
    stride: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The planes of one picture, cropped to what is shown, and the size in bytes of the whole."""

    planes: tuple[Plane, ...]
    padded_width: int
    padded_height: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Picture:
    """What a frames track holds: format, size in pixels and colour."""

    format: str
    width: int
    height: int
    matrix: str = "bt601"
    full_range: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise Invalid(f"pixel format {self.format!r} is not known: use one of {', '.join(FORMATS)}")
        if not (0 < self.width <= MAX_SIDE and 0 < self.height <= MAX_SIDE):
            raise Invalid(
                f"the sides of a picture must be 1 to {MAX_SIDE} pixels, got {self.width} x {self.height}"
            )
        if self.matrix not in MATRICES:
            raise Invalid(f"colour matrix {self.matrix!r} is not known: use one of {', '.join(MATRICES)}")

    @property
    def layout(self) -> Layout:
        """Where the planes lie."""
        return layout(self.format, self.width, self.height)


@lru_cache(maxsize=256)
def layout(format: str, width: int, height: int) -> Layout:
    """Return where the planes of a picture lie in its slot.

    i420: Y (height, width), U and V (half, half); nv12: Y and interleaved UV (half, half, 2);
    bgr, rgb: (height, width, 3); gray: (height, width). All uint8.
    """
    if format in ("bgr", "rgb"):
        return Layout((Plane(0, height, width, 3, 3 * width),), width, height, 3 * width * height)
    if format == "gray":
        return Layout((Plane(0, height, width, 1, width),), width, height, width * height)
    wide, high = width + (width & 1), height + (height & 1)
    luma = Plane(0, height, width, 1, wide)
    half_w, half_h = wide // 2, high // 2
    if format == "i420":
        u = Plane(wide * high, half_h, half_w, 1, half_w)
        v = Plane(wide * high + half_w * half_h, half_h, half_w, 1, half_w)
        planes: tuple[Plane, ...] = (luma, u, v)
    elif format == "nv12":
        planes = (luma, Plane(wide * high, half_h, half_w, 2, wide))
    else:
        raise Invalid(f"pixel format {format!r} is not known: use one of {', '.join(FORMATS)}")
    return Layout(planes, wide, high, wide * high * 3 // 2)
