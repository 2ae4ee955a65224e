"""A server as the node starts it: a process of its own, sockets that it inherits, JSON on stdin, whose end is its end."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from framecast.servers.settings import Settings
from tests.servers.zygote import Forked

WAIT_S = 60.0
# What a test that does not care gives the servers: every key must be there.
PLAIN: dict[str, Any] = {
    "host": "",
    "port": 0,
    "access_token": None,
    "database": None,
    "data_dir": None,
    "library": None,
    "rooms": None,
    "log": None,
    "base_path": "",
    "hosts": [],
    "origins": [],
    "trusted_proxies": [],
    "trusted_user_header": None,
    "setup": None,
    "oidc": None,
    "tls_cert_file": None,
    "tls_key_file": None,
    "socket_mode": 0o600,
    "curve_secret_key_file": None,
    "curve_clients_file": None,
    "imagezmq_fd": None,
    "imagezmq_is_open": False,
    "audit_days": 365,
    "imagezmq_track": "frames/bgr",
    "imagezmq_streams": [],
}


def line(kind: type[Settings], **given: Any) -> bytes:
    """Return the settings of a server with what a test gives, as the node writes them."""
    names = {one.name for one in fields(kind)}
    return json.dumps({key: value for key, value in PLAIN.items() if key in names} | given).encode() + b"\n"


class ServerProcess:
    """A running server `module`. It listens on `socks`; the first one's port is `port`. With `files` it may open so many at most."""

    def __init__(
        self, module: str, socks: Sequence[socket.socket], settings: bytes, files: int | None = None
    ) -> None:
        self.port = int(socks[0].getsockname()[1])
        self.log = ""  # what it said on stderr, once it has ended
        self.process = Forked(module, [sock.fileno() for sock in socks], files)
        # Connections wait in the sockets until the process accepts them: nothing to poll for.
        for sock in socks:
            sock.close()
        self.process.stdin.write(settings)
        self.process.stdin.flush()

    def connect(self) -> socket.socket:
        """Return a plain connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_S)

    def memory_bytes(self) -> int:
        """The process' private and shared memory in RAM."""
        for row in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if row.startswith("VmRSS:"):
                return int(row.split()[1]) * 1024
        raise AssertionError("no VmRSS")

    def close(self, how: int | None = None) -> int:
        """End it, by the end of stdin or by a signal, and return its exit status."""
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
            status = self.close()
            if kind is None:
                assert status == 0, self.log
