"""Text for pictures: grey images of letters, drawn once and kept.

Used by the test pattern and by the "no signal" picture. OpenCV's strokes are drawn eight times too large and scaled
down, which gives even edges at every size. Characters that the stroke font does not have are shown as '?'.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from framecast.media.opencv import cv2

_LARGER = 8
# Of the font at scale 1, in pixels: how far brackets reach above the base line and descenders below it; and some space on both sides.
_ASCENT, _DESCENT, _AIR = 25, 7, 0.5


@lru_cache(maxsize=512)
def line(text: str, height: int, weight: float = 0.12, fixed: bool = False) -> NDArray[np.uint8]:
    """Return `text` white on black as (height, width), read-only; `weight` is the stroke as a part of the height.

    With `fixed` every picture of one character has the same width, so that a clock does not tremble.
    """
    height = max(6, height)
    shown = "".join(letter if " " <= letter <= "~" else "?" for letter in text)
    stroke = max(1, round(height * _LARGER * weight * 0.6))
    scale = (height * _LARGER - stroke) / (_ASCENT + _DESCENT + 2 * _AIR)
    measured = "0" if fixed else shown
    (width, _), _ = cv2.getTextSize(measured, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)
    own_width = cv2.getTextSize(shown, cv2.FONT_HERSHEY_SIMPLEX, scale, stroke)[0][0]
    canvas = np.zeros((height * _LARGER, max(width, 1) + stroke), np.uint8)
    base = round(stroke / 2 + (_AIR + _ASCENT) * scale)
    left = (canvas.shape[1] - own_width) // 2
    cv2.putText(canvas, shown, (left, base), cv2.FONT_HERSHEY_SIMPLEX, scale, 255, stroke, cv2.LINE_AA)
    small = cv2.resize(canvas, (max(1, canvas.shape[1] // _LARGER), height), interpolation=cv2.INTER_AREA)
    result = np.asarray(small, np.uint8)
    result.flags.writeable = False
    return result


def fitted(text: str, height: int, width: int, weight: float = 0.12) -> NDArray[np.uint8]:
    """Return `text` as `line` does, smaller if it would be wider than `width`, and cut if even that does not help."""
    image = line(text, height, weight)
    if image.shape[1] > width:
        image = line(text, max(6, int(height * width / image.shape[1])), weight)
    return image[:, :width]
