"""Two processes answer the requests of one port: the files server those that move many bytes, the web server all others."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import stat
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from framecast.model.library_layout import original_key
from framecast.model.video import Visibility
from framecast.servers.web.http.crossing import SOCKET_NAME, FilePaths
from tests.servers.server_process import WAIT_S
from tests.servers.web.files_process import FilesProcess
from tests.servers.web.library_web import MAIN, Shelf, library_settings, open_web
from tests.servers.web.tus import BODY, Tus
from tests.servers.web.web_process import WebProcess
from tests.support.waiting import until

DATA = random.Random(5).randbytes(300_000)


class Pair:
    """A web server and a files server of an open node."""

    def __init__(self, web: WebProcess, folder: Path) -> None:
        self.web, self.folder = web, folder
        self.tus = Tus(web.url)
        shelf = Shelf(folder)
        self.video = shelf.add("Public", Visibility.PUBLIC)
        shelf.close()
        self.begin()

    def begin(self) -> None:
        options = {"library": library_settings(self.folder), "data_dir": str(self.folder)}
        self.files = FilesProcess(self.folder, **options)

    def figure(self, name: str) -> float:
        text = self.web.ask("/metrics")[1].decode()
        found = re.search(rf"^{re.escape(name)} ([0-9.e+]+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with open_web(tmp_path_factory.mktemp("pair")) as (web, folder):
        found = Pair(web, folder)
        yield found
        assert found.files.close() == 0, found.files.log


@pytest.mark.parametrize(
    "line",
    [
        b"POST /api/uploads HTTP/1.1\r\nHost: x\r\n",
        b"PATCH /cam/api/uploads/0a1b HTTP/1.1\r\n",
        b"GET /api/videos/abc/media/g0123456789ab/main.mp4?token=x HTTP/1.1\r\n",
        b"HEAD /cam/api/videos/abc/download HTTP/1.1\r\n",
        b"GET /api/videos/abc/original?x ",
    ],
)
def test_requests_that_move_many_bytes_are_known_by_their_first_line(line: bytes) -> None:
    assert FilePaths("/cam").begins(line)
    assert FilePaths("/cam").has(line.split(b" ")[1])


@pytest.mark.parametrize(
    "line",
    [
        b"GET /api/videos HTTP/1.1\r\n",
        b"GET /api/videos/abc HTTP/1.1\r\n",
        b"GET /api/videos/abc/mediax HTTP/1.1\r\n",
        b"GET /other/api/uploads HTTP/1.1\r\n",
        b"GET /api/uploadsx HTTP/1.1\r\n",
        b"GET /x?/api/uploads HTTP/1.1\r\n",
        b"GET /api/ws?src=/api/uploads HTTP/1.1\r\n",
        b"POST /api/uplo",
        b"POST /api/uploads",
        b"",
    ],
)
def test_all_other_requests_stay_where_they_are(line: bytes) -> None:
    assert not FilePaths("/cam").begins(line)


def test_socket_is_for_the_user_of_the_node_alone(pair: Pair) -> None:
    assert stat.S_IMODE((pair.folder / SOCKET_NAME).stat().st_mode) == 0o600


def test_upload_goes_on_while_the_web_server_does_nothing(pair: Pair) -> None:
    """The bytes do not pass the web server, and the connection is back there for the next request."""
    path = pair.tus.begin(len(DATA))
    connection = HTTPConnection("127.0.0.1", pair.web.port, timeout=WAIT_S)
    connection.request("HEAD", path, headers={"Tus-Resumable": "1.0.0"})  # the files server has it now
    assert (first := connection.getresponse()).read() == b""
    assert first.headers["Upload-Offset"] == "0"
    os.kill(pair.web.process.pid, signal.SIGSTOP)
    try:
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", "Content-Type": BODY}
        connection.request("PATCH", path, DATA, headers)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (204, b"")
    finally:
        os.kill(pair.web.process.pid, signal.SIGCONT)
    video = answer.headers["Framecast-Video"]
    connection.request("GET", f"/api/videos/{video}")
    assert connection.getresponse().read().startswith(b'{"id":"' + video.encode())
    connection.request("DELETE", f"/api/uploads/{video}", headers={"Tus-Resumable": "1.0.0"})
    assert connection.getresponse().status == 404
    connection.close()
    assert (pair.folder / "library" / original_key(video)).read_bytes() == DATA


def test_what_the_files_server_answers_is_counted_once(pair: Pair) -> None:
    name = 'framecast_http_requests_total{method="OPTIONS",route="/api/uploads",status="204"}'
    before = pair.figure(name)
    for _ in range(3):
        assert pair.tus.ask("OPTIONS", "/api/uploads").status_code == 204
    until(lambda: pair.figure(name) == before + 3)
    with pair.tus.raw(pair.tus.begin(10), 0, 10):
        until(
            lambda: pair.figure("framecast_http_open_connections") >= 2
        )  # this one, and that of the question


def test_requests_in_one_packet_are_answered_by_the_process_of_the_first_or_on_another_connection(
    pair: Pair,
) -> None:
    video = pair.video
    assert video.media is not None
    media = (
        f"GET /api/videos/{video.id}/media/{video.media.generation}/main.mp4 HTTP/1.1\r\nHost: localhost\r\n"
    )
    part = f"{media}Range: bytes=100-199\r\n\r\n".encode()
    page = b"GET /api/videos HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with pair.web.connect() as connection:
        connection.sendall(part + part + page)
        answer = _all(connection)
    assert answer.count(b"HTTP/1.1 206") == answer.count(MAIN[100:200]) == 2
    assert answer.count(b"HTTP/1.1") == 2
    with pair.web.connect() as connection:
        connection.sendall(page + part.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        answer = _all(connection)
    assert answer.count(b"HTTP/1.1 20") == 2
    assert answer.endswith(MAIN[100:200])


def test_request_that_comes_in_pieces_is_answered(pair: Pair) -> None:
    with pair.web.connect() as connection:
        for piece in (b"OPTIONS /api/upl", b"oads HTTP/1.1\r\nHost: local", b"host\r\n\r\n"):
            connection.sendall(piece)
        assert connection.recv(65536).startswith(b"HTTP/1.1 204")
        connection.sendall(b"OPTIONS /api/uploads HTTP/1.1\r\nHo")
        connection.sendall(b"st: localhost\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 204")


def test_killed_files_server_ends_its_connections_and_the_web_server_goes_on(pair: Pair) -> None:
    path = pair.tus.begin(len(DATA))
    with pair.tus.raw(path, 0, len(DATA)) as connection:
        connection.sendall(DATA[:1000])
        until(lambda: pair.figure("framecast_http_open_connections") >= 2)
        pair.files.close(signal.SIGKILL)
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:  # the kernel had bytes that nobody read
            pass
    at = pair.tus.offset(path)
    assert at in range(1001)
    assert pair.tus.send(path, at, DATA[at:-1]).status_code == 204
    pair.begin()
    assert pair.tus.send(path, len(DATA) - 1, DATA[-1:]).status_code == 204


def _all(connection: socket.socket) -> bytes:
    answer = b""
    while part := connection.recv(65536):
        answer += part
    return answer
