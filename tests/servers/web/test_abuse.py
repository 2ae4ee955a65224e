"""What nobody sends by accident: a corpus of hostile requests, while somebody watches and notices nothing.

Every case is a request on a socket of its own. No answer is a failure of the server (500), none has what it must not have, and afterwards the
server holds nothing of it: its own figures say so.
"""

from __future__ import annotations

import json
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from framecast.servers.access.failures import FAILURES
from framecast.servers.web.http.connection import MAX_PIPELINED
from framecast.servers.web.http.origin import SAFE_METHODS
from framecast.servers.web.http.route_row import MAX_BODY_BYTES
from framecast.servers.web.route_table import ROWS, row_of
from tests.servers.web.small_node import SmallNode
from tests.servers.web.steady_viewer import SteadyViewer
from tests.servers.web.web_process import WebProcess
from tests.support.waiting import until

TOKEN = "8c2f0b5ad9e14f7c93d1a6b7e5f40812"  # too long to be guessed
BEARER = f"Authorization: Bearer {TOKEN}\r\n"
HEAD = "Host: localhost\r\nConnection: close\r\n"
FILES = 160  # of the server: it lets in three quarters of what is free


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebProcess]:
    """A server with a token and few descriptors, as a machine has that is full."""
    node = SmallNode(tmp_path_factory.mktemp("node"))
    node.add("door").running.clear()
    found = WebProcess(node.folder, files=FILES, access_token=TOKEN, trusted_proxies=["127.0.0.1"])
    try:
        with found, SteadyViewer(found, node.cameras["door"], BEARER) as viewer:
            found.viewer = viewer  # type: ignore[attr-defined]
            yield found
        assert found.log == "", "nothing that a client sends is an error of the server"
    finally:
        node.close()


@pytest.fixture(autouse=True)
def _nobody_notices(web: WebProcess) -> Iterator[None]:
    """After each case the viewer has got every picture, and goes on; nothing that was opened is left."""
    yield
    web.viewer.more(2)  # type: ignore[attr-defined]
    until(lambda: figure(web, "framecast_http_open_connections") <= 2)  # the viewer, and this request


def figure(web: WebProcess, name: str) -> float:
    """A figure of /metrics, summed over its labels."""
    text = web.ask("/metrics", authorization=f"Bearer {TOKEN}")[1].decode()
    return sum(float(value) for value in re.findall(rf"^{name}(?:\{{[^}}]*\}})? (\S+)$", text, re.MULTILINE))


def ask(web: WebProcess, sent: bytes) -> bytes:
    """Send bytes and return everything that comes until the server closes; b'' if it closes at once."""
    found = b""
    with web.connect() as sock, suppress(ConnectionError):
        sock.sendall(sent)
        while part := sock.recv(65536):
            found += part
    return found


def answers(raw: bytes) -> list[int]:
    """The statuses of the answers in what came, in order."""
    return [int(one) for one in re.findall(rb"HTTP/1\.1 (\d{3}) ", raw)]


def get(web: WebProcess, path: str | bytes, headers: str = "") -> bytes:
    target = path.encode() if isinstance(path, str) else path
    return ask(web, b"GET " + target + f" HTTP/1.1\r\n{HEAD}{BEARER}{headers}\r\n".encode())


# --- paths

UPWARDS = (
    *("../../../../etc/passwd", "..%2f..%2f..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/%2e%2e/etc/passwd"),
    *("..%252f..%252fetc%252fpasswd", "..\\..\\..\\etc\\passwd", "..%5c..%5c..%5cetc%5cpasswd"),
    *("%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd", "%uff0e%uff0e/etc/passwd", "....//....//etc/passwd"),
    *("/etc/passwd", "//etc/passwd", "%2fetc%2fpasswd", "player.js/../../app.py", "player.js%00.png"),
    *("../app.py", "..%2fapp.py", "player.js;/../app.py", "file:///etc/passwd", ".", "..", "%", "%zz", "%00"),
    *("a" * 4000, "%ff" * 1000, "./" * 1000, "../" * 1000 + "etc/passwd", "%0d%0aSet-Cookie:%20a=b"),
)
FOLDERS = ("/static/", "/streams/", "/", "/api/", "/api/hls/")


@pytest.mark.parametrize("folder", FOLDERS)
def test_paths_lead_to_nothing_outside(web: WebProcess, folder: str) -> None:
    for path in UPWARDS:
        raw = get(web, folder + path)
        assert len(answers(raw)) == 1, path
        assert answers(raw)[0] in (200, 303, 307, 400, 404, 405), path
        head, _, body = raw.partition(b"\r\n\r\n")
        assert b"root:" not in body, path
        assert b"create_app" not in body, path
        assert b"\nset-cookie" not in head.lower(), path
        if answers(raw)[0] == 200:  # what stays inside is the page that it names
            assert path in (".", "..", "./" * 1000), path


@pytest.mark.parametrize("name", ["src", "id", "token", "next", "name"])
def test_names_in_a_query_lead_to_nothing_outside(web: WebProcess, name: str) -> None:
    for path in ("/api/streams", "/api/frame.jpeg", "/api/hls/init.mp4", "/login"):
        for value in UPWARDS:
            quoted = value.replace(" ", "%20").replace("&", "%26")
            raw = get(web, f"{path}?{name}={quoted}")
            (status,) = answers(raw)
            assert status != 500, (path, value)
            assert b"root:" not in raw, (path, value)
            assert b"\r\nset-cookie: a=b" not in raw.partition(b"\r\n\r\n")[0].lower(), (path, value)


# --- headers

BOMBS = {
    "ranges": "Range: bytes=" + ",".join(f"{at}-" for at in range(3000)),
    "overlapping ranges": "Range: bytes=" + "0-," * 5000 + "0-",
    "range without end": f"Range: bytes=0-{'9' * 20000}",
    "range below zero": "Range: bytes=--5,-0,5-1",
    "encodings": "Accept-Encoding: " + "gzip;q=1.0, " * 2000,
    "types": "Accept: " + "text/html;q=0.9, " * 1500,
    "tags": "If-None-Match: " + '"a", ' * 5000,
    "proxies": "X-Forwarded-For: " + "10.0.0.1, " * 3000,
    "proxies that are no addresses": "X-Forwarded-For: " + "[" * 20000,
    "forwarded": "Forwarded: " + "for=" + '";' * 10000,
    "forwarded elements": "Forwarded: " + ",".join(["for=1;for=2;by=x"] * 1500),
    "scheme": "X-Forwarded-Proto: " + "https," * 4000,
    "cookies": "Cookie: " + "; ".join(f"a{one}=b" for one in range(3000)),
    "one cookie": "Cookie: framecast_session=" + "v1." * 8000,
    "signatures": "Cookie: framecast_session=v1.99999999999999999999.x." + "f" * 64,
    "basic": "Authorization: Basic " + "QUFB" * 6000,
    "basic that is no text": "Authorization: Basic //79/A==",
    "agent": "User-Agent: " + "Mozilla/5.0 (" * 2000,
    "date": "If-Modified-Since: " + "Mon, " * 5000,
    "expects": "Expect: 200-perhaps",
    "upgrade": "Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    "hop by hop": "Connection: close, X-Forwarded-For, Authorization, Host",
    "method": "X-HTTP-Method-Override: DELETE\r\nX-Method-Override: DELETE",
    "rewritten": "X-Original-URL: /api/links\r\nX-Rewrite-URL: /api/links\r\nX-Forwarded-Prefix: /evil",
}


@pytest.mark.parametrize("path", ["/static/player.js", "/", "/api/streams", "/api/frame.jpeg?src=door"])
def test_headers_of_any_size_and_form_get_one_answer_of_the_usual_size(web: WebProcess, path: str) -> None:
    usual = len(get(web, path))
    for what, header in BOMBS.items():
        mine = "" if header.startswith("Authorization") else BEARER
        raw = ask(web, f"GET {path} HTTP/1.1\r\n{HEAD}{mine}{header}\r\n\r\n".encode())
        (status,) = answers(raw)
        assert status in (200, 303, 400, 401, 403, 417, 429, 431, 503), (what, status)
        assert len(raw) < usual + 4096, f"{what}: ranges do not multiply what is sent"
        assert status != 206, what


SPLIT = {
    "return in a value": b"X: a\rInjected: b",
    "line feed in a value": b"X: a\nInjected: b",
    "folded": b"X: a\r\n Injected: b",
    "zero in a value": b"X: a\0b",
    "zero in a name": b"X\0: a",
    "space before the colon": b"Host : evil.example",
    "no colon": b"Injected",
    "empty name": b": a",
    "bytes": b"X: \xff\xfe\x80",
    "control characters": b"X: \x01\x02\x7f",
}


@pytest.mark.parametrize("what", SPLIT)
def test_lines_of_a_head_are_not_split_otherwise(web: WebProcess, what: str) -> None:
    head = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + SPLIT[what] + b"\r\n\r\n"
    raw = ask(web, head)
    (status,) = answers(raw)
    assert status in (200, 400)
    assert b"injected" not in raw.lower()
    assert b"evil" not in raw


@pytest.mark.parametrize(
    "split", ["%0d%0aInjected:%20b", "%0aInjected:%20b", "%E5%98%8D%E5%98%8AInjected:%20b"]
)
def test_texts_of_a_request_make_no_headers_of_an_answer(web: WebProcess, split: str) -> None:
    for path in (f"/login?next={split}", f"/streams/{split}", f"/api/frame.jpeg?src={split}", f"/{split}"):
        head = ask(web, f"GET {path} HTTP/1.1\r\n{HEAD}Accept: text/html\r\n\r\n".encode()).partition(
            b"\r\n\r\n"
        )[0]
        assert b"\ninjected" not in head.lower(), path
    form = f"token=wrong&next={split}".encode()
    head = post(web, "/login", form, "application/x-www-form-urlencoded").partition(b"\r\n\r\n")[0]
    assert b"\ninjected" not in head.lower()


# --- bodies


def post(
    web: WebProcess, path: str, body: bytes, kind: str = "application/json", method: str = "POST"
) -> bytes:
    head = f"{method} {path} HTTP/1.1\r\n{HEAD}{BEARER}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return ask(web, head.encode() + body)


CHANGING = [(row.method, row.path) for row in ROWS if row.method not in SAFE_METHODS and row.exists]
BODIES = {
    "brackets": b"[" * 60_000,
    "objects": b'{"name":' * 7_000,
    "closed brackets": b"[" * 20_000 + b"]" * 20_000,
    "deep inside a key": b'{"name": ' + b'{"a":' * 9_000 + b"1" + b"}" * 9_000 + b"}",
    "a long number": b'{"name": ' + b"9" * 60_000 + b"}",
    "a huge number": b'{"expires_s": 1e999999, "name": "door"}',
    "no number": b'{"expires_s": NaN, "name": "door"}',
    "infinity": b'{"expires_s": -Infinity, "name": "door"}',
    "half a character": b'{"name": "\\ud800", "source": "pattern:"}',
    "a zero": b'{"name": "a\\u0000b", "source": "pattern:\\u0000"}',
    "the same key": b'{"name": "a", ' + b'"name": "b", ' * 3000 + b'"source": "x"}',
    "many keys": b"{" + b", ".join(b'"k%d": 1' % one for one in range(5000)) + b"}",
    "keys of objects": b'{"__proto__": {"a": 1}, "constructor": {"prototype": {}}, "__class__": "x"}',
    "no text": b'{"name": "\xff\xfe"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "mark of order": b'\xef\xbb\xbf{"name": "a"}',
    "a list": b'["name", "source"]',
    "null": b"null",
    "a text": b'"name"',
    "cut off": b'{"name": "a", "source":',
    "nothing": b"",
    "zeros": b"\0" * 60_000,
}


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_bodies_of_any_form_are_refused_or_taken_in_words(web: WebProcess, method: str, path: str) -> None:
    for what, body in BODIES.items():
        raw = post(web, path, body, method=method)
        (status,) = answers(raw)
        assert status != 500, what
        if status >= 400 and b"application/json" in raw:
            assert json.loads(raw.partition(b"\r\n\r\n")[2])["message"], what
    for size in (row_of(method, path).body_bytes + 1, 1 << 62 | 1):
        head = f"{method} {path} HTTP/1.1\r\n{HEAD}{BEARER}Content-Type: application/json\r\nContent-Length: {size}\r\n\r\n"
        assert answers(ask(web, head.encode() + b"{}")) in ([413], [404], [405]), size


@pytest.mark.parametrize(("method", "path"), [("PUT", "/api/streams"), ("POST", "/login")])
def test_body_without_a_length_is_cut_at_the_limit(web: WebProcess, method: str, path: str) -> None:
    head = f"{method} {path} HTTP/1.1\r\n{HEAD}{BEARER}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    part = b"1000\r\n" + b" " * 4096 + b"\r\n"
    raw = ask(web, head.encode() + part * (4 * MAX_BODY_BYTES // 4096) + b"0\r\n\r\n")
    assert answers(raw) in ([], [400], [413])


# --- pages of other sites

FOREIGN = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:1"},
)


@pytest.mark.parametrize(("method", "path"), CHANGING)
def test_page_of_another_site_changes_nothing_with_the_cookie_of_a_browser(
    web: WebProcess, method: str, path: str
) -> None:
    """Every route of the table that changes something, so a new one, too; the same request of the own page gets past this."""
    cookie = web.ask("/login", "POST", f"token={TOKEN}".encode())[0].headers["set-cookie"].partition(";")[0]
    for headers in FOREIGN:
        answer, body = web.ask(path, method, b"{}", Cookie=cookie, **headers)
        assert answer.status == 403, headers
        assert b"another site" in body, headers
    own = {"Sec-Fetch-Site": "same-origin", "Origin": "http://localhost", "Cookie": cookie}
    assert b"another site" not in web.ask(path, method, b"{}", **own)[1]


# --- where one request ends and the next begins

SECOND = b"GET /api/links HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
SMUGGLED = {
    "both lengths": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "both, other order": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SECOND),
    "list of lengths": b"Content-Length: 0, %d\r\n\r\n" % len(SECOND),
    "length with a sign": b"Content-Length: +0\r\n\r\n",
    "length in hexadecimal": b"Content-Length: 0x0\r\n\r\n",
    "length below zero": b"Content-Length: -1\r\n\r\n",
    "empty length": b"Content-Length: \r\n\r\n",
    "length in other digits": "Content-Length: \u0660\r\n\r\n".encode(),
    "unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "coding behind chunked": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "space before the colon": b"Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "tab in the coding": b"Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "coding twice": b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "size beyond a number": b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "size below zero": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    "size with a prefix": b"Transfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "line feeds alone": b"Transfer-Encoding: chunked\n\n0\n\n",
}


@pytest.mark.parametrize("what", SMUGGLED)
def test_request_whose_end_is_in_doubt_takes_no_other_with_it(web: WebProcess, what: str) -> None:
    """It is refused, and nothing more of its connection counts: a proxy in front may have seen other requests in the same bytes."""
    head = f"POST /nothing HTTP/1.1\r\nHost: localhost\r\n{BEARER}".encode()
    assert answers(ask(web, head + SMUGGLED[what] + SECOND)) == [400]


def test_two_requests_whose_ends_are_clear_are_two(web: WebProcess) -> None:
    head = f"POST /nothing HTTP/1.1\r\nHost: localhost\r\n{BEARER}".encode()
    for body in (
        b"Content-Length: 5\r\n\r\nabcde",
        b"Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nabcde\r\n0\r\n\r\n",
    ):
        assert answers(ask(web, head + body + SECOND)) == [404, 401], "each has its own credential"


def test_requests_behind_each_other_are_answered_in_order_and_bounded(web: WebProcess) -> None:
    one = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    assert answers(ask(web, one * 8 + last)) == [200] * 9
    assert len(answers(ask(web, one * (20 * MAX_PIPELINED) + last))) <= MAX_PIPELINED + 1


# --- WebSockets

UPGRADE = (
    f"GET /api/ws?src=door HTTP/1.1\r\nHost: localhost\r\n{BEARER}Connection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
).encode()


def framed(
    opcode: int, payload: bytes, *, mask: bool = True, first: int = 0x80, length: int | None = None
) -> bytes:
    """A frame of a client, right or wrong (RFC 6455 section 5.2)."""
    said = len(payload) if length is None else length
    if said < 126:
        head = bytes((first | opcode, (0x80 if mask else 0) | said))
    elif said < 1 << 16:
        head = bytes((first | opcode, (0x80 if mask else 0) | 126)) + struct.pack("!H", said)
    else:
        head = bytes((first | opcode, (0x80 if mask else 0) | 127)) + struct.pack("!Q", said)
    return head + (b"\0\0\0\0" if mask else b"") + payload


FRAMES = {
    "not masked": framed(1, b"{}", mask=False),
    "reserved bits": framed(1, b"{}", first=0xF0),
    "unknown opcode": framed(7, b""),
    "longest length": framed(1, b"", length=(1 << 63) - 1),
    "length beyond the limit": framed(1, b"", length=1 << 20),
    "fragments without end": framed(1, b"a" * 1000, first=0) + framed(0, b"a" * 1000, first=0) * 200,
    "continuation of nothing": framed(0, b"a"),
    "long ping": framed(9, b"a" * 126),
    "ping in fragments": framed(9, b"a", first=0),
    "pings": framed(9, b"a" * 125) * 20_000,
    "no text": framed(1, b"\xff\xfe"),
    "no JSON": framed(1, b"{"),
    "deep": framed(1, b"[" * 60_000),
    "deep value": framed(1, b'{"type": "mse", "value": ' + b"[" * 50_000 + b"]" * 50_00 + b"}"),
    "wrong types": framed(1, b'{"type": ["mse"], "value": {"a": 1}}') * 200,
    "numbers": framed(1, b'{"type": 1e999, "value": ' + b"9" * 50_000 + b"}"),
    "many codecs": framed(1, json.dumps({"type": "mse", "value": "avc1.640029," * 4000}).encode()),
    "close with one byte": framed(8, b"a"),
    "close with no code": framed(8, struct.pack("!H", 5)),
    "binary": framed(2, b"a" * 60_000),
}


@pytest.mark.parametrize("what", FRAMES)
def test_frames_of_any_form_end_at_most_their_own_socket(web: WebProcess, what: str) -> None:
    with web.connect() as sock:
        sock.sendall(UPGRADE)
        assert sock.recv(12) == b"HTTP/1.1 101"
        with suppress(OSError):
            sock.sendall(FRAMES[what] + framed(8, struct.pack("!H", 1000)))
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass


# --- many at once


def test_more_sockets_than_there_is_room_for_lock_nobody_out(web: WebProcess) -> None:
    """Silent ones, half requests and half bodies: all wait, and give way to somebody who asks."""
    beginnings = (
        *(b"", b"G", b"GET / HTTP/1.1\r\nHost: localhost\r\n", b"GET / HTTP/1.1\r\nX: " + b"a" * 1000),
        f"POST /login HTTP/1.1\r\n{HEAD}Content-Length: 1000\r\n\r\nab".encode(),
        f"PUT /api/streams HTTP/1.1\r\n{HEAD}{BEARER}Transfer-Encoding: chunked\r\n\r\n5\r\na".encode(),
    )
    replaced = figure(web, "framecast_http_connections_replaced_total")
    with ExitStack() as stack:
        for number in range(2 * FILES):
            sock = stack.enter_context(web.connect())
            with suppress(ConnectionError):
                sock.sendall(beginnings[number % len(beginnings)])
            if number % FILES == 0:
                assert web.ask("/api/streams", authorization=f"Bearer {TOKEN}")[0].status == 200
        assert web.open_files() < FILES
        assert figure(web, "framecast_http_open_connections") < FILES
        web.viewer.more(2)  # type: ignore[attr-defined]
    assert figure(web, "framecast_http_connections_replaced_total") > replaced + FILES / 2


def test_wrong_tokens_in_a_storm_lock_their_address_and_nobody_else(web: WebProcess) -> None:
    def wrong(address: str) -> int:
        form = b"token=guess&next="
        head = (
            f"POST /login HTTP/1.1\r\n{HEAD}X-Forwarded-For: {address}\r\nContent-Length: {len(form)}\r\n\r\n"
        )
        return answers(ask(web, head.encode() + form))[0]

    before = figure(web, "framecast_login_failures_total")
    stormy = [wrong("203.0.113.1") for _ in range(5 * FAILURES)]
    assert stormy[:FAILURES] == [401] * FAILURES
    assert stormy[-1] == 429
    assert wrong("203.0.113.2") == 401, "another address is not locked"
    for one in range(2 * FAILURES):
        wrong(f"2001:db8::{one:x}")
    assert wrong("2001:db8::ffff") == 429, "one customer's network counts as one address"
    for address in ("203.0.113.1", "2001:db8::1", "127.0.0.1"):
        found = get(web, "/api/streams", f"X-Forwarded-For: {address}\r\n")
        assert answers(found) == [200], "the right token is never locked out"
    assert figure(web, "framecast_login_failures_total") > before + 5 * FAILURES


def test_memory_of_the_server_is_bounded_after_all_this(web: WebProcess) -> None:
    """Runs last in this file. Descriptors and connections are what they were; the rest of the figures is checked after each case."""
    assert figure(web, "framecast_http_feeds") <= 1
    assert figure(web, "framecast_http_movies") == 0
    assert figure(web, "framecast_http_connections") == 0
    assert web.open_files() < FILES / 2
    assert Path(f"/proc/{web.process.pid}").exists()
