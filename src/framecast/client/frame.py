"""One picture in the program's hand: its pixels as arrays, and its times.

Pixels in the picture's own format are views of shared memory, without a copy; other formats are converted in this
process at first use and kept with the frame. All of them are read-only. Frames may be passed between threads and kept
as long as needed; the memory goes back to the publisher with the last array on it. A forked child cannot use them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from framecast.bus import Record
from framecast.client.array import FrameArray
from framecast.client.timed import Timed
from framecast.errors import Broken, Invalid
from framecast.media import jpeg, pixels
from framecast.model import Picture

_DLPACK_CPU = (1, 0)  # kDLCPU, device 0


class Frame(Timed):
    """A picture. `format` is one of i420, nv12, bgr, rgb, gray; sizes are in pixels; arrays are uint8."""

    __slots__ = ("_arrays", "_planes", "picture")

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        if record.info.picture is None:
            raise Broken(f"track {record.info.name} does not describe its pictures (format and size)")
        self.picture: Picture = record.info.picture
        self._planes: tuple[FrameArray, ...] | None = None
        self._arrays: dict[str, FrameArray] = {}

    def __reduce__(self) -> tuple[type[Frame], tuple[Record]]:
        """For `copy.deepcopy` and `pickle`: a frame on memory of its own; conversions are made again when they are used."""
        return type(self), (self._record,)

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.picture.width

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.picture.height

    @property
    def format(self) -> str:
        """The format in which the picture lies in shared memory."""
        return self.picture.format

    @property
    def planes(self) -> tuple[FrameArray, ...]:
        """The planes in the picture's own format, without a copy.

        i420: Y (height, width), U and V (half, half, rounded up); nv12: Y and UV (half, half, 2);
        bgr, rgb: (height, width, 3); gray: (height, width).

        Raises:
            ForkedView: this process was forked from the one that read the frame.
        """
        buffer = self._buffer()
        if self._planes is None:
            self._planes = tuple(plane.view(FrameArray) for plane in pixels.planes(self.picture, buffer))
        return self._planes

    @property
    def bgr(self) -> FrameArray:
        """(height, width, 3): blue, green, red, as OpenCV has it."""
        return self._as("bgr")

    @property
    def rgb(self) -> FrameArray:
        """(height, width, 3): red, green, blue, as models, PIL and Matplotlib have it."""
        return self._as("rgb")

    @property
    def gray(self) -> FrameArray:
        """(height, width): luma; no copy for i420 and nv12."""
        return self._as("gray")

    @property
    def i420(self) -> FrameArray:
        """(height * 3 / 2, width): Y, U, V below each other as OpenCV has it; odd sizes are padded to even ones."""
        return self._as("i420")

    def as_format(self, format: str) -> FrameArray:
        """Return the picture in the format of that name; the native one is a view, others are made once and kept.

        Raises:
            Invalid: there is no such format.
            ForkedView: this process was forked from the one that read the frame.
        """
        return self._as(format)

    def copy(self, format: str = "bgr") -> NDArray[np.uint8]:
        """Return a writable array of the program's own, shaped as the property of that name."""
        if format not in self._arrays and format != self.picture.format:
            buffer = self._buffer()
            made = pixels.convert(self.picture, buffer, format)
            if not np.may_share_memory(made, buffer):
                return made
        return self._as(format).copy()

    def copy_into(self, out: NDArray[np.uint8], format: str = "bgr") -> None:
        """Write the picture into a contiguous array of the program's own, shaped as the property of that name."""
        if format in self._arrays:
            np.copyto(out, self._arrays[format])
        else:
            pixels.convert(self.picture, self._buffer(), format, out.reshape(-1))

    def jpeg(self, quality: int = 80, size: tuple[int, int] | None = None) -> bytes:
        """Return the picture as JPEG, coded in this process straight from its planes.

        `quality` is 1 to 100. `size` is (width, height); one side may be 0 and follows from the other.
        """
        return jpeg.encode(self.picture, self._buffer(), quality, size)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """The picture for numpy: (height, width, 3) BGR, or its own format where that is rgb or gray."""
        array = self._natural()
        if dtype is not None and np.dtype(dtype) != array.dtype:
            if copy is False:
                raise ValueError(
                    f"a frame is uint8: there is no view of it as {np.dtype(dtype)} without a copy"
                )
            return np.asarray(array.astype(dtype))
        return array.copy() if copy else array.view(np.ndarray)

    def __dlpack__(self, **options: Any) -> Any:  # noqa: ANN401  the array API's signature
        """The same array for torch, JAX, CuPy: without a copy for consumers that know read-only memory (DLPack 1.0).

        Others get a copy.
        """
        array = self._natural().view(np.ndarray)
        version = options.get("max_version")
        if version is None or tuple(version) < (1, 0):
            array = array.copy()
        return array.__dlpack__(**options)

    def __dlpack_device__(self) -> tuple[int, int]:
        return _DLPACK_CPU

    def __repr__(self) -> str:
        lost = f", {self.dropped} dropped" if self.dropped else ""
        return f"<Frame {self.seq} {self.width}x{self.height} {self.format}, {self.age_s * 1000:.0f} ms old{lost}>"

    def _natural(self) -> FrameArray:
        return self._as(self.format if self.format in ("rgb", "gray") else "bgr")

    def _as(self, format: str) -> FrameArray:
        buffer = self._buffer()
        array = self._arrays.get(format)
        if array is None:
            picture = self.picture
            native = format == picture.format
            array = (
                pixels.whole(picture, buffer) if native else pixels.convert(picture, buffer, format)
            ).view(FrameArray)
            if array.flags.writeable:
                array.flags.writeable = False
            self._arrays[format] = array
        return array

    def _buffer(self) -> NDArray[np.uint8]:
        payload = self._record.payload
        if isinstance(payload, bytes):
            raise Invalid(f"track {self.track} does not hold pictures")
        return payload
