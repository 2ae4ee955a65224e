"""A real node in a folder of its own, and what its processes cost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import psutil
import yaml


class Node:
    """`framecast serve` with these streams; `zmq` are further keys of that section, `variables` of the environment.

    Programs started with `environment` find it.
    """

    def __init__(self, streams: dict[str, Any], zmq: dict[str, Any] | None = None, **variables: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="framecast-bench-")
        root = Path(self._folder.name)
        config = root / "framecast.yaml"
        ports = {"port": 0, "grpc": {"port": 0}, "zmq": {"port": 0, **(zmq or {})}}
        config.write_text(yaml.safe_dump({"streams": streams, **ports}))
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("FRAMECAST_")}
        self.environment |= {
            "FRAMECAST_RUNTIME_DIR": str(root / "run"),
            "XDG_DATA_HOME": str(root),
        } | variables
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "framecast", "serve", "--config", str(config)],
            env=self.environment,
            cwd=root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        os.environ["FRAMECAST_RUNTIME_DIR"] = str(root / "run")
        self.url = self._find_url()

    @property
    def folder(self) -> Path:
        """The folder with its configuration, data and runtime folder."""
        return Path(self._folder.name)

    @property
    def pid(self) -> int:
        """The node's own process."""
        return self._process.pid

    def command(self, *arguments: str) -> str:
        """Run a command of the command line and return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "framecast", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def streams(self) -> dict[str, Any]:
        """What the node says about its streams."""
        return {stream["name"]: stream for stream in json.loads(self.command("streams", "--json"))}

    def get(self, path: str) -> bytes:
        """Return the body of a page."""
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            body: bytes = answer.read()
        return body

    def processes(self, name: str = "") -> list[psutil.Process]:
        """The node's processes whose thread name contains `name`."""
        mother = psutil.Process(self.pid)
        found = [mother, *mother.children(recursive=True)]
        return [process for process in found if name in comm(process.pid)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._folder.cleanup()

    def _find_url(self) -> str:
        assert self._process.stdout
        for line in self._process.stdout:
            if match := re.search(r"http://[^\s/]+", line):
                return match.group()
        raise RuntimeError("the node did not say where its page is")


def comm(pid: int) -> str:
    """The name of a process's main thread."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def cpu_s(processes: Sequence[psutil.Process]) -> float:
    """CPU seconds, user and system, that these processes have used so far."""
    total = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    mother = psutil.Process(pid)
    return [mother, *mother.children(recursive=True)]


def pss_bytes(process: psutil.Process) -> int:
    """Proportional share of memory of a process."""
    return int(process.memory_full_info().pss)


def program(module: str, *arguments: object, env: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """Start a module of the benchmark as a process of its own; it prints one JSON line at its end."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *map(str, arguments)],
        env=env,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent.parent,
    )


def result(process: subprocess.Popen[str]) -> Any:  # noqa: ANN401  whatever the program prints
    """Return what a program printed as its last line."""
    out, _ = process.communicate(timeout=600)
    if process.returncode:
        raise RuntimeError(f"a program of the benchmark failed with {process.returncode}: {process.args!r}")
    return json.loads(out.strip().splitlines()[-1])
