"""Pictures in memory: their planes as arrays, other formats and other sizes.

Runs in any process and thread: renditions, and readers for `frame.bgr`. A result is a view if possible;
a computed one is written straight into the memory that the caller gives.

The work is shared by measurement (1080p, one core): OpenCV turns BT.601 limited range into BGR in place (0.9 ms),
swscale everything else (0.7 ms and a copy) and all scaling, in the planes before the colours (720p: 0.6 ms, OpenCV's
INTER_AREA takes 5 ms).

`gray` is the luma plane as it is: its range is that of the picture it comes from, and its `Picture` says which.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import numpy as np
from av import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from framecast.errors import Invalid
from framecast.media.opencv import cv2
from framecast.model import FORMATS, Picture

Pixels = NDArray[np.uint8]

_AV_FORMATS = {"i420": "yuv420p", "nv12": "nv12", "bgr": "bgr24", "rgb": "rgb24", "gray": "gray"}
_AV_MATRICES = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709, "bt2020": Colorspace.BT2020}
_COLOURS = ("bgr", "rgb")
_PLANAR = ("i420", "nv12")
# What OpenCV converts; of YUV it supports only BT.601 in limited range.
_CODES = {
    ("i420", "bgr"): "COLOR_YUV2BGR_I420",
    ("i420", "rgb"): "COLOR_YUV2RGB_I420",
    ("nv12", "bgr"): "COLOR_YUV2BGR_NV12",
    ("nv12", "rgb"): "COLOR_YUV2RGB_NV12",
    ("bgr", "rgb"): "COLOR_BGR2RGB",
    ("rgb", "bgr"): "COLOR_RGB2BGR",
    ("bgr", "gray"): "COLOR_BGR2GRAY",
    ("rgb", "gray"): "COLOR_RGB2GRAY",
    ("gray", "bgr"): "COLOR_GRAY2BGR",
    ("gray", "rgb"): "COLOR_GRAY2RGB",
    ("bgr", "i420"): "COLOR_BGR2YUV_I420",
    ("rgb", "i420"): "COLOR_RGB2YUV_I420",
}
# As an array: a number would be a colour, of which only the first channel is taken.
_BLACK = np.array([16.0])


def fit(size: tuple[int, int] | None, picture: Picture) -> tuple[int, int]:
    """Return the size in pixels that a request for `size` gives: a side of 0 keeps the proportion, sides are even."""
    if size is None:
        return picture.width, picture.height
    width, height = size
    if not width:
        width = round(height * picture.width / picture.height)
    elif not height:
        height = round(width * picture.height / picture.width)
    return max(2, width & ~1), max(2, height & ~1)


def converted(picture: Picture, out_format: str, size: tuple[int, int] | None = None) -> Picture:
    """Return what `convert` makes of `picture`: its format, size and colour.

    Raises:
        Invalid: the format is not known, or the size is not valid.
    """
    width, height = fit(size, picture)
    if out_format in _COLOURS:
        return Picture(out_format, width, height, full_range=True)
    if picture.format in _COLOURS:
        return Picture(out_format, width, height, full_range=out_format == "gray")
    return replace(picture, format=out_format, width=width, height=height)


def planes(picture: Picture, buffer: Pixels) -> tuple[Pixels, ...]:
    """Return views of the planes of `buffer`, cropped to what is shown; writable if the buffer is.

    i420: Y (height, width), U and V of half size; nv12: Y and UV (half, half, 2); bgr, rgb: (height, width, 3);
    gray: (height, width).
    """
    found = []
    for plane in picture.layout.planes:
        rows = buffer[plane.offset : plane.offset + plane.rows * plane.stride].reshape(
            plane.rows, plane.stride
        )
        view = rows[:, : plane.columns * plane.channels]
        found.append(view.reshape(plane.rows, plane.columns, plane.channels) if plane.channels > 1 else view)
    return tuple(found)


def convert(
    picture: Picture,
    buffer: Pixels,
    out_format: str,
    out: Pixels | None = None,
    size: tuple[int, int] | None = None,
) -> Pixels:
    """Return the picture in another format or size.

    bgr, rgb: (height, width, 3), contiguous; gray: (height, width); i420, nv12: (height * 3 / 2, width) as OpenCV
    has it, of the padded size. The result is a view of `buffer` if nothing has to be computed, otherwise new memory,
    or a view of `out` if that is given: 1-D uint8, of the size that `converted(...).layout` says.

    Raises:
        Invalid: the format is not known, or `out` has another size.
    """
    if picture.format == out_format and size is None and out is None:
        return whole(picture, buffer)
    target = converted(picture, out_format, size)
    if out is not None and out.size != target.layout.size_bytes:
        raise Invalid(f"the output must have {target.layout.size_bytes} bytes, got {out.size}")
    if (target.width, target.height) != (picture.width, picture.height):
        same_format = picture.format == out_format
        picture, buffer = _scale(picture, buffer, target, out if same_format else None)
        if same_format:
            return whole(picture, buffer)
    if picture.format == out_format:
        return whole(picture, buffer if out is None else _copy(buffer[: out.size], out))
    if out_format == "gray" and picture.format in _PLANAR:
        luma = planes(picture, buffer)[0]
        return luma if out is None else _copy(luma, planes(target, out)[0])
    if out is None:
        out = np.empty(target.layout.size_bytes, np.uint8)
    _recolour(picture, buffer, target, out)
    return whole(target, out)


def whole(picture: Picture, buffer: Pixels) -> Pixels:
    """Return `buffer` in the shape that OpenCV has for the picture's format; planar ones with their padding."""
    if picture.format in _PLANAR:
        layout = picture.layout
        return buffer[: layout.size_bytes].reshape(layout.padded_height * 3 // 2, layout.padded_width)
    if picture.format in _COLOURS:
        return buffer[: 3 * picture.width * picture.height].reshape(picture.height, picture.width, 3)
    return planes(picture, buffer)[0]


def wrap(picture: Picture, buffer: Pixels) -> VideoFrame:
    """Return an FFmpeg frame on the same memory, of the padded size and tagged with its colours.

    The caller must only read it: the memory may be shared and mapped read-only.
    """
    format = _AV_FORMATS[picture.format]
    if picture.format not in _PLANAR:
        return VideoFrame.from_numpy_buffer(planes(picture, buffer)[0], format=format)
    layout = picture.layout
    padded = replace(picture, width=layout.padded_width, height=layout.padded_height)
    # Not from_numpy_buffer: PyAV 18.1 cuts heights that are not a multiple of 4.
    frame = VideoFrame.from_dlpack(planes(padded, np.asarray(_Lent(buffer))), format=format)
    frame.colorspace = _AV_MATRICES[picture.matrix]
    frame.color_range = _range(picture)
    return frame


def unwrap(frame: VideoFrame, picture: Picture, out: Pixels) -> None:
    """Copy the planes of an FFmpeg frame of `picture`'s format and padded size into `out`."""
    layout = picture.layout
    padded = replace(picture, width=layout.padded_width, height=layout.padded_height)
    for plane, target in zip(frame.planes, planes(padded, out), strict=True):
        source = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        rows, columns = target.shape[0], target.shape[1] * (target.shape[2] if target.ndim == 3 else 1)
        np.copyto(target.reshape(rows, columns), source[:rows, :columns])


class _Lent:
    """The same memory without its mark as read-only, which DLPack cannot pass on; keeps the original alive."""

    def __init__(self, buffer: Pixels) -> None:
        self._buffer = buffer
        interface = buffer.__array_interface__
        self.__array_interface__ = interface | {"data": (interface["data"][0], False)}


class _Workshop(threading.local):
    """The contexts of swscale that each thread keeps: they are expensive to make, and cannot be shared."""

    def __init__(self) -> None:
        self.scaler = VideoReformatter()
        self.colourist = VideoReformatter()


_workshop = _Workshop()


def _scale(picture: Picture, buffer: Pixels, target: Picture, out: Pixels | None) -> tuple[Picture, Pixels]:
    """Scale in the picture's own format; area averaging where it becomes smaller, so that nothing flickers."""
    scaled = replace(picture, width=target.width, height=target.height)
    smaller = target.width * target.height < picture.width * picture.height
    frame = _workshop.scaler.reformat(
        wrap(picture, buffer),
        width=target.width,
        height=target.height,
        interpolation=Interpolation.AREA if smaller else Interpolation.BILINEAR,
        threads=1,
    )
    if out is None:
        out = np.empty(scaled.layout.size_bytes, np.uint8)
    unwrap(frame, scaled, out)
    return scaled, out


def _recolour(picture: Picture, buffer: Pixels, target: Picture, out: Pixels) -> None:
    pair = (picture.format, target.format)
    if picture.format in _PLANAR and target.format in _PLANAR:
        _reorder(picture, buffer, target, out)
    elif picture.format == "gray" and target.format in _PLANAR:
        _fill_planar(target, out, planes(picture, buffer)[0])
    elif target.format == "nv12":
        between = replace(target, format="i420")
        _reorder(between, convert(picture, buffer, "i420").reshape(-1), target, out)
    elif picture.format in _PLANAR and (picture.matrix != "bt601" or picture.full_range):
        _by_swscale(picture, buffer, target, out)
    else:
        source = whole(picture, buffer)
        if picture.format == "gray" and not picture.full_range:
            source = _uint8(cv2.convertScaleAbs(cv2.subtract(source, _BLACK), alpha=255 / 219))
        _by_opencv(getattr(cv2, _CODES[pair]), source, target, out)


def _by_opencv(code: int, source: Pixels, target: Picture, out: Pixels) -> None:
    """Convert into place. OpenCV silently replaces a `dst` that does not fit, so the address is checked."""
    layout = target.layout
    if target.format == "i420":
        if source.shape[:2] != (layout.padded_height, layout.padded_width):
            bottom, right = layout.padded_height - target.height, layout.padded_width - target.width
            source = _uint8(cv2.copyMakeBorder(source, 0, bottom, 0, right, cv2.BORDER_REPLICATE))
        place = whole(target, out)
    else:
        place = planes(target, out)[0]
    result = cv2.cvtColor(source, code, dst=place)
    if result.__array_interface__["data"][0] != place.__array_interface__["data"][0]:
        np.copyto(place, result[: place.shape[0], : place.shape[1]])


def _by_swscale(picture: Picture, buffer: Pixels, target: Picture, out: Pixels) -> None:
    if picture.format == "nv12":  # for which swscale has no fast path: 3.6 ms against 0.8
        buffer = convert(picture, buffer, "i420").reshape(-1)
        picture = replace(picture, format="i420")
    matrix = _AV_MATRICES[picture.matrix]
    frame = _workshop.colourist.reformat(
        wrap(picture, buffer),
        format=_AV_FORMATS[target.format],
        src_colorspace=matrix,
        dst_colorspace=matrix,
        src_color_range=_range(picture),
        dst_color_range=ColorRange.JPEG,
        threads=1,
    )
    unwrap(frame, target, out)


def _reorder(picture: Picture, buffer: Pixels, target: Picture, out: Pixels) -> None:
    """Between planar and interleaved chroma; luma is copied with its padding."""
    luma_bytes = picture.layout.planes[1].offset
    np.copyto(out[:luma_bytes], buffer[:luma_bytes])
    if target.format == "nv12":
        _, u, v = planes(picture, buffer)
        _, uv = planes(target, out)
        np.copyto(uv, cv2.merge((u, v)))
    else:
        _, uv = planes(picture, buffer)
        _, u, v = planes(target, out)
        for plane, found in zip((u, v), cv2.split(uv), strict=True):
            np.copyto(plane, found)


def _fill_planar(target: Picture, out: Pixels, luma: Pixels) -> None:
    layout = target.layout
    chroma_at = layout.planes[1].offset
    rows = out[:chroma_at].reshape(layout.padded_height, layout.padded_width)
    rows[: target.height, : target.width] = luma
    rows[target.height :, : target.width] = luma[-1]
    rows[:, target.width :] = rows[:, target.width - 1 : target.width]
    out[chroma_at:] = 128


def _copy(source: Pixels, out: Pixels) -> Pixels:
    np.copyto(out, source)
    return out


def _uint8(pixels: NDArray[Any]) -> Pixels:
    """OpenCV's annotations promise less than it gives."""
    return np.asarray(pixels, np.uint8)


def _range(picture: Picture) -> ColorRange:
    return ColorRange.JPEG if picture.full_range else ColorRange.MPEG


assert set(_AV_FORMATS) == set(FORMATS)
