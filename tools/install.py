"""Installs packages by pip and shows how far it is: `python -m tools.install LABEL PIP-ARGUMENTS...`, as `make setup` does.

On a terminal one line changes; in a pipe or a log there is a line every ten seconds, so that it does not look hung. What pip says is
shown only if it fails. Needs the standard library alone: it runs before anything is installed.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import TextIO

EVERY_S = 10.0
_KEPT = 200  # lines of pip's that are shown if it fails
_LOCKED = re.compile(r"^[A-Za-z0-9][\w.-]*(?:\[[\w,]+\])?==", re.MULTILINE)
_COLLECTED = re.compile(r"^(?:Collecting|Requirement already satisfied:|Obtaining) ([\w.-]+|file:\S+)")
_INSTALLS = re.compile(r"^Installing collected packages: (.*)")


class Show:
    """The newest state of the work as a line."""

    def __init__(self, label: str, total: int, out: TextIO, clock: Callable[[], float] = monotonic) -> None:
        self._label, self._total, self._out, self._clock = label, total, out, clock
        self._begun = clock()
        self._due = self._begun + EVERY_S
        self._count = 0
        self._write(label if out.isatty() else f"{label}\n")

    def hear(self, line: str) -> None:
        """Take a line of pip's."""
        if found := _COLLECTED.match(line):
            self._count += 1
            self._update(
                f"{min(self._count, self._total or self._count)} of {self._total or '?'}: {found[1]}"
            )
        elif found := _INSTALLS.match(line):
            self._update(f"writing {len(found[1].split(', '))} packages")

    def finish(self) -> None:
        """Say that it is done, and how long it took."""
        done = f"{self._label}: done in {self._clock() - self._begun:.0f} s\n"
        self._write(f"\r\x1b[K{done}" if self._out.isatty() else done)

    def fail(self, lines: Iterable[str], code: int) -> None:
        """Show what pip said."""
        self._write("\n" if self._out.isatty() else "")
        self._write("".join(lines))
        self._write(f"{self._label}: pip failed with code {code}; its messages are above\n")

    def _update(self, text: str) -> None:
        if self._out.isatty():
            self._write(f"\r\x1b[K{self._label} ({text})"[:200])
        elif self._clock() >= self._due:
            self._due = self._clock() + EVERY_S
            self._write(f"{self._label} ({text})\n")

    def _write(self, text: str) -> None:
        self._out.write(text)
        self._out.flush()


def packages_of(arguments: Sequence[str]) -> int:
    """Return how many packages the lock files among pip's arguments name; 0 without one."""
    files = [after for before, after in pairwise(arguments) if before == "-r"]
    return sum(len(_LOCKED.findall(Path(file).read_text())) for file in files)


def install(label: str, arguments: Sequence[str], out: TextIO) -> int:
    """Run pip and return its exit code."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--progress-bar", "off"]
    show = Show(label, packages_of(arguments), out)
    kept: deque[str] = deque(maxlen=_KEPT)
    with subprocess.Popen(
        [*command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as pip:
        assert pip.stdout is not None
        for line in pip.stdout:
            kept.append(line)
            show.hear(line)
    if pip.returncode:
        show.fail(kept, pip.returncode)
    else:
        show.finish()
    return pip.returncode


if __name__ == "__main__":
    sys.exit(install(sys.argv[1], sys.argv[2:], sys.stdout))
