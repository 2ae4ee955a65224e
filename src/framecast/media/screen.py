"""Pictures on their way to a screen: scaled and in the byte order that screens have (blue, green, red, unused).

Used by desktop windows, by the thread that draws. Written straight into the memory that the window system shows, by
measurement (1080p, one core): scaling in the planes and OpenCV's conversion into place take 0.7 ms into a window of
1920 x 1080 and 1.0 ms into one of 1280 x 720; through `bgr` and a copy it is 1.5 and 2.7 ms.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

from framecast.media import pixels
from framecast.media.opencv import cv2
from framecast.media.pixels import Pixels
from framecast.model import Picture

# What OpenCV converts into place; of YUV it knows BT.601 in limited range only.
_CODES = {
    "i420": "COLOR_YUV2BGRA_I420",
    "nv12": "COLOR_YUV2BGRA_NV12",
    "bgr": "COLOR_BGR2BGRA",
    "rgb": "COLOR_RGB2BGRA",
    "gray": "COLOR_GRAY2BGRA",
}
_YUV = ("i420", "nv12")


class Painter:
    """Paints pictures of any format and size. Belongs to one thread: swscale's contexts are kept."""

    def __init__(self) -> None:
        self._colourist = VideoReformatter()

    def paint(self, picture: Picture, buffer: Pixels, place: NDArray[np.uint8]) -> None:
        """Fill `place`, (height, width, 4) with rows of any stride and even sides, with the picture."""
        height, width = place.shape[:2]
        if picture.format == "gray" and not picture.full_range:
            buffer = pixels.convert(picture, buffer, "i420").reshape(-1)
            picture = replace(picture, format="i420")
        if (width, height) != (picture.width, picture.height):
            buffer = pixels.convert(picture, buffer, picture.format, size=(width, height)).reshape(-1)
            picture = replace(picture, width=width, height=height)
        if picture.format in _YUV and (picture.matrix != "bt601" or picture.full_range):
            self._paint_by_swscale(picture, buffer, place)
            return
        # OpenCV silently allocates new memory if `dst` does not fit.
        source = pixels.whole(picture, buffer)
        result = cv2.cvtColor(source, getattr(cv2, _CODES[picture.format]), dst=place)
        if result.__array_interface__["data"][0] != place.__array_interface__["data"][0]:
            np.copyto(place, result)

    def _paint_by_swscale(self, picture: Picture, buffer: Pixels, place: NDArray[np.uint8]) -> None:
        if picture.format == "nv12":  # for which swscale has no fast path
            buffer = pixels.convert(picture, buffer, "i420").reshape(-1)
            picture = replace(picture, format="i420")
        frame = pixels.wrap(picture, buffer)
        shown = self._colourist.reformat(
            frame,
            format="bgra",
            src_colorspace=frame.colorspace,
            dst_colorspace=frame.colorspace,
            src_color_range=ColorRange.JPEG if picture.full_range else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
        plane = shown.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        height, width = place.shape[:2]
        np.copyto(place, rows[:height, : 4 * width].reshape(height, width, 4))
