"""What a command is doing: one line that changes on a terminal, a line now and then in a pipe or a log. On stderr, any one thread."""

from __future__ import annotations

import sys
from collections.abc import Callable
from time import monotonic
from typing import Self, TextIO

from rich.console import Console
from rich.live import Live
from rich.text import Text

_FIRST_S, _EVERY_S = 3.0, 10.0  # in a pipe: quick commands say nothing


class Progress:
    """Shows the newest text. Nothing is left of it on a terminal when the `with` ends."""

    def __init__(
        self, file: TextIO | None = None, clock: Callable[[], float] = monotonic, first_s: float = _FIRST_S
    ) -> None:
        """`first_s`: in a pipe, the first line comes after so many seconds."""
        self._file = file or sys.stderr
        self._clock = clock
        self._due = clock() + first_s
        console = Console(file=self._file)
        self._live = Live(console=console, transient=True) if console.is_terminal else None

    def show(self, text: str) -> None:
        """Show `text` instead of the text before."""
        if self._live is not None:
            self._live.update(Text(text))
        elif self._clock() >= self._due:
            self._due = self._clock() + _EVERY_S
            self.say(text)

    def say(self, text: str) -> None:
        """Print a line that stays, on a terminal above the one that changes."""
        if self._live is not None:
            self._live.console.print(Text(text))
        else:
            print(text, file=self._file, flush=True)

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._live is not None:
            self._live.stop()
