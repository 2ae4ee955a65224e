"""Decoded frames in another format or size, written straight into slots: for a reader that does not share its pictures.

Used by the thread that decodes. If only the colours change, swscale reads the planes of the decoder, as OpenCV lets it.
"""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from framecast.media import pixels
from framecast.media.planes import Pixels, PlaneCopier, is_rgb, matrix_of, range_of
from framecast.model import UPRIGHT, Orientation, Picture, TrackName

_DIRECT = {"bgr": "bgr24", "rgb": "rgb24"}


class Reshaper(PlaneCopier):
    """Writes decoded frames as pictures of `track`, which names their format and size."""

    def __init__(self, orientation: Orientation, track: TrackName) -> None:
        super().__init__(orientation)
        assert track.format is not None
        self._format, self._size = track.format, track.size
        self._colourist = VideoReformatter()
        self._native = np.empty(0, np.uint8)
        self._seen: Picture | None = None  # the newest native picture, and what is made of it
        self._made: Picture | None = None

    def picture(self, frame: VideoFrame) -> Picture:
        """Describe the picture that `copy` makes of a frame."""
        native = super().picture(frame)
        if native is not self._seen or self._made is None:
            self._seen, self._made = native, pixels.converted(native, self._format, self._size)
        return self._made

    def copy(self, frame: VideoFrame, picture: Picture, out: Pixels) -> None:
        """Write `frame` into `out`, of `picture.layout.size_bytes` bytes."""
        native = super().picture(frame)
        is_plain = native.width == picture.width and native.height == picture.height
        if is_plain and self._format in _DIRECT and self._orientation_of(frame) == UPRIGHT:
            self._recolour(frame, native, picture, out)
            return
        if self._native.size != native.layout.size_bytes:
            self._native = np.empty(native.layout.size_bytes, np.uint8)
        super().copy(frame, native, self._native)
        pixels.convert(native, self._native, self._format, out, self._size)

    def _recolour(self, frame: VideoFrame, native: Picture, picture: Picture, out: Pixels) -> None:
        plain = is_rgb(frame)
        made = self._colourist.reformat(
            frame,
            format=_DIRECT[self._format],
            src_colorspace=None if plain else matrix_of(native),
            dst_colorspace=None if plain else matrix_of(native),
            src_color_range=None if plain else range_of(native),
            dst_color_range=None if plain else range_of(picture),
            threads=1,
        )
        plane = made.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        width = 3 * picture.width
        np.copyto(out.reshape(picture.height, width), rows[: picture.height, :width])
