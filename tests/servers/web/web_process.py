"""The web server as the node starts it: a process, a socket, JSON on stdin."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from types import TracebackType
from typing import Any, Self

WAIT_S = 20.0


class WebProcess:
    """A running web server. `options` go into its settings."""

    def __init__(self, runtime_dir: Path, address: str = "127.0.0.1", **options: Any) -> None:
        self._sock = socket.create_server((address, 0))
        self.port = int(self._sock.getsockname()[1])
        settings = {"fd": self._sock.fileno(), "runtime_dir": str(runtime_dir), **options}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "framecast.servers.web"],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[self._sock.fileno()],
        )
        # Connections wait in the socket until the process accepts them: nothing to poll for.
        self._sock.close()
        assert self.process.stdin
        self.process.stdin.write(json.dumps(settings).encode() + b"\n")
        self.process.stdin.flush()
        self.log = ""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[HTTPResponse, bytes]:
        """Send one request and return the answer with its body. `host_` in a header's name means `host-`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body, named)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    def json(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Any:
        """Return the JSON of an answer, whatever its status."""
        return json.loads(self.ask(path, method, body, **headers)[1])

    def connect(self) -> socket.socket:
        """Return a plain connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S)

    def open_files(self) -> int:
        """How many descriptors the process has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def memory_bytes(self) -> int:
        """The process' private and shared memory in RAM."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def close(self, how: int | None = None) -> int:
        """End it, by the end of stdin or by a signal, and return its exit status."""
        assert self.process.stdin
        assert self.process.stderr
        if how is not None:
            self.process.send_signal(how)
        else:
            self.process.stdin.close()
        try:
            status = self.process.wait(WAIT_S)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            raise
        finally:
            self.log += self.process.stderr.read().decode()
            self.process.stderr.close()
            self.process.stdin.close()
        return status

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.close()
