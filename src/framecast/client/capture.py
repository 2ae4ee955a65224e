"""`framecast.VideoCapture`: stands in for OpenCV's, so that a program changes one line.

    cap = framecast.VideoCapture("front-door")     # instead of cv2.VideoCapture("rtsp://...")

Differences: a live stream is never behind (the newest picture, as if the buffer held one), it comes back after an outage
by itself, and a file plays at its own rate. Belongs to one thread, as OpenCV's does.
"""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from framecast.client.frame import Frame
from framecast.client.opening import open
from framecast.client.place import is_name
from framecast.client.reader import Reader
from framecast.errors import FramecastError

# The numbers of OpenCV (videoio.hpp, VideoCaptureProperties).
CAP_PROP_POS_MSEC = 0
CAP_PROP_POS_FRAMES = 1
CAP_PROP_FRAME_WIDTH = 3
CAP_PROP_FRAME_HEIGHT = 4
CAP_PROP_FPS = 5
CAP_PROP_BUFFERSIZE = 38
CAP_PROP_OPEN_TIMEOUT_MSEC = 53
CAP_PROP_READ_TIMEOUT_MSEC = 54

Image = NDArray[np.uint8]


class VideoCapture:
    """Reads frames as `cv2.VideoCapture` does: BGR arrays (height, width, 3), writable and the program's own.

    Nothing raises: what fails is False, as programs written for OpenCV expect; `error` says why.
    """

    def __init__(self, what: str | int | os.PathLike[str] | None = None, api: int = 0, *_: object) -> None:
        self.error: FramecastError | None = None
        self._what: str | int | os.PathLike[str] = ""
        self._reader: Reader | None = None
        self._grabbed: Frame | None = None
        self._ahead = False  # the grabbed frame was read by `open` and not yet asked for
        self._first: Frame | None = None
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
        """True between a successful `open` and the end of the stream."""
        return self._reader is not None

    def grab(self) -> bool:
        """Step to the next frame; False where there is none any more."""
        if self._reader is None:
            return False
        if self._ahead:
            self._ahead = False
            return True
        try:
            self._grabbed = self._reader.read(self._timeout_s)
        except FramecastError as error:
            self.error = error
            self.release()
            return False
        return True

    def retrieve(self, image: Image | None = None, flag: int = 0) -> tuple[bool, Image | None]:
        """Return (True, the grabbed frame), copied into `image` where that is given and fits."""
        if self._grabbed is None:
            return False, None
        if image is not None and image.shape == (self._grabbed.height, self._grabbed.width, 3):
            np.copyto(image, self._grabbed.bgr)
            return True, image
        return True, self._grabbed.copy("bgr")

    def read(self, image: Image | None = None) -> tuple[bool, Image | None]:
        """Return (True, the next frame), or (False, None) at the end or where nothing came for 30 s."""
        return self.retrieve(image) if self.grab() else (False, None)

    def get(self, prop: int) -> float:
        """Return a property by OpenCV's number; 0.0 for those that have no meaning here."""
        frame = self._grabbed
        if prop in (CAP_PROP_OPEN_TIMEOUT_MSEC, CAP_PROP_READ_TIMEOUT_MSEC):
            return self._timeout_s * 1000
        if prop == CAP_PROP_BUFFERSIZE:
            return 1.0
        if frame is None or self._first is None:
            return 0.0
        found: dict[int, float | Fraction] = {
            CAP_PROP_FRAME_WIDTH: frame.width,
            CAP_PROP_FRAME_HEIGHT: frame.height,
            CAP_PROP_FPS: frame.info.rate or Fraction(0),
            CAP_PROP_POS_MSEC: (frame.time_s - self._first.time_s) * 1000,
            CAP_PROP_POS_FRAMES: frame.seq - self._first.seq + (not self._ahead),
        }
        return float(found.get(prop, 0.0))

    def set(self, prop: int, value: float) -> bool:
        """Set width, height or a timeout; True where it took effect. One side alone keeps the proportion."""
        if prop in (CAP_PROP_OPEN_TIMEOUT_MSEC, CAP_PROP_READ_TIMEOUT_MSEC):
            self._timeout_s = value / 1000
            return True
        if prop == CAP_PROP_BUFFERSIZE:
            return True
        if prop not in (CAP_PROP_FRAME_WIDTH, CAP_PROP_FRAME_HEIGHT) or value < 1:
            return False
        self._size[prop - CAP_PROP_FRAME_WIDTH] = int(value)
        was_open = self.isOpened()
        self._close()
        return self._start() if was_open else True

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
        # Of a stream that others read too, the conversion is made once for all.
        format = "bgr" if size or is_name(self._what) else None
        try:
            if _is_file(self._what):
                every = "queue(32)"
                self._reader = open(
                    self._what, format=format, size=size, policy=every, wait=False, loop=False
                )
            else:
                self._reader = open(self._what, format=format, size=size, wait=False)
            self._grabbed = self._first = self._reader.read(self._timeout_s)
        except FramecastError as error:
            self.error = error
            self.release()
            return False
        self._ahead = True
        return True

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
        self._reader = self._grabbed = self._first = None
        self._ahead = False


def _is_file(what: str | int | os.PathLike[str]) -> bool:
    return not isinstance(what, int) and Path(what).is_file()
