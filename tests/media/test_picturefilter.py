"""High dynamic range becomes SDR: white that reflects light is nearly the brightest white, greys stay grey, and the colours are named BT.709."""

from __future__ import annotations

import av
import numpy as np

from framecast.media.picturefilter import PictureFilter

PQ, BT2020, BT709 = 16, 9, 1
# ITU-R BT.2408: white at 203 cd/m2 is 58 % in PQ.
WHITE = 0.58
WIDTH, HEIGHT = 320, 180


def bars(*levels: float) -> av.VideoFrame:
    """Grey bars of 10 bits in the narrow range, as HDR10 has them."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p10le")
    luma = np.zeros((HEIGHT, WIDTH), np.uint16)
    for place, level in enumerate(levels):
        luma[:, place * WIDTH // len(levels) :] = round(64 + 876 * level)
    grey = np.full((HEIGHT // 2, WIDTH // 2), 512, np.uint16)
    for plane, content in zip(frame.planes, (luma, grey, grey), strict=True):
        padded = np.zeros((content.shape[0], plane.line_size // 2), np.uint16)
        padded[:, : content.shape[1]] = content
        plane.update(padded.tobytes())
    frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = PQ, BT2020, BT2020, 1
    frame.pts = 0
    return frame


def test_hdr10_is_mapped_to_sdr() -> None:
    (made,) = PictureFilter((WIDTH, HEIGHT)).push(bars(0, WHITE / 2, WHITE, 0.9))
    assert made.format.name == "yuv420p"
    assert [int(one) for one in (made.color_trc, made.colorspace)] == [BT709, BT709]
    shown = made.to_ndarray(format="rgb24")[HEIGHT // 2, [40, 120, 200, 280]].astype(int)
    assert (np.ptp(shown, axis=1) <= 2).all(), "grey stays grey"
    black, dark, white, light = shown[:, 0]
    assert black <= 2
    assert 50 < dark < 90
    assert 230 < white <= light <= 255  # unmapped, white is 148
