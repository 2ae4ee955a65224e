"""Small pictures of a whole video on a few sheets, and the loudness of its sound: what a player shows above its seek bar.

Both are collected while the video is encoded. Memory holds one sheet, and one byte for each tenth of a second of sound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from framecast.media.opencv import cv2
from framecast.media.picturefilter import TIME_BASE
from framecast.media.poster import encoded

COLUMNS = ROWS = 10
_LONG_SIDE = 160
_QUALITY = 70
# (videos up to so many seconds, a picture every so many seconds)
_INTERVALS = ((120, 1.0), (600, 2.0), (1800, 5.0), (7200, 10.0))
_MOST_PICTURES = 1000
_UNKNOWN_S = 5.0
# Sound is measured in tenths of a second; what is written has at most this many values.
_WINDOW_S = 0.1
_MOST_PEAKS = 2000


@dataclass(frozen=True, slots=True)
class Board:
    """What was written: names of sheets in order, and how tiles lie on them."""

    sheets: tuple[str, ...]
    tile_width: int
    tile_height: int
    every_s: float
    count: int


def interval_of(duration_s: float) -> float:
    """Return the seconds between two pictures for a video of that length, 0 if it is unknown."""
    if duration_s <= 0:
        return _UNKNOWN_S
    fitting = (every for longest, every in _INTERVALS if duration_s <= longest)
    return next(fitting, math.ceil(duration_s / _MOST_PICTURES))


class Storyboard:
    """Takes all pictures of a video of `size` in order, and writes `storyboard-N.jpg` into `folder`."""

    def __init__(self, folder: Path, size: tuple[int, int], every_s: float) -> None:
        self._folder = folder
        scale = _LONG_SIDE / max(size)
        self._tile = (max(2, round(size[0] * scale / 2) * 2), max(2, round(size[1] * scale / 2) * 2))
        self._every_s = every_s
        self._sheet = self._empty()
        self._count = 0
        self._sheets: list[str] = []
        self._last: VideoFrame | None = None

    def add(self, frame: VideoFrame) -> None:
        """Take a picture whose pts counts in `TIME_BASE`: it is shown until the next one."""
        at_s = float((frame.pts or 0) * TIME_BASE)
        self._fill(at_s)
        self._last = frame

    def finish(self, duration_s: float) -> Board | None:
        """Write what is left; None if there was no picture."""
        self._fill(duration_s)
        if not self._count:
            return None
        if self._count % (COLUMNS * ROWS):
            self._write()
        return Board(tuple(self._sheets), *self._tile, self._every_s, self._count)

    def _fill(self, until_s: float) -> None:
        """The newest picture is shown at each of its places before `until_s`."""
        if self._last is None:
            return
        tile = None
        while self._count * self._every_s < until_s and self._count < 10 * _MOST_PICTURES:
            if tile is None:
                tile = self._tile_of(self._last)
            self._put(tile)

    def _put(self, tile: NDArray[np.uint8]) -> None:
        row, column = divmod(self._count % (COLUMNS * ROWS), COLUMNS)
        width, height = self._tile
        self._sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
        self._count += 1
        if not self._count % (COLUMNS * ROWS):
            self._write()

    def _tile_of(self, frame: VideoFrame) -> NDArray[np.uint8]:
        picture = frame.to_ndarray(format="rgb24")
        return np.asarray(cv2.resize(picture, self._tile, interpolation=cv2.INTER_AREA), np.uint8)

    def _write(self) -> None:
        name = f"storyboard-{len(self._sheets)}.jpg"
        used = self._count % (COLUMNS * ROWS) or COLUMNS * ROWS
        rows = -(-used // COLUMNS)
        (self._folder / name).write_bytes(encoded(self._sheet[: rows * self._tile[1]], _QUALITY))
        self._sheets.append(name)
        self._sheet = self._empty()

    def _empty(self) -> NDArray[np.uint8]:
        return np.zeros((ROWS * self._tile[1], COLUMNS * self._tile[0], 3), np.uint8)


class Waveform:
    """Collects how loud a sound is. Samples are 16 bit, (count, channels)."""

    def __init__(self, sample_rate: int) -> None:
        self._window = max(1, round(_WINDOW_S * sample_rate))
        self._rest: NDArray[np.int16] = np.zeros(0, np.int16)
        self._peaks = bytearray()

    def add(self, samples: NDArray[np.int16]) -> None:
        """Take the next samples."""
        loudest = np.abs(samples.astype(np.int32)).max(axis=1).clip(0, 32767).astype(np.int16)
        whole = np.concatenate((self._rest, loudest))
        count = len(whole) // self._window
        used = whole[: count * self._window].reshape(count, self._window)
        if count:
            self._peaks += (used.max(axis=1) >> 7).astype(np.uint8).tobytes()
        self._rest = whole[count * self._window :]

    def peaks(self) -> tuple[float, list[int]]:
        """Return the seconds of each value, and the values from 0 to 255."""
        each = max(1, -(-len(self._peaks) // _MOST_PEAKS))
        values = [max(self._peaks[at : at + each]) for at in range(0, len(self._peaks), each)]
        return each * _WINDOW_S, values
