"""A web server whose every answer is written by the test: bytes as they are, right or wrong.

    with ScriptedHttp(lambda asked: whole(picture)) as server:
        framecast.open(server.url("/snapshot.jpg"))

Connections are kept until the client leaves, the script gives b"" (hang up), or the block ends.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self


@dataclass(frozen=True)
class Asked:
    """A request. `number` counts from 0; `connection` says on which connection it came."""

    number: int
    connection: int
    target: str
    headers: dict[str, str]


Script = Callable[[Asked], bytes | Iterable[bytes]]


def whole(body: bytes, kind: str = "image/jpeg", *headers: str, status: str = "200 OK") -> bytes:
    """Return an answer with its length."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@dataclass
class ScriptedHttp:
    """Answers by `script`. `asked` keeps every request; `over` is set at the end of the block."""

    script: Script
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    over: threading.Event = field(default_factory=threading.Event)
    heard: threading.Condition = field(default_factory=threading.Condition)

    def url(self, path: str = "/", login: str = "") -> str:
        """Return the address of a path."""
        return f"http://{login + '@' if login else ''}127.0.0.1:{self._server.server_address[1]}{path}"

    def wait_for(self, count: int) -> None:
        """Wait until so many requests have come."""
        with self.heard:
            assert self.heard.wait_for(lambda: len(self.asked) >= count, 30), self.asked

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"scripted": self})
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(socketserver.StreamRequestHandler):
    scripted: ScriptedHttp

    def handle(self) -> None:
        scripted = self.scripted
        with scripted.heard:
            connection, scripted.connections = scripted.connections, scripted.connections + 1
        try:
            while not scripted.over.is_set() and self._answer(connection):
                pass
        except OSError:
            pass  # the client left

    def _answer(self, connection: int) -> bool:
        line = self.rfile.readline(65536).decode()
        if not line:
            return False
        headers: dict[str, str] = {}
        while (text := self.rfile.readline(65536).decode().strip()) != "":
            name, _, value = text.partition(":")
            headers[name.lower()] = value.strip()
        with self.scripted.heard:
            asked = Asked(len(self.scripted.asked), connection, line.split()[1], headers)
            self.scripted.asked.append(asked)
            self.scripted.heard.notify_all()
        answer = self.scripted.script(asked)
        for piece in [answer] if isinstance(answer, bytes) else answer:
            if not piece:
                return False
            self.wfile.write(piece)
        return True
