"""The web server as the node starts it, and requests to it."""

from __future__ import annotations

import json
import os
import socket
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from framecast.servers.web.settings import WebSettings
from tests.servers.server_process import WAIT_S, ServerProcess, line


class WebProcess(ServerProcess):
    """A running web server. `options` go into its settings; with `files` it may open so many files at most."""

    def __init__(
        self,
        runtime_dir: Path,
        address: str = "127.0.0.1",
        on_port: int = 0,
        files: int | None = None,
        **options: Any,
    ) -> None:
        sock = socket.create_server((address, on_port))
        settings = line(WebSettings, fd=sock.fileno(), runtime_dir=str(runtime_dir), **options)
        super().__init__("framecast.servers.web", [sock], settings, files)

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

    def open_files(self) -> int:
        """How many descriptors the process has open."""
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))
