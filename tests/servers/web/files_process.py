"""The files server as the node starts it, beside a web server of the same settings."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

from framecast.bus import Channel
from framecast.errors import NodeUnavailable
from framecast.servers.web.http.crossing import SOCKET_NAME
from framecast.servers.web.settings import WebSettings
from framecast.store.open import sqlite_url
from tests.servers.server_process import WAIT_S, ServerProcess, line
from tests.servers.web.library_web import library_settings


class FilesProcess(ServerProcess):
    """A running files server, that listens for the web server of `runtime_dir`. `options` are those of the web server."""

    def __init__(self, runtime_dir: Path, **options: Any) -> None:
        settings = line(WebSettings, fd=-1, host="127.0.0.1", runtime_dir=str(runtime_dir), **options)
        super().__init__("framecast.servers.web.files", [socket.create_server(("127.0.0.1", 0))], settings)
        until = time.monotonic() + WAIT_S
        while True:  # until then the web server answers everything itself
            try:
                Channel.connect(runtime_dir / SOCKET_NAME).close()
                break
            except NodeUnavailable:
                assert time.monotonic() < until
                time.sleep(0.02)


def files_of_library(folder: Path, **options: Any) -> FilesProcess:
    """Return one beside a `LibraryWeb`."""
    given = {"database": sqlite_url(folder / "framecast.db"), "data_dir": str(folder)}
    return FilesProcess(folder, library=library_settings(folder), **given, **options)
