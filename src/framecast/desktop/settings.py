"""The settings that the command sends to one window, and the report that the window sends at its end: a line of JSON each way."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from framecast.errors import Invalid


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """One window. `stream` is whatever `framecast.open` takes; it may hold a password, so it is not an argument."""

    stream: str
    size: tuple[int, int] | None = None  # of the window; None: the picture's, where the screen has room
    fullscreen: bool = False
    sound: bool = True
    frames: int = 0  # quit after so many pictures; 0 is never
    number: int = 0  # of this window, and how many there are: so that they do not cover each other
    count: int = 1

    def to_line(self) -> bytes:
        """Return the JSON line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> WindowSettings:
        """Return what a line says.

        Raises:
            Invalid: it is not one.
        """
        try:
            settings = cls(**json.loads(line))
            size = settings.size
            return replace(settings, size=None if size is None else (int(size[0]), int(size[1])))
        except (TypeError, ValueError, IndexError) as error:
            raise Invalid(f"a window's settings cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class Report:
    """What a window did, or why it could not. Times are medians."""

    stream: str  # masked
    frames: int = 0  # pictures shown
    dropped: int = 0  # pictures that came too fast for this window
    fps: float = 0.0
    latency_ms: float = 0.0  # from capture to the window
    sound_ms: float | None = None  # how much later than the picture its sound was; None without sound
    error: str = ""  # the name of an error in `framecast.errors`
    message: str = ""

    def to_line(self) -> bytes:
        """Return the JSON line."""
        return json.dumps(asdict(self)).encode() + b"\n"

    @classmethod
    def from_line(cls, line: bytes) -> Report:
        """Return what a line says.

        Raises:
            Invalid: it is not one.
        """
        try:
            return cls(**json.loads(line))
        except (TypeError, ValueError) as error:
            raise Invalid(f"a window's report cannot be read: {error}") from error

    def __str__(self) -> str:
        words = f"{self.stream}: {self.frames} pictures, {self.fps:.1f} a second, {self.dropped} dropped"
        words += f", {self.latency_ms:.0f} ms old" if self.frames else ""
        return words + (f", sound {self.sound_ms:+.0f} ms" if self.sound_ms is not None else "")
