"""A real node by `framecast serve`, and commands that talk to it, all in folders of the test's own."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any, Self

import psutil

from tests.support.program import LIMIT_S, Program
from tests.support.waiting import until

COMMAND = (sys.executable, "-m", "framecast")
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


class Running(Program):
    """A command that goes on, and what it says on stderr."""

    def __init__(self, folder: Path, *arguments: str, servers: Collection[str] = ALL) -> None:
        self.folder = folder
        super().__init__(
            [*COMMAND, *arguments], folder, environment(folder, servers) | {"PYTHONUNBUFFERED": "1"}
        )

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match in what it says, as soon as it is said."""
        self.wait_until(lambda: re.search(pattern, self.text))
        match = re.search(pattern, self.text)
        assert match, f"{pattern!r} was not said within {LIMIT_S:g} s:\n{self.text}"
        return match

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.ended()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.release()


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

    def server_process(self, name: str) -> psutil.Process:
        """The process of a server, `web`, `rpc` or `zmq`, once it has shown its arguments."""
        wanted = ["-P", "-m", f"framecast.servers.{name}"]

        def found() -> psutil.Process | None:
            children = psutil.Process(self.process.pid).children(recursive=True)
            return next((one for one in children if one.cmdline()[1:4] == wanted), None)

        process: psutil.Process = until(found, f"the process of the {name} server")
        return process

    def streams(self) -> dict[str, dict[str, Any]]:
        """What `streams --json` says, by name."""
        done = self.command("streams", "--json")
        assert done.returncode == 0, done.stderr
        return {stream["name"]: stream for stream in json.loads(done.stdout)}
