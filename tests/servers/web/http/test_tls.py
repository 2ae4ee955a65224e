"""TLS of the web server's own: real clients, a certificate that changes under a viewer, clients that do not speak it."""

from __future__ import annotations

import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import grpc
import pytest
from websockets.sync.client import connect

from framecast.servers.web.http.tls import plain_answer
from framecast.v1 import streams_pb2, streams_pb2_grpc
from tests.cli.running import Running, run
from tests.servers.server_process import WAIT_S
from tests.servers.web.browser import Errors, chromium
from tests.servers.web.browser import until as until_page
from tests.servers.web.mjpeg_reader import MjpegReader
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess
from tests.support import needs
from tests.support.tls import certificate
from tests.support.waiting import until

TOKEN = "a token of this test"


class Tls:
    """A web server with TLS, and the folder of its certificate; the pairs `1` and `2` wait beside it."""

    def __init__(self, folder: Path, start: Callable[..., WebProcess], **options: object) -> None:
        self.folder = folder
        for stem, kind in (("", "ec"), ("2", "rsa")):
            certificate(folder, stem, kind)
        self.cert, self.key = folder / "cert.pem", folder / "key.pem"
        self.web = start(tls_cert_file=str(self.cert), tls_key_file=str(self.key), **options)

    def trust(self, *certs: Path) -> ssl.SSLContext:
        context = ssl.create_default_context()
        for cert in certs or (self.cert,):
            context.load_verify_locations(cert)
        return context

    def connect(self, context: ssl.SSLContext) -> ssl.SSLSocket:
        return context.wrap_socket(self.web.connect(), server_hostname="localhost")

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPSConnection(
            "localhost", self.web.port, timeout=WAIT_S, context=self.trust()
        )
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        found = answer, answer.read()
        connection.close()
        return found

    def shown(self) -> str:
        """The certificate that a new client gets, as PEM."""
        context = self.trust()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with self.connect(context) as sock:
            der = sock.getpeercert(binary_form=True)
        assert der
        return ssl.DER_cert_to_PEM_cert(der)

    def rotate(self, stem: str, *names: str) -> None:
        for name in names or ("cert.pem", "key.pem"):
            shutil.copy(self.folder / f"{stem}{name}", self.folder / "new")
            os.replace(self.folder / "new", self.folder / name)


@pytest.fixture
def tls(tmp_path: Path, start_web: Callable[..., WebProcess]) -> Tls:
    folder = tmp_path / "tls"
    folder.mkdir()
    return Tls(folder, start_web, access_token=TOKEN)


def test_certificate_changes_under_a_viewer_who_notices_nothing(node: SmallNode, tls: Tls) -> None:
    node.add("door")
    before = tls.cert.read_text()
    assert tls.shown() == before
    bearer = f"Authorization: Bearer {TOKEN}\r\n"
    with MjpegReader(tls.connect(tls.trust()), "src=door", bearer) as viewer:
        seen = [viewer.part().blocks for _ in range(3)]
        tls.rotate("2", "cert.pem")  # the key is still that of the one before
        assert tls.shown() == before
        seen += [viewer.part().blocks for _ in range(3)]
        tls.rotate("2")
        until(lambda: tls.shown() == (tls.folder / "2cert.pem").read_text())
        seen += [viewer.part().blocks for _ in range(3)]
    numbers = [blocks.frame for blocks in seen if blocks]
    assert len(numbers) == 9
    assert numbers == sorted(set(numbers))
    tls.web.close()
    assert "cert.pem is in use from now on" in tls.web.log


def test_old_versions_are_refused_and_curl_gets_its_answer(tls: Tls) -> None:
    url = f"https://localhost:{tls.web.port}/healthz"
    curl = ["curl", "--silent", "--show-error", "--cacert", str(tls.cert), "--max-time", "60", url]
    done = subprocess.run([*curl, "--tlsv1.2"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == '{"ok":true}'
    old = ["--tlsv1.0", "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"]
    done = subprocess.run([*curl, *old], capture_output=True, text=True, timeout=120)
    assert done.returncode == 35, "CURLE_SSL_CONNECT_ERROR"
    assert tls.ask("/healthz")[0].status == 200


def test_answers_are_whole_and_cookies_are_for_https_alone(tls: Tls) -> None:
    answer, body = tls.ask("/static/player.js")
    assert len(body) == int(answer.headers["content-length"]) > 50_000
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer, _ = tls.ask("/login", "POST", f"token={TOKEN.replace(' ', '+')}", **form)
    assert answer.status == 303
    assert "Secure" in answer.headers["set-cookie"]


def test_browsers_are_held_to_https_where_a_name_has_its_usual_port(tls: Tls) -> None:
    sent = {name: tls.ask("/healthz", Host=name)[0].headers for name in ("cams.example", "127.0.0.1")}
    assert sent["cams.example"]["strict-transport-security"].startswith("max-age=")
    assert "strict-transport-security" not in sent["127.0.0.1"]
    assert "strict-transport-security" not in tls.ask("/healthz")[0].headers  # localhost:PORT


def test_plain_http_is_sent_to_https_and_other_bytes_get_words(tls: Tls) -> None:
    plain = tls.web
    answer, _ = plain.ask("/streams/door?x=1")
    assert answer.status == 308
    assert answer.headers["location"] == f"https://127.0.0.1:{plain.port}/streams/door?x=1"
    answer, body = plain.ask("/api/streams", "POST", b"{}")
    assert answer.status == 400
    assert b"https://" in body
    with plain.connect() as sock:
        sock.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        assert sock.recv(4096).startswith(b"HTTP/1.1 400 ")
    assert tls.ask("/healthz")[0].status == 200


@pytest.mark.parametrize(
    ("head", "to"),
    [
        (b"GET /a HTTP/1.1\r\nHost: cams.example\r\n\r\n", b"https://cams.example/a"),
        (b"HEAD / HTTP/1.1\r\nhost:\tcams.example:8080\r\n\r\n", b"https://cams.example:8080/"),
        (b"GET /a\x0bb HTTP/1.1\r\nHost: cams.example\r\n\r\n", b"https://cams.example/a%0Bb"),
        (b"GET /\xff HTTP/1.1\r\nHost: cams.example\r\n\r\n", b"https://cams.example/%FF"),
        (b"GET //evil.example HTTP/1.1\r\nHost: cams.example\r\n\r\n", b"https://cams.example//evil.example"),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: cams.example\r\n\r\n", b""),
        (b"GET / HTTP/1.1\r\nHost: evil.example/x\r\n\r\n", b""),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b""),
        (b"GET / HTTP/1.1\r\nHost: \xff\r\n\r\n", b""),
        (b"GET / HTTP/1.1\r\n\r\n", b""),
        (b"POST / HTTP/1.1\r\nHost: cams.example\r\n\r\n", b""),
        (b"GET / HTT", b""),
        (b"\x00", b""),
    ],
)
def test_place_of_a_plain_request_by_https(head: bytes, to: bytes) -> None:
    answer = plain_answer(head)
    found = re.search(rb"\r\nLocation: ([^\r\n]*)\r\n", answer)
    assert (found[1] if found else b"") == to
    assert answer.count(b"\r\n\r\n") == 1
    assert answer.startswith(b"HTTP/1.1 308 " if to else b"HTTP/1.1 400 ")


def test_handshakes_that_never_end_lock_nobody_out(
    tmp_path: Path, start_web: Callable[..., WebProcess]
) -> None:
    tls = Tls(tmp_path, start_web, files=200)
    hello = client_hello()
    with ExitStack() as stack:
        for number in range(400):
            sock = stack.enter_context(tls.web.connect())
            sock.sendall((b"", b"\x16", hello[:50], hello)[number % 4])
        assert tls.ask("/healthz")[0].status == 200
        assert tls.ask("/api/streams")[1] == b"{}"
        assert tls.web.open_files() <= 200
    tls.web.close()
    assert tls.web.log == ""


def client_hello() -> bytes:
    context = ssl.create_default_context()
    out = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
    return out.read()


@pytest.mark.parametrize(
    "sent", [b"\x16" + b"\xff" * 400, b"\x16\x03\x01\x00\x05hello", client_hello() + b"junk" * 99]
)
def test_bytes_that_only_begin_as_tls_end_that_connection_alone(tls: Tls, sent: bytes) -> None:
    with tls.web.connect() as sock:
        sock.sendall(sent)
        sock.shutdown(socket.SHUT_WR)
        while sock.recv(4096):
            pass
    assert tls.ask("/healthz")[0].status == 200


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A whole node whose web and gRPC servers speak TLS."""
    folder = tmp_path_factory.mktemp("house")
    cert, key = certificate(folder)
    (folder / "framecast.yaml").write_text(f"tls: {{cert_file: {cert}, key_file: {key}}}\n")
    with Running(
        folder, "serve", "--port", "0", "demo=pattern:?size=320x180&fps=5", servers=("grpc",)
    ) as found:
        yield found


def test_whole_node_speaks_tls_with_a_browser_ffmpeg_grpc_and_its_own_commands(house: Running) -> None:
    port = int(house.wait_for(r"https://127\.0\.0\.1:(\d+)/")[1])
    target = house.wait_for(r"grpcs://(\S+?:\d+)")[1]
    trust = ssl.create_default_context(cafile=str(house.folder / "cert.pem"))
    with chromium(needs.chromium()) as browser:
        page = browser.new_context(ignore_https_errors=True).new_page()
        errors = Errors(page)
        page.goto(f"https://localhost:{port}/streams/demo")
        player = "document.querySelector('framecast-player')?.state"
        until_page(page, lambda: page.evaluate(player) == "live")
        assert not errors.found
    with connect(f"wss://localhost:{port}/api/ws?src=demo", ssl=trust, open_timeout=WAIT_S) as opened:
        opened.send(json.dumps({"type": "mse", "value": "avc1.640029,avc1.64002A,avc1.4D4028,avc1.42E01E"}))
        assert {type(opened.recv(WAIT_S)) for _ in range(3)} == {str, bytes}
    url = f"https://localhost:{port}/api/stream.mp4?src=demo"
    read = [needs.ffmpeg(), "-v", "error", "-i", url, "-frames:v", "3", "-f", "null", "-"]
    done = subprocess.run(read, capture_output=True, text=True, timeout=WAIT_S)
    assert done.returncode == 0, done.stderr
    credentials = grpc.ssl_channel_credentials((house.folder / "cert.pem").read_bytes())
    with grpc.secure_channel(target, credentials) as channel:
        streams = streams_pb2_grpc.StreamsStub(channel)  # type: ignore[no-untyped-call]
        answer = streams.GetNode(streams_pb2.GetNodeRequest(), timeout=WAIT_S, wait_for_ready=True)
        assert answer.servers["web"].startswith("https://")
        assert answer.servers["grpc"].startswith("grpcs://")
    done = run(house.folder, "health")
    assert done.returncode == 0, done.stderr
    assert "grpcs://" in done.stdout


def test_grpc_uses_a_renewed_certificate_and_open_calls_go_on(house: Running) -> None:
    target = house.wait_for(r"grpcs://(\S+?:\d+)")[1]
    old = (house.folder / "cert.pem").read_bytes()
    with grpc.secure_channel(target, grpc.ssl_channel_credentials(old)) as channel:
        streams = streams_pb2_grpc.StreamsStub(channel)  # type: ignore[no-untyped-call]
        changes = streams.WatchStreams(streams_pb2.WatchStreamsRequest(), wait_for_ready=True)
        assert next(changes).name == "demo"
        certificate(house.folder, "new")
        for name in ("key.pem", "cert.pem"):
            os.replace(house.folder / f"new{name}", house.folder / name)
        new = grpc.ssl_channel_credentials((house.folder / "cert.pem").read_bytes())
        until(lambda: answers(target, new))
        assert run(house.folder, "add", "other", "pattern:?size=128x96").returncode == 0
        assert any(change.name == "other" for change in changes)
    house.wait_for("cert.pem is in use from now on")
    (house.folder / "key.pem").write_text("nothing")
    house.wait_for("the configuration is not used, the last valid one stays: .*cert.pem and .*key.pem")
    assert answers(target, new)


def answers(target: str, credentials: grpc.ChannelCredentials) -> bool:
    """Whether the server shows a certificate that the credentials trust."""
    with grpc.secure_channel(target, credentials, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        try:
            grpc.channel_ready_future(channel).result(timeout=2)
        except grpc.FutureTimeoutError:
            return False
        return True
