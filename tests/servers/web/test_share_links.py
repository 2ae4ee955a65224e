"""Links and Basic authentication by real players: they see one stream, change nothing, and are cut when the link is ended."""

from __future__ import annotations

import base64
import http.client
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from framecast.servers.access.links import Links
from tests.cli.running import Node, run
from tests.support import needs
from tests.support.program import LIMIT_S

TOKEN = "8d969eef6ecad3c29a3a629280e686cf"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
BASIC = {"Authorization": "Basic " + base64.b64encode(f"anybody:{TOKEN}".encode()).decode()}
ELSEWHERE = Origin("https://elsewhere.example")
READ = ["frame.jpeg", "frame.mp4", "stream.m3u8"]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    (folder / "framecast.yaml").write_text(f"access_token: {TOKEN}\n")
    source = "pattern:?size=160x120&fps=10"
    with Node(folder, f"door={source}", f"gate={source}") as running:
        yield running


def ask(
    node: Node, path: str, method: str = "GET", **headers: str
) -> tuple[int, bytes, http.client.HTTPResponse]:
    where = urlsplit(node.url)
    line = http.client.HTTPConnection(str(where.hostname), where.port, timeout=LIMIT_S)
    try:
        line.request(
            method, f"/{path}", headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = line.getresponse()
        return answer.status, answer.read(), answer
    finally:
        line.close()


def made(node: Node, stream: str = "door", **query: str) -> dict[str, Any]:
    status, body, _ = ask(node, f"api/links?{urlencode({'src': stream, **query})}", "POST", **BEARER)
    assert status == 200, body
    found: dict[str, Any] = json.loads(body)
    return found


def watched(url: str) -> int:
    """Return how many pictures FFmpeg plays of a URL: at most five."""
    command = [needs.ffmpeg(), "-v", "error", "-i", url, "-an", "-frames:v", "5", "-f", "framemd5", "-"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S)
    return len(re.findall(r"(?m)^0,", found.stdout))


@pytest.mark.parametrize("path", ["stream.mp4", "hls", "stream.mjpeg"])
def test_ffmpeg_plays_a_link_and_by_basic(node: Node, path: str) -> None:
    url = made(node, path=path)["url"]
    assert watched(url) == 5
    bare = re.sub(r"&token=.*", "", url)
    assert watched(bare.replace("://", f"://anybody:{TOKEN}@")) == 5
    assert watched(bare) == 0
    assert watched(bare.replace("://", "://anybody:wrong@")) == 0


def test_link_opens_the_read_routes_of_its_stream_and_nothing_else(node: Node) -> None:
    token = made(node)["token"]
    for name in READ:
        status, _, answer = ask(node, f"api/{name}?src=door&token={token}")
        assert status == 200, name
        assert answer.getheader("referrer-policy") == "no-referrer"
        assert ask(node, f"api/{name}?src=gate&token={token}")[0] == 403
        assert ask(node, f"api/{name}?src=door&src=gate&token={token}")[0] == 403
        assert ask(node, f"api/{name}?src=gate&src=door&token={token}")[0] == 403
        assert ask(node, f"api/{name}?token={token}")[0] == 403
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
            assert ask(node, f"api/{name}?src=door&token={token}", method)[0] == 403
    for path in (
        "",
        "streams/door",
        "api",
        "api/streams",
        "api/streams?src=door",
        "api/stats",
        "metrics",
        "docs",
        "api/links",
        "openapi.json",
        "api/ws/wall",
        "api/config/schema",
    ):
        status, body, _ = ask(node, f"{path}{'&' if '?' in path else '?'}token={token}")
        assert (status, b"pattern" in body) == (403, False), path
    for method, path in (
        ("PUT", "api/streams?src=door"),
        ("DELETE", "api/streams?src=door"),
        ("POST", "api/restart?src=door"),
        ("POST", "api/links?src=door"),
        ("POST", "api/streams/try"),
    ):
        assert ask(node, f"{path}{'&' if '?' in path else '?'}token={token}", method)[0] == 403
    assert ask(node, "api/streams", Authorization=f"Bearer {token}")[0] == 401


def test_playlist_of_another_stream_is_not_opened(node: Node) -> None:
    door, gate = made(node, "door")["token"], made(node, "gate")["token"]
    master = ask(node, f"api/stream.m3u8?src=door&token={door}")[1].decode().splitlines()[-1]
    assert f"token={door}" in master
    status, body, _ = ask(node, f"api/{master}")
    assert status == 200
    addresses = re.findall(r'(?:init|part|segment)\.m\w+\?[^"\s]+', body.decode())
    assert addresses
    assert all(f"&token={door}" in one for one in addresses)
    assert ask(node, f"api/hls/{addresses[0]}")[0] == 200
    for one in (f"api/{master}", f"api/hls/{addresses[0]}"):
        assert ask(node, one.replace(door, gate))[0] == 403
        assert ask(node, re.sub("&token=.*", "", one))[0] == 401
    # Who is logged in gets addresses without any.
    assert "token=" not in ask(node, "api/stream.m3u8?src=door", **BEARER)[1].decode()


def test_tampered_ended_and_expired_links_say_so(node: Node) -> None:
    link = made(node)
    for token in (link["token"][:-2], link["token"] + "x", "fc1.a.b.c", "", "x" * 2000, TOKEN):
        status, body, _ = ask(node, f"api/frame.jpeg?src=door&token={token}")
        assert (status, b"not one of this server" in body) == (401, True), body
        assert token == "" or token.encode() not in body
    assert ask(node, f"api/frame.jpeg?src=door&token={link['token']}&token={link['token']}")[0] == 403
    past = Links(node.folder / "framecast", lambda: 1000.0).issue("door", 60)[0]
    assert b"expired" in ask(node, f"api/frame.jpeg?src=door&token={past}")[1]
    assert ask(node, f"api/links?id={link['id']}", "DELETE", **BEARER)[0] == 204
    status, body, _ = ask(node, f"api/frame.jpeg?src=door&token={link['token']}")
    assert (status, b"was ended" in body) == (401, True)
    listed = json.loads(ask(node, "api/links", **BEARER)[1])["links"]
    assert {one["id"]: one["revoked"] for one in listed}[link["id"]] is True
    assert link["token"] not in json.dumps(listed)
    assert ask(node, "api/links?id=none", "DELETE", **BEARER)[0] == 404


def is_cut(answer: http.client.HTTPResponse) -> bool:
    """Read on; True when the connection has ended."""
    try:
        while answer.read(1000):
            continue
    except (ConnectionError, http.client.HTTPException):
        return True
    return True


@pytest.mark.parametrize("path", ["stream.mjpeg", "stream.mp4"])
def test_who_views_is_cut_when_the_link_is_ended_and_others_are_not(node: Node, path: str) -> None:
    link, other = made(node, path=path), made(node, path=path)
    lines = []
    for one in (link, other):
        where = urlsplit(one["url"])
        line = http.client.HTTPConnection(str(where.hostname), where.port, timeout=LIMIT_S)
        line.request("GET", f"{where.path}?{where.query}")
        lines.append((line, line.getresponse()))
    for _, answer in lines:
        assert answer.read(2000)
    assert run(node.folder, "unlink", link["id"]).returncode == 0
    assert is_cut(lines[0][1])
    assert lines[1][1].read(1000)
    for line, _ in lines:
        line.close()


def test_websocket_opens_by_a_link_from_any_page_and_by_basic_from_its_own(node: Node) -> None:
    base = node.url.replace("http", "ws")
    link = made(node, path="ws")["url"].replace("http", "ws")
    with connect(link, origin=ELSEWHERE) as socket:
        socket.send('{"type":"hls","value":""}')
        while '"hls"' not in (said := str(socket.recv(LIMIT_S))):
            continue
        assert urlsplit(link).query.partition("token=")[2] in said
    for headers in (BASIC, {}):
        with (
            pytest.raises(InvalidStatus),
            connect(f"{base}api/ws?src=door", origin=ELSEWHERE, additional_headers=headers),
        ):
            raise AssertionError("it was opened")
    with connect(f"{base}api/ws?src=door", additional_headers=BASIC) as socket:
        socket.ping().wait(LIMIT_S)


def test_basic_reads_and_changes_nothing(node: Node) -> None:
    assert ask(node, "api/streams", **BASIC)[0] == 200
    assert ask(node, "api/frame.jpeg?src=door", **BASIC)[0] == 200
    for method, path in (
        ("PUT", "api/streams?src=pattern:&name=x"),
        ("DELETE", "api/streams?src=door"),
        ("POST", "api/restart?src=door"),
        ("POST", "api/links?src=door"),
    ):
        status, body, _ = ask(node, path, method, **BASIC)
        assert (status, b"Bearer" in body) == (403, True)
    for site in ("cross-site", "same-site"):
        assert ask(node, "api/streams", Sec_Fetch_Site=site, **BASIC)[0] == 403
    assert ask(node, "api/streams", Sec_Fetch_Site="same-origin", **BASIC)[0] == 200
    for wrong in (
        "Basic",
        "Basic x",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b"\xff:\xff").decode(),
    ):
        assert ask(node, "api/streams", Authorization=wrong)[0] == 401


def test_players_are_asked_for_basic_and_browsers_are_not(node: Node) -> None:
    def is_asked(path: str, agent: str) -> bool:
        said = ask(node, path, User_Agent=agent)[2].headers.get_all("www-authenticate") or []
        assert said[0] == 'Bearer realm="framecast"'
        return any(one.startswith("Basic ") for one in said)

    assert is_asked("api/stream.mp4?src=door", "VLC/3.0.20 LibVLC/3.0.20")
    assert is_asked("api/hls/playlist.m3u8?id=x", "Lavf/60")
    assert not is_asked("api/stream.mp4?src=door", "Mozilla/5.0")
    assert not is_asked("api/streams", "curl/8")


def test_commands_make_list_and_end_links_and_no_log_has_a_token(node: Node, tmp_path: Path) -> None:
    url = run(node.folder, "link", "door", "--path", "frame.jpeg", "--expires", "2h").stdout.strip()
    token = url.rpartition("token=")[2]
    assert ask(node, url.removeprefix(node.url))[0] == 200
    elsewhere = run(node.folder, "link", "door", "--server", "https://cams.example/x").stdout
    assert elsewhere.startswith("https://cams.example/x/api/stream.mjpeg?src=door&token=fc1.")
    assert run(node.folder, "link", "nobody").returncode == 3
    assert run(node.folder, "link", "door", "--expires", "soon").returncode == 2
    listed = json.loads(run(node.folder, "links", "--json").stdout)
    assert token not in json.dumps(listed)
    assert run(node.folder, "links", "--new-key").returncode == 0
    assert ask(node, url.removeprefix(node.url))[0] == 200
    assert run(node.folder, "unlink").returncode == 2
    assert run(node.folder, "unlink", "--all").returncode == 0
    assert ask(node, url.removeprefix(node.url))[0] == 401
    assert "fc1." not in node.text
