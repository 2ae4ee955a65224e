"""The picture that viewers see while a stream has no picture: its name and the reason.

Drawn by the web server, off its event loop, and kept: a stream that is away costs one drawing for all its viewers.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from framecast.media import lettering, opencv
from framecast.media.opencv import cv2
from framecast.model import Picture

_QUALITY = 85
_TOP, _BOTTOM = (48, 38, 32), (24, 19, 16)  # BGR
_NAME, _REASON, _SIGN = (240, 236, 232), (168, 158, 150), (92, 110, 232)
_MIN_SIDE = 2
_MIN_TEXT_SIDE = 48  # smaller pictures show the sign alone
_LARGER = 4  # the sign is drawn larger and scaled down, for even edges


def load() -> ModuleType:
    """Return what encodes JPEG, with OpenCV loaded: their import takes 0.2 s, and a server may do without until a picture stays away."""
    opencv.load()
    return import_module("framecast.media.jpeg")


@lru_cache(maxsize=64)
def no_signal(width: int, height: int, stream: str, reason: str = "") -> bytes:
    """Return the picture as JPEG. Any thread."""
    width, height = max(_MIN_SIDE, width), max(_MIN_SIDE, height)
    image = _background(width, height)
    unit = min(width, height * 4 // 3)
    if min(width, height) < _MIN_TEXT_SIDE:
        _put(image, _sign(min(width, height) * 2 // 3), height // 2, _SIGN)
    else:
        _put(image, _sign(unit // 6), round(height * 0.34), _SIGN)
        room = width * 9 // 10
        _put(image, lettering.fitted(stream, unit // 12, room, 0.14), round(height * 0.6), _NAME)
        _put(image, lettering.fitted(reason or "no signal", unit // 20, room), round(height * 0.73), _REASON)
    encoded: bytes = load().encode(Picture("bgr", width, height), image.reshape(-1), _QUALITY)
    return encoded


def _background(width: int, height: int) -> NDArray[np.uint8]:
    rows = np.linspace(np.array(_TOP), np.array(_BOTTOM), height)
    return np.ascontiguousarray(np.broadcast_to(rows[:, None], (height, width, 3)).astype(np.uint8))


def _put(
    image: NDArray[np.uint8], letters: NDArray[np.uint8], middle: int, colour: tuple[int, int, int]
) -> None:
    """Lay grey letters over the picture, centred around row `middle`."""
    high, wide = letters.shape
    top = min(max(0, middle - high // 2), image.shape[0] - high)
    left = (image.shape[1] - wide) // 2
    place = image[top : top + high, left : left + wide]
    cover = letters[..., None].astype(np.float32) / 255
    place[:] = (place * (1 - cover) + np.array(colour) * cover).astype(np.uint8)


@lru_cache(maxsize=16)
def _sign(side: int) -> NDArray[np.uint8]:
    """A camera that is struck out, white on black, read-only."""
    side = max(2, side)
    large = side * _LARGER
    canvas = np.zeros((large, large), np.uint8)

    def at(x: float, y: float) -> tuple[int, int]:
        return round(x * large), round(y * large)

    stroke = max(1, large // 14)
    cv2.rectangle(canvas, at(0.08, 0.28), at(0.64, 0.74), (255,), stroke)
    lens = np.array([at(0.64, 0.46), at(0.92, 0.3), at(0.92, 0.72), at(0.64, 0.56)], np.int32)
    cv2.polylines(canvas, [lens], isClosed=True, color=(255,), thickness=stroke)
    cv2.line(canvas, at(0.14, 0.94), at(0.84, 0.06), (0,), stroke * 3)
    cv2.line(canvas, at(0.14, 0.94), at(0.84, 0.06), (255,), stroke)
    result = np.asarray(cv2.resize(canvas, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    result.flags.writeable = False
    return result
