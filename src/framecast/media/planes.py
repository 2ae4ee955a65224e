"""Decoded frames of FFmpeg become pictures in shared memory: their description, and the one copy.

4:2:0 in 8 bits stays as the decoder made it. Everything else becomes i420 through swscale first, once, here. Pictures of
a phone that was held upright are turned on their way: a reader of frames does not need to know.
Used by the thread that decodes; `PlaneCopier` belongs to one thread.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from framecast.media.opencv import cv2
from framecast.model import UPRIGHT, Orientation, Picture, Plane

Pixels = NDArray[np.uint8]

# FFmpeg's pixel formats that are carried as they are.
_NATIVE = {"yuv420p": "i420", "yuvj420p": "i420", "nv12": "nv12", "gray": "gray"}
_RGB = ("rgb", "bgr", "gbr", "pal8", "argb", "abgr", "0rgb", "0bgr")
# AVColorSpace (H.273): 1 is BT.709, 9 and 10 are BT.2020.
_MATRICES = {1: "bt709", 9: "bt2020", 10: "bt2020"}
_AV_MATRICES = {"bt601": 5, "bt709": 1, "bt2020": 9}
# Of a frame's own matrix (Exif of JPEG, SEI of H.264), PyAV gives the degrees anticlockwise, but no mirroring.
_OF_FRAMES = {
    90: Orientation(transpose=True, flip_y=True),
    -90: Orientation(transpose=True, flip_x=True),
    180: Orientation(flip_x=True, flip_y=True),
    -180: Orientation(flip_x=True, flip_y=True),
}
_FULL = 2  # AVCOL_RANGE_JPEG
_LIMITED = 1


@lru_cache(maxsize=64)
def picture_of(width: int, height: int, pixels: str | None, matrix: int, colour_range: int) -> Picture | None:
    """Return what a frame of these FFmpeg parameters becomes; None if the size is not known yet."""
    if not width or not height:
        return None
    name = pixels or "yuv420p"
    if name.startswith(_RGB):
        return Picture("i420", width, height)
    full = colour_range == _FULL or name.startswith("yuvj")
    if name == "gray":
        full = colour_range != _LIMITED  # untagged grey is full range to FFmpeg
    return Picture(_NATIVE.get(name, "i420"), width, height, _MATRICES.get(int(matrix), "bt601"), full)


def is_rgb(frame: VideoFrame) -> bool:
    """True if the pixels of a frame are red, green and blue already."""
    return frame.format.name.startswith(_RGB)


def matrix_of(picture: Picture) -> int:
    """Return FFmpeg's number of a picture's colour matrix."""
    return _AV_MATRICES[picture.matrix]


def range_of(picture: Picture) -> int:
    """Return FFmpeg's number of a picture's range."""
    return _FULL if picture.full_range else _LIMITED


class PlaneCopier:
    """Writes decoded frames into slots, turned as `orientation` says, or as the frame itself says."""

    def __init__(self, orientation: Orientation = UPRIGHT) -> None:
        self._orientation = orientation
        self._reformatter: VideoReformatter | None = None

    def picture(self, frame: VideoFrame) -> Picture:
        """Describe the picture that `copy` makes of a frame."""
        picture = picture_of(
            frame.width, frame.height, frame.format.name, int(frame.colorspace), int(frame.color_range)
        )
        assert picture is not None
        width, height = self._orientation_of(frame).size(frame.width, frame.height)
        return picture if width == picture.width else replace(picture, width=width, height=height)

    def copy(self, frame: VideoFrame, picture: Picture, out: Pixels) -> None:
        """Write `frame` into `out`, of `picture.layout.size_bytes` bytes. Odd sides are padded by their last pixels."""
        if frame.format.name not in _NATIVE:
            frame = self._convert(frame, picture)
        orientation = self._orientation_of(frame)
        planes = zip(frame.planes, picture.layout.planes, strict=True)
        for index, (source, place) in enumerate(planes):
            width = place.columns * place.channels
            rows = np.frombuffer(memoryview(source), np.uint8).reshape(-1, source.line_size)
            target = out[place.offset : place.offset + place.stride * place.rows].reshape(
                place.rows, place.stride
            )
            if orientation == UPRIGHT:
                np.copyto(target[:, :width], rows[: place.rows, :width])
            else:
                np.copyto(target[:, :width], _turned(rows, place, orientation))
            if place.stride > width:
                target[:, width:] = target[:, width - 1 : width]
            if index == 0 and picture.layout.padded_height > place.rows:
                end = place.stride * place.rows
                out[end : end + place.stride] = target[-1]

    def _orientation_of(self, frame: VideoFrame) -> Orientation:
        return _OF_FRAMES.get(frame.rotation, self._orientation)

    def _convert(self, frame: VideoFrame, picture: Picture) -> VideoFrame:
        if self._reformatter is None:
            self._reformatter = VideoReformatter()
        plain = is_rgb(frame)
        matrix, wanted = matrix_of(picture), range_of(picture)
        return self._reformatter.reformat(
            frame,
            format="yuv420p",
            src_colorspace=None if plain else matrix,
            dst_colorspace=matrix,
            src_color_range=_FULL if plain else wanted,
            dst_color_range=wanted,
            threads=1,
        )


def _turned(rows: Pixels, place: Plane, orientation: Orientation) -> Pixels:
    """Return a plane as it is shown, in rows of bytes. `rows` is the coded plane with its padding."""
    columns, height = orientation.size(place.columns, place.rows)
    plane = rows[:height, : columns * place.channels].reshape(height, columns, place.channels)
    found = np.ascontiguousarray(plane)
    if orientation.transpose:
        found = np.asarray(cv2.transpose(found), np.uint8)
    if orientation.flip_x or orientation.flip_y:
        both = orientation.flip_x and orientation.flip_y
        found = np.asarray(cv2.flip(found, -1 if both else int(orientation.flip_x)), np.uint8)
    return found.reshape(place.rows, place.columns * place.channels)
