"""The test pattern: pictures with their own number, for people and for programs.

Drawn by the process of a `pattern:` source into the I420 memory of a slot (BT.601, limited range): the background is
copied, then only what changes is drawn (1080p: 0.4 ms a picture). Blocks along the top carry frame number, capture
time and stream, and survive JPEG, H.264 and scaling down to about 128 x 96; `read_blocks` reads them.

Geometry (docs/reference/test-pattern.md), in parts of the picture's width W and height H, whatever its proportion:
the blocks are 32 columns of W/32 and 4 rows of H/24 from the top left corner; white is 1, black is 0. Read row by
row, each from the left, most significant bit first, they are 16 bytes, big-endian:

    offset  bytes  what
    0       2      0xFC01
    2       2      stream id
    4       4      frame number, from 0
    8       6      capture time, UTC milliseconds since 1970
    14      2      CRC-16/CCITT-FALSE of the 14 bytes before (polynomial 0x1021, start 0xFFFF)
"""

from __future__ import annotations

import struct
from binascii import crc_hqx
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import numpy as np
from numpy.typing import NDArray

from framecast.errors import Invalid
from framecast.media import lettering
from framecast.media.opencv import cv2
from framecast.media.pixels import Pixels, convert, planes
from framecast.model import Picture

COLUMNS = 32
ROWS = 4
ROWS_OF_PICTURE = 24  # a block's height is this share of the picture's
MAGIC = 0xFC01
MIN_SIZE = (128, 96)

_HEAD = struct.Struct(">HHIHI")  # the time's upper 16 and lower 32 bits
_CRC_START = 0xFFFF
_WHITE, _BLACK = 235, 16
_MIN_CONTRAST = 48
# 75 % colour bars (SMPTE EG 1), as BGR.
_BARS = (
    (191, 191, 191),
    (0, 191, 191),
    (191, 191, 0),
    (0, 191, 0),
    (191, 0, 191),
    (0, 0, 191),
    (191, 0, 0),
    (40, 40, 40),
)
_PANEL = (28, 28, 28)
_PANEL_LUMA = 40
# Layout of the picture, in rows.
_BARS_ROWS = (4, 14)
_BALL_ROWS = (14, 17)
_CLOCK_ROWS = (17, 21)
_TEXT_ROWS = (21, 23)
# Pictures that the ball needs for its way there.
_SWEEP = 90


@dataclass(frozen=True, slots=True)
class Blocks:
    """What the blocks of a picture say."""

    frame: int
    time_ms: int
    stream_id: int


class Pattern:
    """Draws the pictures of one stream. Not thread-safe."""

    def __init__(self, width: int, height: int, stream_id: int = 0, caption: str = "") -> None:
        if width < MIN_SIZE[0] or height < MIN_SIZE[1]:
            raise Invalid(
                f"a test pattern must be at least {MIN_SIZE[0]} x {MIN_SIZE[1]}, got {width} x {height}"
            )
        self.picture = Picture("i420", width, height)
        self.stream_id = stream_id & 0xFFFF
        self._x = [round(column * width / COLUMNS) for column in range(COLUMNS + 1)]
        self._y = [round(row * height / ROWS_OF_PICTURE) for row in range(ROWS_OF_PICTURE + 1)]
        self._widths = np.diff(self._x)
        self._background = self._draw_background(caption)
        self._clock_height = self._glyph_height(_CLOCK_ROWS, "00:00:00.000")
        self._number_height = self._glyph_height(_TEXT_ROWS, "0" * 20)
        radius = max(4, (self._y[_BALL_ROWS[1]] - self._y[_BALL_ROWS[0]]) * 2 // 5)
        self._ball = _disc(radius)

    def draw(self, out: Pixels, frame: int, time_ms: int) -> None:
        """Draw picture number `frame`, captured at `time_ms` (UTC), into `out`: 1-D, of the layout's size."""
        np.copyto(out, self._background)
        luma = planes(self.picture, out)[0]
        self._draw_blocks(luma, frame, time_ms)
        self._draw_ball(luma, frame)
        now = datetime.fromtimestamp(time_ms / 1000, UTC)
        self._write(
            luma, f"{now:%H:%M:%S}.{time_ms % 1000:03d}", _CLOCK_ROWS, self._clock_height, center=True
        )
        self._write(luma, f"{frame:07d}", _TEXT_ROWS, self._number_height, center=False)

    def _draw_blocks(self, luma: Pixels, frame: int, time_ms: int) -> None:
        bits = np.unpackbits(np.frombuffer(pack_blocks(Blocks(frame, time_ms, self.stream_id)), np.uint8))
        levels = np.where(bits, np.uint8(_WHITE), np.uint8(_BLACK)).reshape(ROWS, COLUMNS)
        for row in range(ROWS):
            luma[self._y[row] : self._y[row + 1]] = np.repeat(levels[row], self._widths)

    def _draw_ball(self, luma: Pixels, frame: int) -> None:
        size = self._ball.shape[0]
        step = frame % (2 * _SWEEP)
        way = min(step, 2 * _SWEEP - step) / _SWEEP
        left = round(way * (self.picture.width - size))
        top = (self._y[_BALL_ROWS[0]] + self._y[_BALL_ROWS[1]] - size) // 2
        place = luma[top : top + size, left : left + size]
        np.maximum(place, self._ball, out=place)

    def _write(self, luma: Pixels, text: str, rows: tuple[int, int], height: int, center: bool) -> None:
        glyphs = [_glyph(letter, height) for letter in text]
        left = (self.picture.width - sum(glyph.shape[1] for glyph in glyphs)) // 2 if center else self._x[1]
        top = (self._y[rows[0]] + self._y[rows[1]] - height) // 2
        for glyph in glyphs:
            luma[top : top + height, left : left + glyph.shape[1]] = glyph
            left += glyph.shape[1]

    def _glyph_height(self, rows: tuple[int, int], widest: str) -> int:
        """As high as its rows, lower where the picture is too narrow for the text."""
        height = max(6, self._y[rows[1]] - self._y[rows[0]])
        wide = sum(_glyph(letter, height).shape[1] for letter in widest)
        room = self._x[COLUMNS - 1] - self._x[1]
        return height if wide <= room else max(6, height * room // wide)

    def _draw_background(self, caption: str) -> Pixels:
        picture = self.picture
        image = np.empty((picture.height, picture.width, 3), np.uint8)
        image[:] = _PANEL
        turned = [_BARS[(index + self.stream_id) % len(_BARS)] for index in range(len(_BARS))]
        top, bottom = (self._y[row] for row in _BARS_ROWS)
        for index, colour in enumerate(turned):
            image[top:bottom, self._x[4 * index] : self._x[4 * index + 4]] = colour
        top, bottom = (self._y[row] for row in _BALL_ROWS)
        ramp = np.linspace(16, 140, picture.width).astype(np.uint8)
        image[top:bottom] = ramp[None, :, None]
        image[: self._y[ROWS]] = 0
        self._caption(image, f"{caption}  #{self.stream_id}".strip())
        return convert(Picture("bgr", picture.width, picture.height), image.reshape(-1), "i420").reshape(-1)

    def _caption(self, image: Pixels, text: str) -> None:
        top, bottom = (self._y[row] for row in _TEXT_ROWS)
        letters = lettering.fitted(text, bottom - top, self._x[31] - self._x[16])
        high, wide = letters.shape
        place = image[(top + bottom - high) // 2 :, self._x[31] - wide :][:high, :wide]
        np.maximum(place, letters[..., None], out=place)


def pack_blocks(blocks: Blocks) -> bytes:
    """Return the 16 bytes that the blocks show."""
    time_ms = blocks.time_ms & 0xFFFF_FFFF_FFFF
    head = _HEAD.pack(
        MAGIC, blocks.stream_id & 0xFFFF, blocks.frame & 0xFFFF_FFFF, time_ms >> 32, time_ms & 0xFFFF_FFFF
    )
    return head + struct.pack(">H", crc_hqx(head, _CRC_START))


def read_blocks(image: NDArray[np.uint8]) -> Blocks | None:
    """Return what the blocks of a picture say, None if it has none or they are unreadable.

    `image` is (height, width) of luma or (height, width, 3) in any order of colours, in any scale of the picture.
    """
    height, width = image.shape[:2]
    rows = _centres(ROWS, height / ROWS_OF_PICTURE, height)
    columns = _centres(COLUMNS, width / COLUMNS, width)
    samples = image[np.ix_(rows, columns)]
    if samples.ndim == 3:
        samples = samples[..., 1]
    levels = samples.reshape(ROWS, 3, COLUMNS, 3).mean(axis=(1, 3))
    low, high = float(levels.min()), float(levels.max())
    if high - low < _MIN_CONTRAST:
        return None
    raw = np.packbits(levels > (low + high) / 2).tobytes()
    magic, stream_id, frame, time_high, time_low = _HEAD.unpack_from(raw)
    if magic != MAGIC or raw[14:] != struct.pack(">H", crc_hqx(raw[:14], _CRC_START)):
        return None
    return Blocks(frame, time_high << 32 | time_low, stream_id)


def _centres(count: int, size: float, limit: int) -> NDArray[np.intp]:
    """Three places in the middle of each block: a sixth of it before its centre, there, and as far behind."""
    offsets = np.array([1 / 3, 1 / 2, 2 / 3])
    places = (np.arange(count)[:, None] + offsets[None, :]) * size
    return np.asarray(np.minimum(places, limit - 1), np.intp).reshape(-1)


@cache
def _glyph(letter: str, height: int) -> Pixels:
    """A letter as it stands on the panel, in limited range."""
    grey = lettering.line(letter, height, fixed=letter.isdigit()).astype(np.uint16)
    return np.asarray(_PANEL_LUMA + grey * (_WHITE - _PANEL_LUMA) // 255, np.uint8)


def _disc(radius: int) -> Pixels:
    image = np.zeros((2 * radius + 1, 2 * radius + 1), np.uint8)
    cv2.circle(image, (radius, radius), radius - 1, (_WHITE,), -1, cv2.LINE_AA)
    return image
