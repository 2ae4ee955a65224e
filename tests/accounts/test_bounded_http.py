from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from framecast.accounts.bounded_http import MAX_BYTES, HttpRequest, ask, check_url
from framecast.errors import Broken, Invalid

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@contextmanager
def server(*parts: bytes, then_wait: bool = False) -> Iterator[tuple[str, list[bytes]]]:
    """Answer one request with these bytes; `then_wait` leaves the connection open until the client closes it."""
    got: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                got.append(connection.recv(65536))
                try:
                    for part in parts:
                        connection.sendall(part)
                    while then_wait and connection.recv(1):
                        pass
                except OSError:
                    pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/x?y=1", got
        thread.join(30)
        assert not thread.is_alive()


def test_an_object_is_returned_with_its_status() -> None:
    with server(OK.replace(b"200 OK", b"404 Not Found"), b'Content-Length: 9\r\n\r\n{"a": 1}\n') as (
        url,
        got,
    ):
        assert ask(HttpRequest(url)) == (404, {"a": 1})
    assert got[0].startswith(b"GET /x?y=1 HTTP/1.1\r\n")


def test_a_form_is_posted() -> None:
    with server(OK, b"Content-Length: 2\r\n\r\n{}") as (url, got):
        ask(HttpRequest(url, {"code": "a&b"}, {"Authorization": "Basic x"}))
    assert got[0].startswith(b"POST /x?y=1 ")
    assert b"\r\nAuthorization: Basic x\r\n" in got[0]
    assert b"application/x-www-form-urlencoded" in got[0]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"[1]", "not a JSON object"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 200_000, "not JSON"),
        (b" " * (MAX_BYTES + 1), "more than"),
    ],
)
def test_another_answer_is_refused(body: bytes, why: str) -> None:
    with (
        server(OK, b"Content-Length: %d\r\n\r\n" % len(body), body) as (url, _),
        pytest.raises(Broken, match=why),
    ):
        ask(HttpRequest(url))


def test_a_redirect_is_not_followed() -> None:
    with server(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n\r\n{}") as (
        url,
        _,
    ):
        assert ask(HttpRequest(url)) == (302, {})


@pytest.mark.parametrize("part", [b"", OK, OK + b'Content-Length: 9\r\n\r\n{"a"'])
def test_an_answer_that_does_not_end_is_cut(part: bytes) -> None:
    with (
        server(part, then_wait=True) as (url, _),
        pytest.raises(Broken, match=r"no whole answer within 0\.3 s|timed out"),
    ):
        ask(HttpRequest(url), deadline_s=0.3)


def test_a_closed_port_is_an_error_with_the_host() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Broken, match=r"127\.0\.0\.1 cannot be reached: .*refused"):
        ask(HttpRequest(f"http://127.0.0.1:{port}/"))


@pytest.mark.parametrize(
    "url",
    [
        "http://id.example/",
        "https://",
        "https://a:b@id.example/",
        "https://id.example/#x",
        "https://id.example:0/",
        "https://id.example/\r\nX: y",
        "https://id.éxample/",
        "file:///etc/passwd",
        "https://[",
        "https://" + "a" * 3000,
    ],
)
def test_an_address_that_may_not_be_asked_is_refused(url: str) -> None:
    with pytest.raises(Invalid):
        check_url(url)
