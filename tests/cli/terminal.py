"""A command on a terminal of its own (a pty), and what it shows there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Self

from tests.cli.running import COMMAND
from tests.support.program import LIMIT_S

_CONTROLS = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Terminal:
    """A running command. `raw` is every byte that it has written."""

    def __init__(self, folder: Path, environment: Mapping[str, str], *arguments: str) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.raw = b""
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            env={**environment, "TERM": "xterm-256color"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # Ctrl-C goes to it
        )
        self.modes = termios.tcgetattr(theirs)[:4]
        self._theirs = theirs

    @property
    def text(self) -> str:
        """What it has written, without sequences that move the cursor or colour."""
        return _CONTROLS.sub("", self.raw.decode(errors="replace"))

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match in what it writes."""
        deadline = monotonic() + LIMIT_S
        while True:
            match = re.search(pattern, self.text)
            if match:
                return match
            assert monotonic() < deadline, f"{pattern!r} was not shown:\n{self.text}"
            self._read(0.2)

    def ended(self) -> int:
        """Return the exit code when it has ended; what it writes until then is read."""
        deadline = monotonic() + LIMIT_S
        while self.process.poll() is None:
            assert monotonic() < deadline, self.text
            self._read(0.1)
        return self.process.wait(LIMIT_S)

    def modes_now(self) -> list[object]:
        """Return the modes of the terminal, as `modes` were before."""
        return list(termios.tcgetattr(self._theirs)[:4])

    def _read(self, wait_s: float) -> None:
        ready, _, _ = select.select([self._ours], [], [], wait_s)
        if ready:
            self.raw += os.read(self._ours, 65536)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(LIMIT_S)
        os.close(self._theirs)
        os.close(self._ours)
