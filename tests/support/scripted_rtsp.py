"""A small RTSP server that does exactly what a test says: its description, its headers, its packets, when they come.

    with ScriptedRtsp(sdp, play=lambda camera: camera.send(0, packet)) as server:
        ...

Every connection is served by a thread of its own. `requests` are those of all connections, in their order; so are `reports`.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BufferedIOBase
from types import TracebackType
from typing import Self

from tests.support.rtp import interleaved


@dataclass(frozen=True)
class Request:
    """What a client asked. Names of headers are in small letters."""

    method: str
    url: str
    headers: Mapping[str, str]


@dataclass
class Camera:
    """One connection, for `play` and for answers that are not usual."""

    sock: socket.socket
    over: threading.Event
    lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, channel: int, packet: bytes) -> None:
        """Send an RTP or RTCP packet."""
        self.write(interleaved(channel, packet))

    def write(self, data: bytes) -> None:
        """Send bytes."""
        with self.lock:
            self.sock.sendall(data)


Answer = Callable[[Camera, Request], "bytes | None"]


class ScriptedRtsp:
    """A server on a free port of 127.0.0.1.

    `headers` are those of the answer to a method; `answers` replace an answer whole (None: the usual one). `play` runs in a thread once
    PLAY is answered, and the connection stays open behind it; `early` is sent before that answer.
    """

    def __init__(
        self,
        sdp: str,
        play: Callable[[Camera], None] = lambda _camera: None,
        *,
        headers: Mapping[str, str] | None = None,
        answers: Mapping[str, Answer] | None = None,
        early: bytes = b"",
    ) -> None:
        self.requests: list[Request] = []
        self.reports: list[bytes] = []  # RTCP of all clients, part by part
        self._sdp, self._play, self._early = sdp, play, early
        self._headers, self._answers = headers or {}, answers or {}
        self._over = threading.Event()
        self._heard = threading.Condition()
        owner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    owner._serve(Camera(self.request, owner._over), self.rfile)
                except OSError:
                    pass  # the client left

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            block_on_close = False

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="scripted-rtsp")

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def url(self, path: str = "/live", login: str = "") -> str:
        """Return the address."""
        return f"rtsp://{login}127.0.0.1:{self.port}{path}"

    def methods(self) -> list[str]:
        """The methods that were asked, in their order."""
        return [request.method for request in self.requests]

    def wait_for(self, method: str, count: int = 1, timeout_s: float = 60) -> Request:
        """Return the newest request of a method once it was asked so often."""
        with self._heard:
            assert self._heard.wait_for(lambda: self.methods().count(method) >= count, timeout_s), (
                self.methods()
            )
            return next(request for request in reversed(self.requests) if request.method == method)

    def wait_for_report(self, kind: int, timeout_s: float = 60) -> bytes:
        """Return the first RTCP packet of a type, when a client has sent it."""
        with self._heard:
            assert self._heard.wait_for(lambda: any(one[1] == kind for one in self.reports), timeout_s)
            return next(one for one in self.reports if one[1] == kind)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self, camera: Camera, reader: BufferedIOBase) -> None:
        while (request := _read(reader)) is not None:
            if isinstance(request, bytes):
                with self._heard:
                    self.reports += _parts(request)
                    self._heard.notify_all()
                continue
            with self._heard:
                self.requests.append(request)
                self._heard.notify_all()
            special = self._answers.get(request.method)
            answer = special(camera, request) if special else None
            camera.write(self._usual(request) if answer is None else answer)
            if request.method == "PLAY":
                threading.Thread(target=self._run, args=(camera,), daemon=True).start()

    def _run(self, camera: Camera) -> None:
        try:
            self._play(camera)
        except OSError:
            pass  # the client left

    def _usual(self, request: Request) -> bytes:
        method = request.method
        headers = {"CSeq": request.headers.get("cseq", "0")}
        body = b""
        if method == "OPTIONS":
            headers["Public"] = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"
        elif method == "DESCRIBE":
            body = self._sdp.replace("\n", "\r\n").encode()
            headers["Content-Type"] = "application/sdp"
        elif method == "SETUP":
            headers |= {"Session": "4711;timeout=60", "Transport": request.headers["transport"]}
        if method in self._headers:
            headers |= dict(line.split(": ", 1) for line in self._headers[method].split("\n"))
        if body:
            headers["Content-Length"] = str(len(body))
        early = self._early if method == "PLAY" else b""
        return early + response("200 OK", headers, body)


def response(status: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return an answer as bytes."""
    lines = [f"RTSP/1.0 {status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return "\r\n".join(lines).encode() + body


def _parts(compound: bytes) -> list[bytes]:
    """The parts of an RTCP packet (RFC 3550 section 6.1)."""
    found = []
    while len(compound) >= 4:
        size = 4 + 4 * int.from_bytes(compound[2:4], "big")
        found.append(compound[:size])
        compound = compound[size:]
    return found


def _read(reader: BufferedIOBase) -> Request | bytes | None:
    """A request, or an RTCP packet that comes between requests."""
    first = reader.read(1)
    if first == b"$":
        return reader.read(int.from_bytes(reader.read(3)[1:], "big"))
    lines: list[str] = []
    while (line := first + reader.readline()) not in (b"\r\n", b""):
        lines.append(line.decode().rstrip("\r\n"))
        first = b""
    if not lines:
        return None
    method, url, _ = lines[0].split(" ")
    headers = (line.split(": ", 1) for line in lines[1:])
    return Request(method, url, {name.lower(): value for name, value in headers})
