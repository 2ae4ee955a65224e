"""A reader's machine: a fresh folder, a shell in which commands of a page run, and a node if the page starts one."""

from __future__ import annotations

import os
import re
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import framecast
from tests.documentation.page import ROOT
from tests.support.ports import free_port
from tests.support.program import LIMIT_S, Program
from tests.support.waiting import until

# A program that prints that many lines goes on until Ctrl-C ends it.
ENOUGH_LINES = 5
ENDLESS = re.compile(r"for \w+ in camera|^ *while ", re.MULTILINE)
PUBLISHED = re.compile(r"framecast\.publish\(\"([\w.-]+)\"")


class Started(Program):
    """A command of a page, in a session of its own, as in a terminal."""

    def __init__(self, command: list[str], folder: Path, environment: dict[str, str]) -> None:
        super().__init__(command, folder, environment, own_session=True)

    def wait_for_lines(self, number: int) -> bool:
        """Return True as soon as there are `number` lines, False if it ends before."""
        done = self.wait_until(lambda: len(self.lines) >= number)
        assert done, f"{number} lines were expected within {LIMIT_S:g} s, there are:\n{self.text}"
        return len(self.lines) >= number

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        self._signal(signal.SIGINT)
        return self.ended()

    def close(self) -> None:
        """End it, if it has not."""
        if self.process.poll() is None:
            self._signal(signal.SIGTERM)
        self.release()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # it has just ended
            os.killpg(self.process.pid, number)


class Machine:
    """Runs what a page says in `folder`. Ports are free ones: the usual ones, and `camera-box`, stand for them."""

    def __init__(
        self, folder: Path, *, home: Path | None = None, grpc: bool = False, zmq: bool = False
    ) -> None:
        """`home` is a clone of the repository in which the reader works; without it, a folder that has parts of a checkout."""
        self.folder = home or folder / "machine"
        if home is None:
            self.folder.mkdir()
            for name in ("examples", "deploy", ".venv"):
                (self.folder / name).symlink_to(ROOT / name)
        self.runtime = folder / "run"
        self.port, self.grpc_port, self.zmq_port = free_port(), free_port(), free_port()
        self.environment = {
            key: value for key, value in os.environ.items() if not key.startswith("FRAMECAST_")
        } | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONUNBUFFERED": "1",
            "PYTHONPATH": str((home or ROOT) / "src"),
            "PYTHONWARNINGS": "error,ignore::ResourceWarning",
            "XDG_DATA_HOME": str(folder / "data"),
            "FRAMECAST_RUNTIME_DIR": str(self.runtime),
            "FRAMECAST_PORT": str(self.port),
            "FRAMECAST_GRPC__PORT": str(self.grpc_port),
            "FRAMECAST_ZMQ__PORT": str(self.zmq_port),
            "FRAMECAST_GRPC__ENABLED": str(grpc).lower(),
            "FRAMECAST_ZMQ__ENABLED": str(zmq).lower(),
        }
        self._running: list[Started] = []
        self.node: Started | None = None

    @property
    def url(self) -> str:
        """Where the node's pages are."""
        return f"http://127.0.0.1:{self.port}"

    def put(self, text: str) -> str:
        """Return a text of a page with this machine's ports."""
        text = re.sub(r"(127\.0\.0\.1|localhost):8080", f"127.0.0.1:{self.port}", text)
        text = re.sub(r"(camera-box|localhost):50051", f"127.0.0.1:{self.grpc_port}", text)
        return text.replace("127.0.0.1:5556", f"127.0.0.1:{self.zmq_port}")

    def shell(self, command: str) -> str:
        """Run a command: to its end, or, if it starts a node, until that answers. Return what it printed."""
        if re.match(r"(\.venv/bin/)?framecast serve|make serve", command):
            self._serve(command)
            return ""
        program = self.start(["bash", "-euo", "pipefail", "-c", self.put(command)])
        assert program.ended() == 0, f"{command}\n{program.text}"
        return program.text

    def python(self, code: str) -> Started:
        """Run a program: to its end, or until it has shown that it works, and then end it with Ctrl-C."""
        program = self.start([sys.executable, "-c", self.put(code)])
        endless = bool(ENDLESS.search(code))
        if endless and "print(" not in code:
            for name in PUBLISHED.findall(code):
                with (
                    framecast.open(name, node=self.runtime) as camera,
                    camera.packets(track="jpeg/75") as pictures,
                ):
                    assert pictures.read(LIMIT_S).payload
            program.interrupt()
        elif program.wait_for_lines(ENOUGH_LINES):
            program.interrupt()
        end = program.ended()
        # Where a page's programs need not hide it, Python ends by the signal, after a traceback.
        is_interrupted = "suppress(KeyboardInterrupt)" not in code and end in (-signal.SIGINT, 1)
        # Only Ctrl-C ends a program by SIGINT. While the interpreter ends there is no traceback any more.
        is_told = end == -signal.SIGINT or "KeyboardInterrupt" in program.text or not endless
        assert end == 0 or (is_interrupted and is_told), f"exit code {end}\n{code}\n{program.text}"
        return program

    @contextmanager
    def started(self, code: str) -> Iterator[Started]:
        """Run a program that goes on, and end it with Ctrl-C."""
        program = self.start([sys.executable, "-c", self.put(code)])
        yield program
        assert program.interrupt() == 0, program.text

    def start(self, command: list[str]) -> Started:
        """Start a program that this machine ends at last."""
        program = Started(command, self.folder, self.environment)
        self._running.append(program)
        return program

    def _serve(self, command: str) -> None:
        if self.node is not None:  # a reader ends the one before, as both want the same ports
            assert self.node.interrupt() == 0, self.node.text
        self.node = node = self.start(["bash", "-c", f"exec {self.put(command)}"])

        def answers() -> bool:
            assert node.process.poll() is None, node.text
            try:
                with urllib.request.urlopen(f"{self.url}/healthz", timeout=LIMIT_S) as answer:
                    return bool(answer.status == 200)
            except (urllib.error.URLError, ConnectionError):
                return False

        until(answers, f"{command} answers")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        for program in reversed(self._running):
            program.close()
