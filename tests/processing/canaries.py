"""What nobody may open or call: a file whose opening the kernel reports (inotify), and a port that keeps who has called."""

from __future__ import annotations

import ctypes
import os
import socket
import struct
from pathlib import Path
from typing import Self

from tests.processing.corpus import Canaries

_OPENED = 0x00000020 | 0x00000001  # IN_OPEN, IN_ACCESS
_EVENT = struct.Struct("iIII")


class Trap:
    """A folder with the canary in it, and the listener. Hostile files stand in the same folder, so that a name beside them leads to the canary, too."""

    def __init__(self, folder: Path, content: bytes) -> None:
        self.folder = folder
        self._file = folder / "canary.ts"
        self._file.write_bytes(content)
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(0)
        self.canaries = Canaries(str(self._file), self._server.getsockname()[1])
        libc = ctypes.CDLL(None, use_errno=True)
        self._notices = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        assert libc.inotify_add_watch(self._notices, bytes(self._file), _OPENED) >= 0, os.strerror(
            ctypes.get_errno()
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._notices)
        self._server.close()

    def touched(self) -> list[str]:
        """Return what was opened or called since the last question."""
        found = []
        try:
            data = os.read(self._notices, 65536)
            found += ["the file was opened"] * (len(data) >= _EVENT.size)
        except BlockingIOError:
            pass
        while True:
            try:
                connection, _ = self._server.accept()
            except BlockingIOError:
                return found
            connection.close()
            found.append("the port was called")
