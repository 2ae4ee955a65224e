"""A real node by `framecast serve`, and commands that talk to it, all in folders of the test's own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

COMMAND = (sys.executable, "-m", "framecast")
LIMIT_S = 60
# The servers beside the web server. Each is a process that takes its time to start.
ALL = ("grpc", "zmq")


def environment(folder: Path, servers: Collection[str] = ALL) -> dict[str, str]:
    """Everything of Framecast below `folder`, and nothing of it from outside; a node runs `servers` beside the web server."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("FRAMECAST_")}
    return kept | {
        "FRAMECAST_RUNTIME_DIR": str(folder / "run"),
        "XDG_DATA_HOME": str(folder),
        "FRAMECAST_GRPC__PORT": "0",
        "FRAMECAST_ZMQ__PORT": "0",
        **{f"FRAMECAST_{name.upper()}__ENABLED": "false" for name in ALL if name not in servers},
        "COLUMNS": "200",
    }


def run(
    folder: Path, *arguments: str, given: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(folder),
        cwd=cwd or folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
    )


class Running:
    """A command that goes on, and what it says on stderr."""

    def __init__(self, folder: Path, *arguments: str, servers: Collection[str] = ALL) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self._said = threading.Condition()
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            env=environment(folder, servers) | {"PYTHONUNBUFFERED": "1"},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()

    @property
    def said(self) -> str:
        """Everything so far."""
        return "\n".join(self.lines)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match in what it says, as soon as it is said."""
        with self._said:
            found = self._said.wait_for(lambda: re.search(pattern, self.said) or self._ended, LIMIT_S)
        match = re.search(pattern, self.said)
        assert match, f"{pattern!r} was not said within {LIMIT_S} s ({found}):\n{self.said}"
        return match

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.ended()

    def ended(self) -> int:
        """Return the exit code of a command that ends by itself."""
        code = self.process.wait(LIMIT_S)
        self._listener.join(LIMIT_S)
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.ended()
        assert self.process.stdout
        self.process.stdout.close()

    @property
    def _ended(self) -> bool:
        return self.process.poll() is not None and not self._listener.is_alive()

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._said:
                self.lines.append(line.rstrip("\n"))
                self._said.notify_all()
        self.process.wait()
        with self._said:
            self._said.notify_all()


class Node(Running):
    """A node that is ready when it is made. `url` is where its page is. It has only the servers that a test names."""

    def __init__(self, folder: Path, *arguments: str, servers: Collection[str] = ()) -> None:
        super().__init__(folder, "serve", "--port", "0", *arguments, servers=servers)
        self.url = self.wait_for(r"http://\S+/").group()

    def command(
        self, *arguments: str, given: str = "", cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command of the command line to its end."""
        return run(self.folder, *arguments, given=given, cwd=cwd)

    def streams(self) -> dict[str, dict[str, Any]]:
        """What `streams --json` says, by name."""
        done = self.command("streams", "--json")
        assert done.returncode == 0, done.stderr
        return {stream["name"]: stream for stream in json.loads(done.stdout)}
