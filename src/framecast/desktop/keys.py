"""What a person can do in a window, and the keys for it. docs/how-to/view.md shows the same table."""

from __future__ import annotations

from enum import Enum, auto


class Action(Enum):
    """Something that the window is asked to do."""

    QUIT = auto()
    PAUSE = auto()
    FULLSCREEN = auto()
    SOUND = auto()
    LOUDER = auto()
    QUIETER = auto()
    SNAPSHOT = auto()
    STATS = auto()
    REPAINT = auto()  # by the window system: something was uncovered, or the size is another


# By the names that SDL gives to keys.
KEYS: dict[str, Action] = {
    "q": Action.QUIT,
    "escape": Action.QUIT,
    "space": Action.PAUSE,
    "f": Action.FULLSCREEN,
    "m": Action.SOUND,
    "up": Action.LOUDER,
    "down": Action.QUIETER,
    "s": Action.SNAPSHOT,
    "i": Action.STATS,
}
