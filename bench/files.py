"""Reading a file picture by picture: `framecast.VideoCapture` against `cv2.VideoCapture`, by turns, 500 pictures each.

The time is from opening the file to the end of it. The program's own node runs already: it starts once a program. Each measure is
taken by a process of its own that does both by turns; the row is the median of their ratios.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from fractions import Fraction

import cv2

import framecast
from bench.running import program, result
from bench.table import Row
from tests.support.media_files import Clip

ROUNDS = 5
SIZES = ((320, 240), (1920, 1080))
CODECS = ("h264", "mjpeg")
MOST = 1.5


def rows() -> list[Row]:
    """Measure and return the rows."""
    return [row(codec, size) for size in SIZES for codec in CODECS]


def row(codec: str, size: tuple[int, int]) -> Row:
    """Return the row of one kind of file."""
    clip = Clip(video=codec, size=size, fps=Fraction(25), seconds=20, gop_s=2)
    found = result(program("bench.files", clip.path()))
    return Row(
        f"500 pictures of {codec} {size[0]}x{size[1]}",
        f"{found['ours_s']:.2f} s",
        f"cv2.VideoCapture: {found['theirs_s']:.2f} s",
        f"{found['ratio']:.2f} x",
        f"<= {MOST} x",
        found["ratio"] <= MOST,
    )


def read(make: Callable[[str], framecast.VideoCapture | cv2.VideoCapture], path: str) -> float:
    """Return the seconds that reading a file takes."""
    begin = time.perf_counter()
    cap = make(path)
    count = 0
    while cap.read()[0]:
        count += 1
    took = time.perf_counter() - begin
    cap.release()
    assert count == 500, count
    return took


def main() -> None:
    """Read a file by turns and print the medians."""
    path = sys.argv[1]
    read(framecast.VideoCapture, path)  # starts the node, and brings the file into memory
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(read(cv2.VideoCapture, path))
        ours.append(read(framecast.VideoCapture, path))
    ratio = statistics.median(mine / peer for mine, peer in zip(ours, theirs, strict=True))
    print(json.dumps({"ours_s": min(ours), "theirs_s": min(theirs), "ratio": ratio}))


if __name__ == "__main__":
    main()
