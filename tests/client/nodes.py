"""A real node without servers in a process of its own, at a folder that stays when it is killed and started again."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Self

_CODE = """
import asyncio, sys
from pathlib import Path
from framecast import log, process
from framecast.node import private
from framecast.node.ending import Ending
settings = log.LogSettings(format="plain", level="warning")
log.configure(settings)
asyncio.run(private._serve(Path(sys.argv[1]), settings, Ending(())))
"""


class TestNode:
    """A node at `folder`."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", _CODE, str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        poller = select.poll()
        poller.register(self._process.stdout, select.POLLIN)
        assert poller.poll(30_000), "the node did not start"
        assert json.loads(self._process.stdout.readline())["socket"] == str(self.folder / "node.sock")

    def kill(self) -> None:
        """Kill it as the out-of-memory killer does."""
        assert self._process is not None
        self._process.kill()
        self._reap()

    def stop(self) -> None:
        """Let it end cleanly."""
        if self._process is None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._reap()

    def _reap(self) -> None:
        assert self._process is not None
        self._process.wait(20)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def descriptors() -> int:
    """Return how many file descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))
