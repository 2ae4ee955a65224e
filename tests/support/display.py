"""A virtual display with a window manager, a person's keys and eyes: Xvfb, openbox, xdotool, FFmpeg's x11grab.

with Display() as display:
    subprocess.Popen([...], env=environment | display.environment)
    display.window("front-door").press("space")
"""

from __future__ import annotations

import os
import re
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from framecast.media.testpicture import Blocks, read_blocks
from tests.support import needs
from tests.support.waiting import until

LIMIT_S = 40
Image = NDArray[np.uint8]


class Display:
    """A screen of `size` pixels."""

    def __init__(self, size: tuple[int, int] = (1600, 1000)) -> None:
        self.size = size
        self._xvfb, self._openbox, self._xdotool = needs.display()
        reading, writing = os.pipe()
        self._server = subprocess.Popen(
            [
                *(self._xvfb, "-displayfd", str(writing), "-screen", "0", f"{size[0]}x{size[1]}x24"),
                *("-nolisten", "tcp", "-noreset"),
            ],
            pass_fds=(writing,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        with open(reading, "rb") as pipe:
            self.name = f":{int(pipe.readline())}"
        self._manager = subprocess.Popen(
            [self._openbox, "--sm-disable"],
            env=os.environ | self.environment | {"XDG_CACHE_HOME": "/nonexistent"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(lambda: self._do("get_num_desktops"), "the window manager")

    @property
    def environment(self) -> dict[str, str]:
        """What leads a program to this screen, and its sound to nowhere."""
        return {"DISPLAY": self.name, "SDL_AUDIODRIVER": "dummy", "WAYLAND_DISPLAY": ""}

    def windows(self) -> dict[str, Window]:
        """The visible windows of Framecast, by title."""
        found = {}
        for number in self._do("search", "--onlyvisible", "--class", "^framecast$").split():
            title = self._do("getwindowname", number).strip()
            if title:
                found[title] = Window(self, number)
        return found

    def window(self, title: str) -> Window:
        """The window with this title, as soon as it is there."""
        found: Window = until(lambda: self.windows().get(title), f"a window named {title}")
        return found

    def _do(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._xdotool, *arguments],
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
        )
        return done.stdout if done.returncode == 0 else ""

    def close(self) -> None:
        """Switch it off."""
        for process in (self._manager, self._server):
            process.terminate()
            process.wait(LIMIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


class Window:
    """One window on a display."""

    def __init__(self, display: Display, number: str) -> None:
        self._display = display
        self.number = number

    @property
    def pid(self) -> int:
        """The process that opened it."""
        return int(self._display._do("getwindowpid", self.number))

    @property
    def size(self) -> tuple[int, int]:
        """Width and height without its frame; (0, 0) where it is gone."""
        found = re.search(r"(\d+)x(\d+)", self._display._do("getwindowgeometry", self.number))
        return (int(found[1]), int(found[2])) if found else (0, 0)

    @property
    def left(self) -> int:
        """How far it is from the screen's left edge."""
        found = re.search(r"Position: (-?\d+)", self._display._do("getwindowgeometry", self.number))
        assert found
        return int(found[1])

    def press(self, key: str) -> None:
        """Press a key, as a person does who has clicked on the window."""
        self._display._do("windowfocus", "--sync", self.number)
        self._display._do("key", key)

    def double_click(self) -> None:
        """Click twice in its middle."""
        width, height = self.size
        place = ["mousemove", "--window", self.number, str(width // 2), str(height // 2)]
        self._display._do(*place, "click", "--repeat", "2", "--delay", "60", "1")

    def resize(self, width: int, height: int) -> None:
        """Make it so large, and wait until it is."""
        self._display._do("windowsize", "--sync", self.number, str(width), str(height))

    def close(self) -> None:
        """Ask it to close as its own button does: the window manager's key for it."""
        self.press("alt+F4")

    def grab(self) -> Image:
        """What it shows now: (height, width, 3)."""
        width, height = self.size
        command = [
            needs.ffmpeg(),
            "-v",
            "error",
            "-f",
            "x11grab",
            "-window_id",
            self.number,
            "-draw_mouse",
            "0",
        ]
        command += ["-i", self._display.name, "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
        done = subprocess.run(command, capture_output=True, timeout=LIMIT_S)
        raw = np.frombuffer(done.stdout, np.uint8)
        if raw.size != width * height * 3:  # it was resized or closed meanwhile
            return np.zeros((2, 2, 3), np.uint8)
        return raw.reshape(height, width, 3).copy()

    def blocks(self, proportion: Fraction = Fraction(16, 9)) -> Blocks | None:
        """What the test pattern in it says, None where it shows something else."""
        image = self.grab()
        return read_blocks(image[middle(image, proportion)])


def middle(image: Image, proportion: Fraction) -> tuple[slice, slice]:
    """Where a picture of this proportion, as large as it fits, stands in the middle of a window."""
    height, width = image.shape[:2]
    wide, high = min(width, round(height * proportion)), min(height, round(width / proportion))
    top, left = (height - high) // 2, (width - wide) // 2
    return slice(top, top + high), slice(left, left + wide)


def lit(image: Image) -> tuple[int, int, int, int] | None:
    """The rectangle of all that is bright: left, top, width, height; None where all is dark."""
    bright = image.min(axis=2) > 128
    rows, columns = np.flatnonzero(bright.any(axis=1)), np.flatnonzero(bright.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1


def children(pid: int) -> list[int]:
    """The processes that `pid` has started."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
