"""The WebSocket handshake, who may open one, and clients that do not keep to the rules."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import struct
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.cli.running import Node
from tests.protocols.test_websocket import frame
from tests.servers.web.mp4_client import ALL, player, socket_at
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess
from tests.support import needs
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
GOOD = {
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": KEY,
}
PATHS = ("/api/ws?src=door", "/api/ws/wall")


def handshake(port: int, path: str = PATHS[0], **changes: str | None) -> tuple[socket.socket, bytes]:
    """Send a handshake and return the socket and the head of the answer. `_` in names means `-`."""
    headers: dict[str, str | None] = {"Host": f"127.0.0.1:{port}", **GOOD}
    headers |= {name.replace("_", "-"): value for name, value in changes.items()}
    lines = [f"{name}: {value}" for name, value in headers.items() if value is not None]
    sock = socket.create_connection(("127.0.0.1", port), 20)
    sock.sendall("\r\n".join([f"GET {path} HTTP/1.1", *lines, "", ""]).encode())
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            break
        head += byte
    return sock, head


def until_closed(sock: socket.socket) -> int:
    """Read to the end; return the code of the close frame, 0 where none came."""
    data = b""
    while part := sock.recv(65536):
        data += part
    at = data.rfind(b"\x88")
    return int(struct.unpack(">H", data[at + 2 : at + 4])[0]) if 0 <= at <= len(data) - 4 else 0


@pytest.mark.parametrize("path", PATHS)
def test_handshake_is_answered_as_rfc_6455_says(node: SmallNode, web: WebProcess, path: str) -> None:
    sock, head = handshake(web.port, path)
    with sock:
        assert head.startswith(b"HTTP/1.1 101 ")
        assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n" in head


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"Upgrade": None}, b"426"),
        ({"Upgrade": "h2c"}, b"426"),
        ({"Connection": "keep-alive"}, b"426"),
        ({"Sec_WebSocket_Version": "8"}, b"426"),
        ({"Sec_WebSocket_Version": None}, b"426"),
        ({"Sec_WebSocket_Key": None}, b"400"),
        ({"Sec_WebSocket_Key": "tooshort"}, b"400"),
        ({"Host": "evil.example"}, b"421"),
        ({"Origin": "http://evil.example"}, b"403"),
        ({"Origin": "null"}, b"403"),
        ({"Sec_Fetch_Site": "cross-site"}, b"403"),
        ({"Sec_Fetch_Site": "same-site"}, b"403"),
    ],
)
@pytest.mark.parametrize("path", PATHS)
def test_handshake_that_is_none_or_comes_from_a_foreign_page_is_refused(
    node: SmallNode, web: WebProcess, path: str, changes: dict[str, str | None], status: bytes
) -> None:
    sock, head = handshake(web.port, path, **changes)
    with sock:
        assert head.split()[1] == status


def test_page_of_this_server_and_sites_that_were_named_may_open_one(
    node: SmallNode, start_web: Callable[..., WebProcess]
) -> None:
    web = start_web(origins=["https://intra.example"])
    for origin in (f"http://127.0.0.1:{web.port}", "https://intra.example"):
        sock, head = handshake(web.port, Origin=origin)
        with sock:
            assert head.split()[1] == b"101"
    sock, head = handshake(web.port, Origin="https://other.example")
    with sock:
        assert head.split()[1] == b"403"


def test_token_is_needed_as_everywhere(node: SmallNode, start_web: Callable[..., WebProcess]) -> None:
    node.add("door")
    web = start_web(access_token="open sesame")
    with pytest.raises(InvalidStatus, match="401"), player(web.url, "door"):
        pass
    with pytest.raises(InvalidStatus, match="401"), player(web.url, "door", Authorization="Bearer wrong"):
        pass
    with player(web.url, "door", Authorization="Bearer open sesame") as found:
        found.say(type="mjpeg")
        found.take(2)
    answer, _ = web.ask(
        "/login", "POST", b"token=open+sesame", content_type="application/x-www-form-urlencoded"
    )
    session = str(answer.headers["Set-Cookie"]).split(";")[0]
    with player(web.url, "door", Cookie=session) as found:
        found.say(type="mjpeg")
        found.take(2)


def test_socket_below_a_prefix(node: SmallNode, start_web: Callable[..., WebProcess]) -> None:
    node.add("door")
    web = start_web(base_path="/cams")
    for path in ("/cams/api/ws?src=door", "/api/ws?src=door"):
        with socket_at(web.url, path.lstrip("/")) as found:
            found.say(type="mjpeg")
            found.take(1)


# --- what clients send


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (frame(b'{"type":"mse"}', masked=False), 1002),
        (frame(b"x", opcode=5), 1002),
        (frame(b"x", reserved=4), 1002),
        (frame(b"x", final=False) + frame(b"y"), 1002),
        (frame(b"\xff\xfe"), 1007),
        (frame(b"binary", opcode=2), 1003),
        (b"\x81\xff" + struct.pack(">Q", 1 << 32), 1009),
        (frame(b"\x03", opcode=8), 1002),
        (frame(struct.pack(">H", 1000) + b"bye", opcode=8), 1000),
        (frame(b"", opcode=8), 1000),
    ],
)
def test_frames_against_the_rules_close_the_connection_with_their_code(
    node: SmallNode, web: WebProcess, data: bytes, code: int
) -> None:
    sock, _ = handshake(web.port)
    with sock:
        sock.sendall(data)
        assert until_closed(sock) == code


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "7", '{"value":1}', '{"type":7}', "[" * 20000, '{"type":"mse","value":{}}']
)
def test_messages_that_say_nothing_are_answered_by_an_error_and_the_socket_stays(
    node: SmallNode, web: WebProcess, text: str
) -> None:
    node.add("door")
    with player(web.url, "door") as found:
        found.socket.send(text)
        assert found.until_type("error")["value"]
        found.say(type="mjpeg")
        found.until_type("mjpeg")


def test_types_that_are_not_known_are_passed_over(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    with player(web.url, "door") as found:
        found.say(type="webtorrent", value="?")
        found.say(type="mjpeg")
        assert found.hear() == {"type": "mjpeg"} or found.texts[0]["type"] == "framecast/state"


def test_pings_are_answered_and_a_flood_of_them_harms_nobody(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    sock, _ = handshake(web.port)
    with sock, player(web.url, "door") as other:
        sock.sendall(frame(b"hello", opcode=9))
        assert sock.recv(7) == b"\x8a\x05hello"
        other.say(type="mjpeg")
        with pytest.raises(
            OSError, match=r"reset|pipe"
        ):  # answers are not read: it is cut before they fill the memory
            flood(sock, frame(b"x" * 125, opcode=9) * 100)
        other.take(5)


def flood(sock: socket.socket, data: bytes) -> None:
    for _ in range(10000):
        sock.sendall(data)


def test_random_bytes_never_hurt_the_server(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    dice = random.Random(7)
    for _ in range(200):
        sock, _ = handshake(web.port, dice.choice(PATHS))
        with sock:
            sock.sendall(dice.randbytes(dice.randrange(1, 400)))
            sock.shutdown(socket.SHUT_WR)
            try:
                until_closed(sock)
            except ConnectionResetError:
                pass
    with player(web.url, "door") as found:
        found.say(type="mjpeg")
        found.take(2)
    assert "Traceback" not in web.log


def test_clients_that_leave_at_any_moment_leave_nothing_behind(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    for number in range(60):
        sock, _ = handshake(web.port, PATHS[number % 2])
        wish = (
            {"type": ("mjpeg", "mse", "hls")[number % 3]}
            if not number % 2
            else {"type": "open", "src": "door"}
        )
        sock.sendall(frame(json.dumps(wish).encode())[: None if number % 5 else 9])
        sock.close()
    while "framecast_http_connections 0.0" not in web.ask("/metrics")[1].decode():
        pass


def test_end_of_the_server_is_told(node: SmallNode, web: WebProcess) -> None:
    node.add("door")
    with player(web.url, "door") as found:
        found.say(type="mjpeg")
        found.take(1)
        web.process.send_signal(signal.SIGTERM)
        with pytest.raises(ConnectionClosed) as caught:
            found.take(1 << 40)
    assert caught.value.rcvd
    assert caught.value.rcvd.code == 1001


# --- viewers who do not read


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node with a stream of 16 Mbit/s."""
    clip = Clip(size=(1280, 720), bitrate_kbps=16000, gop_s=0.5)
    with RtspServer(clip) as camera, Node(tmp_path_factory.mktemp("busy"), f"door={camera.url()}") as running:
        yield running


def value(node: Node, name: str) -> float:
    text = urllib.request.urlopen(node.url + "metrics").read().decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name + "{"))


def test_viewers_that_stop_reading_lose_groups_and_are_cut_and_others_go_on(busy: Node) -> None:
    """One of each kind at the same time: each is cut after half a minute."""
    paths = ("/api/ws?src=door", "/api/ws/wall", "/api/stream.mp4?src=door")
    lost, cut = (
        value(busy, "framecast_http_groups_lost_total"),
        value(busy, "framecast_http_viewers_cut_total"),
    )
    web = busy.server_process("web")
    port = int(busy.url.rsplit(":", 1)[1].strip("/"))
    with player(busy.url, "door") as other, ExitStack() as stack:
        other.play(ALL)
        other.take(30)
        before = web.memory_info().rss
        stuck = [stack.enter_context(handshake(port, path)[0]) for path in paths]
        stuck[0].sendall(frame(json.dumps({"type": "mse", "value": ALL}).encode()))
        stuck[1].sendall(frame(json.dumps({"type": "open", "src": "door", "value": ALL}).encode()))
        while value(busy, "framecast_http_viewers_cut_total") < cut + len(paths):
            other.take(25)
        assert value(busy, "framecast_http_groups_lost_total") > lost + 10 * len(paths)
        assert web.memory_info().rss - before < 24 << 20
        for sock in stuck:
            until_closed(sock)
        other.take(25)
        assert [text["type"] for text in other.texts].count("mse") == 1


def test_slow_viewer_gets_groups_that_can_be_decoded(busy: Node, tmp_path: Path) -> None:
    """One that reads at a quarter of the rate: what comes is MP4 without an error, with jumps."""
    port = int(busy.url.rsplit(":", 1)[1].strip("/"))
    lost = value(busy, "framecast_http_groups_lost_total")
    sock, _ = handshake(port, "/api/stream.mp4?src=door&duration=20")
    file = tmp_path / "slow.mp4"
    with sock, file.open("wb") as out, player(busy.url, "door") as pace:
        pace.play("avc1.640029")
        while True:
            pace.take(1)  # a picture's time
            try:
                part = sock.recv(20000)
            except TimeoutError:
                break
            if not part:
                break
            out.write(part)
            if file.stat().st_size > 12 << 20:
                break
    assert value(busy, "framecast_http_groups_lost_total") > lost
    checked = [
        needs.ffprobe(),
        "-v",
        "error",
        "-show_entries",
        "packet=flags,dts_time",
        "-of",
        "csv=p=0",
        str(file),
    ]
    assert os.path.getsize(file) > 5 << 20
    end = file.read_bytes().rfind(b"moof") - 4  # the last one is not whole
    os.truncate(file, end)
    decoded = subprocess.run(
        [needs.ffmpeg(), "-v", "error", "-i", str(file), "-f", "null", "-"], capture_output=True, text=True
    )
    assert decoded.stderr == ""
    packets = subprocess.run(checked, capture_output=True, text=True).stdout.split()
    times = [float(line.split(",")[0]) for line in packets]
    jumps = [at for at in range(1, len(times)) if times[at] - times[at - 1] > 0.3]
    assert jumps
    assert all("K" in packets[at] for at in jumps)
