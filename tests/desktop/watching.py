"""`framecast view` on a virtual display, in a folder of the test's own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Self

from tests.cli.running import COMMAND, environment
from tests.support.display import LIMIT_S, Display, Window, children


class Watching:
    """The command, running. `cwd` is where it saves pictures; `more` is added to its environment."""

    def __init__(
        self,
        display: Display,
        node: Path,
        *arguments: str,
        cwd: Path | None = None,
        more: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.display = display
        self.process = subprocess.Popen(
            [*COMMAND, "view", *arguments],
            env=environment(node) | display.environment | dict(more),
            cwd=cwd or node,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def window(self, title: str) -> Window:
        """The window with this title, as soon as it is there."""
        return self.display.window(title)

    def windows(self) -> list[int]:
        """The processes of its windows."""
        return children(self.process.pid)

    def interrupt(self) -> None:
        """Press Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def ended(self) -> tuple[int, str, str]:
        """Exit code, stdout and stderr, when it has ended by itself."""
        said, complained = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, said, complained

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        if self.process.stdout and not self.process.stdout.closed:
            self.ended()


def exists(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not buried yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def stop(pid: int) -> None:
    """Let a process stand still."""
    os.kill(pid, signal.SIGSTOP)


def resume(pid: int) -> None:
    """Let it go on."""
    os.kill(pid, signal.SIGCONT)
