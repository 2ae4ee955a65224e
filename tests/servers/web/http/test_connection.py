"""What a connection bears before any route sees a request: sizes, times, oddities, many at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import uvicorn
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from framecast.servers.access.registry import Registry
from framecast.servers.access.token import COOKIE
from framecast.servers.web.http.connection import (
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_PIPELINED,
    MAX_URL_BYTES,
    SPARE,
    Connection,
)
from framecast.servers.web.http.credentials import session_of
from framecast.servers.web.http.requests import Requests
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess

WAIT_S = 60
HELLO = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"


def ask(sock: socket.socket, sent: bytes) -> bytes:
    """Send bytes and return everything that comes until the other end closes."""
    sock.settimeout(WAIT_S)
    sock.sendall(sent)
    return rest(sock)


def rest(sock: socket.socket) -> bytes:
    found = b""
    while part := sock.recv(65536):
        found += part
    return found


def until(sock: socket.socket, end: bytes) -> bytes:
    """Return what comes, up to `end`."""
    found = b""
    while end not in found:
        part = sock.recv(65536)
        assert part, found
        found += part
    return found


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    """One server for all that disturbs nobody: that is what these tests say."""
    node = SmallNode(tmp_path_factory.mktemp("node"))
    try:
        with WebProcess(node.folder) as found:
            yield found
    finally:
        node.close()


REFUSED = {
    "long URL": (b"GET /" + b"a" * MAX_URL_BYTES + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
    "URL without end": (b"GET /" + b"a" * (MAX_HEAD_BYTES + 100_000), 414),
    "one long header": (HELLO + b"X: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n", 431),
    "header without end": (HELLO + b"X: " + b"a" * (MAX_HEAD_BYTES + 300_000), 431),
    "name without end": (HELLO + b"a" * (MAX_HEAD_BYTES + 300_000), 431),
    "many headers": (HELLO + b"X: a\r\n" * MAX_HEADERS + b"\r\n", 431),
    "empty lines without end": (b"\r\n" * MAX_HEAD_BYTES, 431),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 3 + b"\r\n\r\n", 400),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "URL that is no text": (b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
    "two hosts": (HELLO + b"Host: localhost\r\nConnection: close\r\n\r\n", 400),
    "no host": (b"GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n", 400),
    "host with a tail": (b"GET /healthz HTTP/1.1\r\nHost: [::1].evil\r\nConnection: close\r\n\r\n", 400),
    "length of 5,000 digits": (
        HELLO + b"Connection: close\r\nContent-Length: " + b"1" * 5000 + b"\r\n\r\n",
        400,
    ),
    "length that a number holds": (
        HELLO + b"Connection: close\r\nContent-Length: 18446744073709551615\r\n\r\n",
        413,
    ),
    "length below zero": (HELLO + b"Content-Length: -1\r\n\r\n", 400),
    "two lengths": (HELLO + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
    "length and chunks": (HELLO + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
}


@pytest.mark.parametrize("what", REFUSED)
def test_request_beyond_a_limit_is_refused_in_words(web: WebProcess, what: str) -> None:
    sent, expected = REFUSED[what]
    with web.connect() as sock:
        answer = ask(sock, sent)
    assert status(answer) == expected
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["message"]
    assert web.ask("/healthz")[0].status == 200


def test_request_at_the_limits_is_served(web: WebProcess) -> None:
    headers = b"".join(b"X-%02d: %s\r\n" % (number, b"a" * 300) for number in range(MAX_HEADERS - 3))
    head = b"GET /healthz?" + b"a" * 2000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    with web.connect() as sock:
        assert status(ask(sock, head + headers + b"\r\n")) == 200


def test_pipeline_has_a_bound_and_shorter_ones_are_served(web: WebProcess) -> None:
    with web.connect() as sock:
        answers = ask(sock, (HELLO + b"\r\n") * 5 + HELLO + b"Connection: close\r\n\r\n")
        assert answers.count(b"HTTP/1.1 200") == 6
    with web.connect() as sock:
        sock.settimeout(WAIT_S)
        try:
            answers = ask(sock, (HELLO + b"\r\n") * (MAX_PIPELINED + 5))
        except ConnectionError:
            answers = b""
        assert answers.count(b"HTTP/1.1 200") <= MAX_PIPELINED
    assert web.ask("/healthz")[0].status == 200


def test_trailers_are_counted_and_change_nothing(web: WebProcess) -> None:
    head = b"POST /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    with web.connect() as sock:
        assert status(ask(sock, head + b"Host: evil.example\r\n\r\n")) == 404
    with web.connect() as sock:
        try:
            answer = ask(sock, head + b"X: a\r\n" * (MAX_HEADERS + 5) + b"\r\n")
        except ConnectionError:
            answer = b""
        assert not answer or status(answer) in (404, 431)


@pytest.mark.parametrize(
    "cookie", ["a=b; " * 1000, '"' * 5000, "=" * 5000, "\\" * 5000, 'a="' + "\\0" * 2000, ";;; ,"]
)
def test_session_is_found_beside_cookies_of_any_form(cookie: str) -> None:
    assert session_of(Headers({"cookie": cookie})) == ""
    assert session_of(Headers({"cookie": f"{cookie}; {COOKIE}=v1.2.3"})) == "v1.2.3"


def test_silent_connections_do_not_lock_out_a_client_that_asks(start_web: Callable[..., WebProcess]) -> None:
    web = start_web(files=200)
    with ExitStack() as stack:
        for number in range(400):
            sock = stack.enter_context(web.connect())
            if number % 2:
                sock.sendall(b"GET / HT")
        assert web.ask("/healthz")[0].status == 200
        assert web.json("/api/streams") == {}
        assert web.open_files() <= 200
    assert web.log == ""


class Small:
    """uvicorn with one small application and short limits, in a thread."""

    def __init__(self, connections: Registry) -> None:
        self._sock = socket.create_server(("127.0.0.1", 0))
        self.address = self._sock.getsockname()
        protocol: Any = partial(
            Connection, registry=connections, requests=Requests(), request_s=0.3, unread_s=0.3
        )
        config = uvicorn.Config(
            answer, http=protocol, ws="none", lifespan="off", log_config=None, access_log=False
        )
        self._server = uvicorn.Server(config)
        self._server.config.load()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        asyncio.run(self._server.serve([self._sock]))

    def connect(self) -> socket.socket:
        sock = socket.create_connection(self.address)
        sock.settimeout(WAIT_S)
        return sock

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer by the body, after it is here; `/large` by 64 MiB; `/hold` when the client has left."""
    if scope["path"] == "/hold":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"held", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        return
    if scope["path"] == "/large":
        response = PlainTextResponse("x" * (64 << 20))
    else:
        response = PlainTextResponse(await Request(scope, receive).body())
    await response(scope, receive, send)


@pytest.fixture
def connections() -> Registry:
    return Registry(4, SPARE)


@pytest.fixture
def small(connections: Registry) -> Iterator[Small]:
    found = Small(connections)
    try:
        yield found
    finally:
        found.close()


POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n"


@pytest.mark.parametrize("sent", [b"G", POST, POST + b"X: a", POST + b"\r\nab"])
def test_request_that_does_not_come_in_time_is_refused(small: Small, sent: bytes) -> None:
    with small.connect() as sock:
        assert status(ask(sock, sent)) == 408
    with small.connect() as sock:
        assert ask(sock, POST + b"Connection: close\r\n\r\nabcd").endswith(b"abcd")


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
def test_silent_connection_is_closed(small: Small, sent: bytes) -> None:
    with small.connect() as sock:
        assert ask(sock, sent) == b""


def test_bytes_one_at_a_time_gain_no_time(small: Small) -> None:
    with small.connect() as sock:
        sock.sendall(POST)
        for _ in range(10_000):
            try:
                sock.sendall(b"X")
            except ConnectionError:
                break
            sock.settimeout(0.01)
            try:
                if b"408" in sock.recv(1000):
                    break
            except TimeoutError:
                continue
        else:
            pytest.fail("the connection is still open")


def test_second_request_of_a_connection_has_the_same_time(small: Small) -> None:
    with small.connect() as sock:
        sock.sendall(POST + b"\r\nabcd")
        assert status(until(sock, b"abcd")) == 200
        assert status(ask(sock, b"GET / HT")) == 408
    with small.connect() as sock:  # empty lines do not keep a connection alive
        sock.sendall(POST + b"\r\nabcd")
        assert status(until(sock, b"abcd")) == 200
        assert ask(sock, b"\r\n") == b""


def test_answer_that_is_not_taken_is_given_up(small: Small, connections: Registry) -> None:
    with small.connect() as sock:
        sock.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        until(sock, b"\r\n\r\n")  # the answer has begun
        ended = threading.Event()

        def watch() -> None:
            while connections.count:
                ended.wait(0.01)
            ended.set()

        threading.Thread(target=watch, daemon=True).start()
        assert ended.wait(WAIT_S)
        received = 0
        with contextlib.suppress(ConnectionError):
            while part := sock.recv(1 << 20):
                received += len(part)
        assert received < 64 << 20


def test_full_server_answers_health_checks_only(small: Small) -> None:
    with ExitStack() as stack:
        for _ in range(4):
            held = stack.enter_context(small.connect())
            held.sendall(b"GET /hold HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert status(until(held, b"held")) == 200
        with small.connect() as sock:
            assert status(ask(sock, b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n")) == 503
        with small.connect() as sock:
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert status(until(sock, b"OK")) == 200
    with small.connect() as sock:
        assert ask(sock, POST + b"Connection: close\r\n\r\nabcd").endswith(b"abcd")
