"""`framecast.VideoCapture`: stands in for OpenCV's, so that a program changes one line.

    cap = framecast.VideoCapture("front-door")     # instead of cv2.VideoCapture("rtsp://...")

A file is read as OpenCV reads it: every picture once, as fast as the program takes them, on from any place. Differences: a live
stream is never behind (the newest picture, as if the buffer held one), and it comes back after an outage by itself. Belongs to one
thread, as OpenCV's does.
"""

from __future__ import annotations

import math
import os
from fractions import Fraction
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from framecast.client.frame import Frame
from framecast.client.opening import open
from framecast.client.place import is_file, is_name
from framecast.client.reader import Reader
from framecast.client.stored import resolved
from framecast.errors import Ended, FramecastError
from framecast.model import TrackInfo, number

# The numbers of OpenCV (videoio.hpp, VideoCaptureProperties).
CAP_PROP_POS_MSEC = 0
CAP_PROP_POS_FRAMES = 1
CAP_PROP_FRAME_WIDTH = 3
CAP_PROP_FRAME_HEIGHT = 4
CAP_PROP_FPS = 5
CAP_PROP_FOURCC = 6
CAP_PROP_FRAME_COUNT = 7
CAP_PROP_BUFFERSIZE = 38
CAP_PROP_OPEN_TIMEOUT_MSEC = 53
CAP_PROP_READ_TIMEOUT_MSEC = 54

_TIMEOUTS = (CAP_PROP_OPEN_TIMEOUT_MSEC, CAP_PROP_READ_TIMEOUT_MSEC)
_PLACES = (CAP_PROP_POS_MSEC, CAP_PROP_POS_FRAMES)
_SIZES = (CAP_PROP_FRAME_WIDTH, CAP_PROP_FRAME_HEIGHT)

Image = NDArray[np.uint8]


class VideoCapture:
    """Reads frames as `cv2.VideoCapture` does: BGR arrays (height, width, 3), writable and the program's own.

    Nothing raises: what fails is False, as programs written for OpenCV expect; `error` says why.
    """

    def __init__(self, what: str | int | os.PathLike[str] | None = None, api: int = 0, *_: object) -> None:
        self.error: FramecastError | None = None
        self._what: str | int | os.PathLike[str] = ""
        self._is_file = False
        self._reader: Reader | None = None
        self._info: TrackInfo | None = None
        self._begin = Fraction(0)  # the time of the first frame
        self._grabbed: Frame | None = None
        self._next: Frame | None = None  # was read ahead by `open`
        self._position = 0  # of a file: how many pictures lie before the next one
        self._time_s = Fraction(0)  # of the picture before the next one, from the first one on
        self._size = [0, 0]
        self._timeout_s = 30.0  # OpenCV's own
        if what is not None:
            self.open(what, api)

    def open(self, what: str | int | os.PathLike[str], api: int = 0, *_: object) -> bool:
        """Open a stream of the node, or a URL, file or device; wait for its first frame. `api` is ignored."""
        self.release()
        self._what = what
        return self._start()

    def isOpened(self) -> bool:  # noqa: N802  OpenCV's name
        """True from a successful `open` on: of a file until `release`, of a stream until its end."""
        return self._reader is not None

    def grab(self) -> bool:
        """Step to the next frame; False at the end."""
        if self._reader is None:
            return False
        frame, self._next = self._next, None
        self._grabbed = frame or self._read()
        if self._grabbed is None:
            self._time_s = Fraction(0)  # as OpenCV has it
            return False
        self._position += 1
        self._time_s = self._grabbed.pts * self._grabbed.time_base - self._begin
        return True

    def retrieve(self, image: Image | None = None, flag: int = 0) -> tuple[bool, Image | None]:
        """Return (True, the grabbed frame), copied into `image` where that is given and fits."""
        frame = self._grabbed
        if frame is None:
            return False, None
        if _fits(image, frame):
            assert image is not None
            frame.copy_into(image)
            return True, image
        return True, frame.copy("bgr")

    def read(self, image: Image | None = None) -> tuple[bool, Image | None]:
        """Return (True, the next frame), or (False, None) at the end or where nothing came for 30 s."""
        return self.retrieve(image) if self.grab() else (False, None)

    def get(self, prop: int) -> float:
        """Return a property by OpenCV's number; 0.0 for those that have no meaning here."""
        if prop in _TIMEOUTS:
            return self._timeout_s * 1000
        if prop == CAP_PROP_BUFFERSIZE:
            return 1.0
        info = self._info
        if info is None:
            return 0.0
        found: dict[int, float | Fraction] = {
            CAP_PROP_FRAME_WIDTH: info.picture.width if info.picture else 0,
            CAP_PROP_FRAME_HEIGHT: info.picture.height if info.picture else 0,
            CAP_PROP_FPS: _detail(info, "rate") or info.rate or Fraction(0),
            CAP_PROP_FOURCC: int.from_bytes(info.details.get("fourcc", "").encode()[:4], "little"),
            CAP_PROP_FRAME_COUNT: _detail(info, "frame_count"),
            CAP_PROP_POS_MSEC: self._time_s * 1000,
            CAP_PROP_POS_FRAMES: self._position,
        }
        return float(found.get(prop, 0.0))

    def set(self, prop: int, value: float) -> bool:
        """Set the place in a file, width, height or a timeout; True if it took effect. One side alone keeps the proportion."""
        if prop in _TIMEOUTS and value > 0:
            self._timeout_s = value / 1000
            return True
        if prop == CAP_PROP_BUFFERSIZE:
            return True
        if prop in _PLACES:
            return math.isfinite(value) and self._seek(prop, max(0.0, value))
        if prop not in _SIZES or not value >= 1:
            return False
        return self._resize(prop, int(value))

    def getBackendName(self) -> str:  # noqa: N802  OpenCV's name
        """Return 'FRAMECAST'."""
        return "FRAMECAST"

    def release(self) -> None:
        """Let go of the stream. Idempotent."""
        self._close()
        self._size = [0, 0]

    def __enter__(self) -> VideoCapture:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.release()

    def _start(self) -> bool:
        width, height = self._size
        size = (width, height) if width or height else None
        try:
            what, _data = resolved(self._what, None)
        except FramecastError as error:
            self.error = error
            return False
        self._is_file = is_file(what)
        # Of a stream that others read too, the conversion is made once for all; of a file in the process that decodes it.
        format = "bgr" if size or self._is_file or is_name(what) else None
        try:
            if self._is_file:
                self._reader = open(what, format=format, size=size, wait=False, pace="fastest", loop=False)
            else:
                self._reader = open(what, format=format, size=size, wait=False)
            self._next = self._reader.read(self._timeout_s)
        except FramecastError as error:
            self.error = error
            self.release()
            return False
        self._info = self._next.info
        self._begin = self._next.pts * self._next.time_base
        return True

    def _read(self) -> Frame | None:
        """Return the next frame, None at the end. A file stays open at its end, as in OpenCV."""
        assert self._reader is not None
        try:
            frame = self._reader.read(self._timeout_s)
        except FramecastError as error:
            self.error = error
            if not (self._is_file and isinstance(error, Ended)):
                self.release()
            return None
        self._info = frame.info
        return frame

    def _seek(self, prop: int, value: float) -> bool:
        if self._reader is None or not self._is_file:
            return False
        try:
            if prop == CAP_PROP_POS_FRAMES:
                answer = self._reader._sought(frame=int(value))
            else:
                answer = self._reader._sought(time_s=value / 1000)
        except FramecastError as error:
            self.error = error
            return False
        self._grabbed = self._next = None
        assert self._info is not None
        self._position = int(answer.get("frame", 0))
        before = answer.get("before")
        self._time_s = Fraction(0) if before is None else before * self._info.time_base - self._begin
        return True

    def _resize(self, prop: int, value: int) -> bool:
        """Another size: of a file from the place where it is, of a stream from now on."""
        self._size[prop - CAP_PROP_FRAME_WIDTH] = value
        if self._reader is None:
            return True
        position = self._position
        self._close()
        if not self._start():
            return False
        return not position or not self._is_file or self._seek(CAP_PROP_POS_FRAMES, position)

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = self._info = self._grabbed = self._next = None
        self._position, self._time_s = 0, Fraction(0)


def _detail(info: TrackInfo, name: str) -> Fraction:
    """What a file says about its pictures; 0 if it says nothing."""
    try:
        return number.fraction(info.details.get(name, ""), 0, 1 << 40)
    except ValueError:
        return Fraction(0)


def _fits(image: Image | None, frame: Frame) -> bool:
    return (
        image is not None
        and image.shape == (frame.height, frame.width, 3)
        and image.dtype == np.uint8
        and image.flags.c_contiguous
    )
