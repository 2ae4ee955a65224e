"""Video devices (V4L2) through OpenCV: buffers as the device gives them, without a conversion if possible.

One thread, the source's. The device belongs to one program at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from framecast.errors import SourceError
from framecast.media.coding import Coding
from framecast.media.decoder import Decoder
from framecast.media.opencv import cv2
from framecast.model import EncodedPacket

# V4L2's four letters (videodev2.h) -> FFmpeg's pixel format; codecs are in CODED.
RAW = {
    "YUYV": "yuyv422",
    "UYVY": "uyvy422",
    "NV12": "nv12",
    "YU12": "yuv420p",
    "GREY": "gray",
    "RGB3": "rgb24",
    "BGR3": "bgr24",
}
CODED = {"MJPG": "mjpeg", "JPEG": "mjpeg"}
# OpenCV is asked to convert everything else into this.
_CONVERTED = "BGR3"


@dataclass(frozen=True, slots=True)
class Buffer:
    """One buffer of a device: bytes in the format of its four letters. `captured_ns` is CLOCK_MONOTONIC, 0 if the driver does not say."""

    payload: NDArray[np.uint8]
    letters: str
    width: int
    height: int
    captured_ns: int = 0


class Camera:
    """An open device.

    Raises:
        SourceError: `busy` if the device exists but cannot be opened.
    """

    def __init__(self, path: str, size: tuple[int, int] | None, fps: float, read_timeout_s: float) -> None:
        self._path = path
        self._capture = cv2.VideoCapture(path, cv2.CAP_V4L2)
        if not self._capture.isOpened():
            raise SourceError(
                "busy", f"{path} cannot be opened: another program uses it, or it is not a camera"
            )
        # Compressed first: it fits through USB at full rate, and it is carried without being touched.
        self._set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
        if size is not None:
            self._set(cv2.CAP_PROP_FRAME_WIDTH, size[0])
            self._set(cv2.CAP_PROP_FRAME_HEIGHT, size[1])
        if fps:
            self._set(cv2.CAP_PROP_FPS, fps)
        self._set(cv2.CAP_PROP_READ_TIMEOUT_MSEC, read_timeout_s * 1000)
        self.letters = self._letters()
        raw = self.letters in RAW or self.letters in CODED
        if raw:
            raw = self._set(cv2.CAP_PROP_CONVERT_RGB, 0)
        if not raw:
            self.letters = _CONVERTED
        self.width = int(self._capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        self.height = int(self._capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        self.fps = self._capture.get(cv2.CAP_PROP_FPS)

    def read(self) -> Buffer:
        """Return the next buffer.

        Raises:
            SourceError: `stalled` if none came in time, or the device was unplugged.
        """
        found, pixels = self._capture.read()
        if not found or pixels is None:
            raise SourceError("stalled", f"{self._path} sent no picture: it was unplugged, or it hangs")
        captured_ns = int(self._capture.get(cv2.CAP_PROP_POS_MSEC) * 1_000_000)
        payload = np.asarray(pixels, np.uint8).reshape(-1)
        return Buffer(payload, self.letters, self.width, self.height, captured_ns)

    def close(self) -> None:
        """Give the device back. Idempotent."""
        self._capture.release()

    def _set(self, what: int, value: float) -> bool:
        return bool(self._capture.set(what, value))

    def _letters(self) -> str:
        number = int(self._capture.get(cv2.CAP_PROP_FOURCC))
        return number.to_bytes(4, "little").decode("latin-1")


def packet_of(buffer: Buffer) -> EncodedPacket:
    """Return a buffer as a packet, which is a key frame; a copy of it."""
    return jpeg_packet(buffer.payload.tobytes())


def jpeg_packet(payload: bytes) -> EncodedPacket:
    """Return a coded picture that stands for itself as a packet without times."""
    return EncodedPacket(payload, 0, None, None, is_key=True)


def raw_decoder(letters: str, width: int, height: int) -> Decoder:
    """Return a decoder for the raw buffers of a device. It only describes where the planes are."""
    return Decoder(Coding("rawvideo", "rawvideo", width=width, height=height, pixels=RAW[letters]))
