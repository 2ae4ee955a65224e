"""How a picture has to be turned or mirrored before it is shown: the display matrix of phones' videos.

Pure values. FFmpeg, MP4 (ISO/IEC 14496-12, 8.3.2) and Matroska write nine numbers: a point (x, y) of the coded picture
is shown at (a x + c y, b x + d y), where a, b, c, d are the first, second, fourth and fifth number. Turns by quarters and
mirrors are followed; any other angle is not, because the picture would need new corners.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from framecast.model.number import integer

_NUMBERS = re.compile(r"-?[0-9]{1,10}(?: -?[0-9]{1,10}){8}")
_INT32 = 1 << 31
# What may be left of the other axis: the tangent of one degree, as FFmpeg's own tolerance.
_SLACK = 0.01746


@dataclass(frozen=True, slots=True)
class Orientation:
    """First transpose (swap the axes), then mirror left to right (`flip_x`) and top to bottom (`flip_y`)."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @classmethod
    def of(cls, matrix: Sequence[int]) -> Orientation:
        """Return what a display matrix of nine numbers asks for; upright where it is no quarter turn."""
        if len(matrix) != 9:
            return UPRIGHT
        a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
        if a and d and max(abs(b), abs(c)) <= _SLACK * min(abs(a), abs(d)):
            return cls(False, a < 0, d < 0)
        if b and c and max(abs(a), abs(d)) <= _SLACK * min(abs(b), abs(c)):
            return cls(True, c < 0, b < 0)
        return UPRIGHT

    @property
    def rotation(self) -> int:
        """Degrees clockwise: 0, 90, 180 or 270; a mirrored picture is mirrored left to right before that."""
        if self.transpose:
            return 90 if self.flip_x else 270
        return 180 if self.flip_y else 0

    @property
    def is_mirrored(self) -> bool:
        """True if writing in the picture would be read in a mirror."""
        return self.transpose ^ self.flip_x ^ self.flip_y

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return (width, height) as they are shown; the same call turns shown ones into coded ones."""
        return (height, width) if self.transpose else (width, height)


UPRIGHT = Orientation()


def matrix_of(text: str) -> tuple[int, ...]:
    """Return the nine numbers that `text_of` wrote, () where the text is something else."""
    if not _NUMBERS.fullmatch(text):
        return ()
    try:
        return tuple(integer(number, -_INT32, _INT32 - 1) for number in text.split())
    except ValueError:
        return ()


def text_of(matrix: Sequence[int]) -> str:
    """Return nine numbers as a track's description has them."""
    return " ".join(str(number) for number in matrix)
