"""Runs the examples as people do: as scripts, with a node that is found by its runtime folder."""

from __future__ import annotations

import os
import queue
import re
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic
from typing import Self

EXAMPLES = Path(__file__).parents[2] / "examples"


class Program:
    """A running example whose output is read line by line."""

    def __init__(self, script: str, *arguments: str, folder: Path) -> None:
        environment = os.environ | {
            "FRAMECAST_RUNTIME_DIR": str(folder),
            "FRAMECAST_GRPC__PORT": "0",
            "FRAMECAST_ZMQ__PORT": "0",
            "PYTHONUNBUFFERED": "1",
        }
        self.process = subprocess.Popen(
            [sys.executable, str(EXAMPLES / script), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            cwd=folder,
        )
        self.lines: list[str] = []
        self._queue: queue.Queue[str] = queue.Queue()
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    def expect(self, pattern: str, timeout_s: float = 40.0) -> re.Match[str]:
        """Return the match of the next line that has `pattern`."""
        deadline = monotonic() + timeout_s
        while True:
            try:
                line = self._queue.get(timeout=max(0.0, deadline - monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"{pattern!r} never came; there was:\n" + "\n".join(self.lines[-30:])
                ) from None
            self.lines.append(line)
            if match := re.search(pattern, line):
                return match

    def end(self) -> int:
        """Ask it to end as `kill` does and return its exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Wait until it has ended and return its exit code."""
        code = self.process.wait(30)
        self._thread.join(10)
        # Closing waits for whoever reads: a child that it left behind would have this hang for ever.
        assert not self._thread.is_alive(), "it has ended, but something that it started goes on"
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.end()

    def _pump(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))
