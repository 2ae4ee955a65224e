"""Uploads as a program of the tests sends them: request by request, so that each can be wrong in one way."""

from __future__ import annotations

import base64
import socket
import time
from typing import Any

import httpx

from tests.servers.server_process import WAIT_S

BODY = "application/offset+octet-stream"


def metadata(**values: str) -> str:
    """Return the header `Upload-Metadata`."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())


class Tus:
    """Requests to one server, with `headers` in each."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self._always = {
            "Tus-Resumable": "1.0.0",
            **{key.replace("_", "-"): text for key, text in headers.items()},
        }

    def ask(self, method: str, path: str, body: Any = None, **headers: str | None) -> httpx.Response:
        """Send one request; a header None is left out."""
        named = {key.replace("_", "-"): text for key, text in headers.items()}
        given = {key: text for key, text in (self._always | named).items() if text is not None}
        return httpx.request(method, self.url + path, content=body, headers=given, timeout=WAIT_S)

    def begin(self, size: int, **headers: str | None) -> str:
        """Begin an upload and return its path."""
        answer = self.ask("POST", "/api/uploads", **({"Upload_Length": str(size)} | headers))
        assert answer.status_code == 201, answer.text
        return str(answer.headers["location"])

    def send(self, path: str, offset: int, body: Any, **headers: str | None) -> httpx.Response:
        """Send a part."""
        return self.ask(
            "PATCH", path, body, **({"Upload_Offset": str(offset), "Content_Type": BODY} | headers)
        )

    def offset(self, path: str) -> int:
        """Return how far an upload is; while the server starts or lets go, ask again."""
        until = time.monotonic() + WAIT_S
        while True:
            try:
                answer = self.ask("HEAD", path)
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
                continue
            assert answer.status_code == 200, (answer.status_code, answer.headers)
            return int(answer.headers["upload-offset"])

    def raw(self, path: str, offset: int, length: int) -> socket.socket:
        """Return a connection on which a part was announced, and nothing of it was sent."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        connection = socket.create_connection((host, int(port)), timeout=WAIT_S)
        lines = [
            f"PATCH {path} HTTP/1.1",
            f"Host: {host}",
            f"Upload-Offset: {offset}",
            f"Content-Type: {BODY}",
        ]
        lines += [f"{key}: {text}" for key, text in self._always.items()] + [
            f"Content-Length: {length}",
            "",
            "",
        ]
        connection.sendall("\r\n".join(lines).encode())
        return connection
