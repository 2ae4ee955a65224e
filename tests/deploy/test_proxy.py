"""The samples for nginx and Caddy, by the real programs: TLS, HTTP/2, a path prefix, WebSocket, live pictures, gRPC."""

import http.client
import json
import re
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from websockets.sync.client import connect

from framecast.v1 import streams_pb2, streams_pb2_grpc
from tests.cli.running import Node, run
from tests.servers.web.browser import Errors, chromium, until
from tests.support import needs, ports
from tests.support.program import LIMIT_S
from tests.support.tls import certificate

FOLDER = Path(__file__).parents[2] / "deploy" / "proxy"
TOKEN = "a token of this test"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
PROGRAMS = ("nginx", "caddy")


@dataclass
class Proxy:
    """A proxy that runs, and the node behind it."""

    port: int
    certificate: Path
    node: Node
    folder: Path

    @property
    def origin(self) -> str:
        return f"https://localhost:{self.port}"

    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.certificate))

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("localhost", self.port, context=self.context(), timeout=LIMIT_S)


def put(text: str, **instead: str) -> str:
    """Replace each place of a sample that is a site's own; every one has to be in it."""
    for ours in instead.values():
        old, new = ours.split(" -> ")
        assert old in text, f"the sample has no {old!r}"
        text = text.replace(old, new)
    return text


def nginx_command(folder: Path, port: int, web: str, rpc: str, cert: Path, key: Path) -> list[str]:
    """Write what surrounds the sample in /etc/nginx, and return the command."""
    site = put(
        (FOLDER / "nginx.conf").read_text(),
        web=f"127.0.0.1:8080 -> {web}",
        rpc=f"127.0.0.1:50051 -> {rpc}",
        port=f"listen 443 ssl -> listen 127.0.0.1:{port} ssl",
        name="server_name cameras.example.org -> server_name localhost",
        certificate=f"/etc/ssl/certs/cameras.example.org.pem -> {cert}",
        key=f"/etc/ssl/private/cameras.example.org.key -> {key}",
        access=f"/var/log/nginx/access.log -> {folder}/access",
        error=f"/var/log/nginx/error.log -> {folder}/log",
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "site.conf").write_text(site)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
        f"http {{ access_log off; {temporary} include {folder}/site.conf; }}\n"
    )
    return [needs.nginx(), "-c", str(folder / "nginx.conf"), "-e", "stderr"]


def caddy_command(folder: Path, port: int, web: str, rpc: str, cert: Path, key: Path) -> list[str]:
    """Write the sample with a certificate of the test instead of one from the internet, and return the command."""
    site = put(
        (FOLDER / "Caddyfile").read_text(),
        web=f"127.0.0.1:8080 -> {web}",
        rpc=f"127.0.0.1:50051 -> {rpc}",
        site=f"cameras.example.org {{ -> https://localhost:{port} {{\n\ttls {cert} {key}",
    )
    (folder / "Caddyfile").write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + site)
    return [needs.caddy(), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


COMMANDS: dict[str, Callable[..., list[str]]] = {"nginx": nginx_command, "caddy": caddy_command}


@contextmanager
def proxied(program: str, node: Node, folder: Path) -> Iterator[Proxy]:
    """Run a proxy before a node."""
    cert, key = certificate(folder)
    port = ports.free_port()
    web = node.wait_for(r"http://([\d.]+:\d+)/")[1]
    rpc = node.wait_for(r"grpc://([\d.]+:\d+)")[1]
    command = COMMANDS[program](folder, port, web, rpc, cert, key)
    home = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(command, env=home, stderr=log, stdout=log) as process,
    ):
        try:
            proxy = Proxy(port, cert, node, folder)
            wait_for(proxy, process, folder / "log")
            yield proxy
        finally:
            process.terminate()
            process.wait(LIMIT_S)


def wait_for(proxy: Proxy, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        connection = proxy.connect()
        try:
            connection.request("GET", "/cameras/healthz")
            assert connection.getresponse().status == 200
            return
        except ConnectionRefusedError:
            time.sleep(0.05)
        finally:
            connection.close()
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with the configuration of the page."""
    folder = tmp_path_factory.mktemp("node")
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "proxy.md").read_text()
    sample = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)[0]
    (folder / "token").write_text(TOKEN)
    given = put(
        sample,
        token=f"/etc/framecast/access-token -> {folder}/token",
        name="cameras.example.org -> localhost",
    )
    (folder / "framecast.yaml").write_text(given)
    with Node(folder, "demo=pattern:?size=320x180&fps=5", servers=("grpc",)) as running:
        yield running


@pytest.fixture(scope="module", params=PROGRAMS)
def proxy(
    request: pytest.FixtureRequest, node: Node, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Proxy]:
    with proxied(request.param, node, tmp_path_factory.mktemp(request.param)) as running:
        yield running


def test_browser_logs_in_below_the_prefix_and_sees_live_pictures_over_http_2(proxy: Proxy) -> None:
    with chromium(needs.chromium()) as browser:
        context = browser.new_context(ignore_https_errors=True)
        page = context.new_page()
        errors = Errors(page)
        page.goto(f"{proxy.origin}/cameras/streams/demo")
        assert page.url.startswith(f"{proxy.origin}/cameras/login")
        page.get_by_label("Access token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url(f"{proxy.origin}/cameras/streams/demo")
        until(
            page,
            lambda: page.evaluate("document.querySelector('framecast-player')?.state") == "live",
            LIMIT_S,
        )
        protocols = page.evaluate("performance.getEntriesByType('resource').map(one => one.nextHopProtocol)")
        assert "h2" in protocols
        assert "http/1.1" not in protocols
        (cookie,) = [one for one in context.cookies() if one["name"] == "framecast_session"]
        assert cookie["secure"]
        assert cookie["path"].rstrip("/") in ("", "/cameras")
        context.close()
    assert not errors.found


def test_pictures_come_one_by_one_while_the_stream_goes_on(proxy: Proxy) -> None:
    connection = proxy.connect()
    connection.request("GET", "/cameras/api/stream.mjpeg?src=demo", headers=BEARER)
    answer = connection.getresponse()
    assert answer.status == 200
    for _ in range(3):
        length = 0
        while line := answer.readline().strip().lower() or not length:
            if isinstance(line, bytes) and line.startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        assert answer.read(length)[:2] == b"\xff\xd8"
    connection.close()


def test_websocket_is_upgraded(proxy: Proxy) -> None:
    address = f"wss://localhost:{proxy.port}/cameras/api/ws?src=demo"
    with connect(address, additional_headers=BEARER, ssl=proxy.context(), open_timeout=LIMIT_S) as socket:
        socket.send(json.dumps({"type": "mse", "value": "avc1.640029,avc1.64002A,avc1.4D4028,avc1.42E01E"}))
        kinds = {type(socket.recv(LIMIT_S)) for _ in range(3)}
    assert kinds == {str, bytes}, "what is coming, then the fragments"


def test_page_of_another_origin_changes_nothing_through_the_proxy(proxy: Proxy) -> None:
    connection = proxy.connect()
    body = f"token={TOKEN.replace(' ', '+')}"
    headers = {"Origin": proxy.origin, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/cameras/login", body, headers)
    assert connection.getresponse().status == 303
    headers["Origin"] = "https://evil.example"
    connection.close()
    connection.request("POST", "/cameras/login", body, headers)
    assert connection.getresponse().status == 403
    connection.close()


def test_nothing_is_served_beside_the_prefix(proxy: Proxy) -> None:
    connection = proxy.connect()
    connection.request("GET", "/api/streams", headers=BEARER)
    assert connection.getresponse().status == 404
    connection.close()


@pytest.mark.flaky(reruns=2, reason="on a busy machine Caddy ends a refused call before it sends its status")
def test_grpc_comes_through_with_its_token(proxy: Proxy) -> None:
    credentials = grpc.ssl_channel_credentials(proxy.certificate.read_bytes())
    with grpc.secure_channel(f"localhost:{proxy.port}", credentials) as channel:
        streams = streams_pb2_grpc.StreamsStub(channel)  # type: ignore[no-untyped-call]
        answer = streams.ListStreams(
            streams_pb2.ListStreamsRequest(),
            metadata=(("authorization", f"Bearer {TOKEN}"),),
            timeout=LIMIT_S,
            wait_for_ready=True,
        )
        assert [stream.name for stream in answer.streams] == ["demo"]
        with pytest.raises(grpc.RpcError) as caught:
            streams.ListStreams(streams_pb2.ListStreamsRequest(), timeout=LIMIT_S)
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_link_opens_its_stream_through_the_proxy_and_is_in_no_log(proxy: Proxy) -> None:
    made = run(
        proxy.node.folder, "link", "demo", "--server", f"{proxy.origin}/cameras/", "--path", "frame.jpeg"
    )
    url = made.stdout.strip()
    token = url.rpartition("token=")[2]
    with urllib.request.urlopen(url, context=proxy.context(), timeout=LIMIT_S) as answer:
        assert answer.read(3) == b"\xff\xd8\xff"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url[:-1] + "?", context=proxy.context(), timeout=LIMIT_S)
    refused.value.close()
    said = "".join(path.read_text() for path in proxy.folder.iterdir() if path.name in ("log", "access"))
    assert "/cameras/api/frame.jpeg" in said
    assert token not in said
    assert token[:-1] not in said + proxy.node.text
