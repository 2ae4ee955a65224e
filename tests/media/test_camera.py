"""Buffers of video devices: a device itself is in tests/sources/test_device.py."""

from __future__ import annotations

import numpy as np
import pytest

from framecast.errors import SourceError
from framecast.media.camera import RAW, Buffer, Camera, packet_of, raw_decoder

# Bytes of a picture of 64 x 48, for each format.
SIZES = {"YUYV": 6144, "UYVY": 6144, "NV12": 4608, "YU12": 4608, "GREY": 3072, "RGB3": 9216, "BGR3": 9216}


@pytest.mark.parametrize("letters", RAW)
def test_buffers_of_every_raw_format_become_pictures(letters: str) -> None:
    buffer = Buffer(np.full(SIZES[letters], 128, np.uint8), letters, 64, 48)
    (decoded,) = raw_decoder(letters, 64, 48).decode(packet_of(buffer).payload)
    picture = decoded.picture
    assert (picture.width, picture.height) == (64, 48)
    out = np.zeros(picture.layout.size_bytes, np.uint8)
    decoded.copy_into(out)
    # RGB is converted to the limited range (BT.601), with rounding and dither; everything else is taken as it is.
    is_rgb = letters in ("RGB3", "BGR3")
    luma = 16 + 128 * 219 / 255 if is_rgb else 128
    for number, plane in enumerate(picture.layout.planes):
        begin = plane.offset
        rows = out[begin : begin + plane.stride * plane.rows].reshape(plane.rows, plane.stride)
        off = np.abs(rows[:, : plane.columns] - (128.0 if number else luma))
        assert off.max() <= (1 if is_rgb else 0)


def test_a_packet_is_a_key_frame_and_a_copy() -> None:
    buffer = Buffer(np.full(100, 7, np.uint8), "MJPG", 64, 48)
    packet = packet_of(buffer)
    buffer.payload[:] = 0
    assert packet.is_key
    assert packet.payload == b"\x07" * 100


def test_a_device_that_is_none_is_told_as_busy() -> None:
    with pytest.raises(SourceError) as caught:
        Camera("/dev/null", None, 0, 1.0)
    assert caught.value.reason == "busy"
