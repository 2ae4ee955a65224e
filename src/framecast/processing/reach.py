"""The task `reach`: tries what a task must not be able to do, and says what it has reached. `framecast doctor` runs it, so that the sandbox is tested and not believed.

Parses nothing. What is tried harms nothing if it succeeds: a file that everybody may read, a socket, a process that ends at once.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from typing import Any


def run(_request: Mapping[str, Any], _report: Callable[[float], None]) -> dict[str, Any]:
    """Return {"reached": [what could be done]}, an empty list if the sandbox is whole."""
    return {"reached": [what for what, attempt in _ATTEMPTS.items() if _succeeds(attempt)]}


def _succeeds(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


def _read() -> None:
    os.close(os.open("/etc/passwd", os.O_RDONLY | os.O_CLOEXEC))


def _connect() -> None:
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()


def _start() -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitpid(pid, 0)


_ATTEMPTS: dict[str, Callable[[], object]] = {
    "files of this user": _read,
    "the network": _connect,
    "other programs": _start,
}
