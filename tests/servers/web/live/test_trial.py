"""Trying a source: what it has, or what is wrong with it; nothing is left of it."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cli.running import Node
from tests.support.hostile_rtsp import HostileRtsp
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer
from tests.support.waiting import until

CLIP = Clip(size=(640, 360), audio="pcma")


@pytest.fixture(scope="module")
def camera() -> Iterator[RtspServer]:
    with RtspServer(CLIP, user="admin", password="s3cret") as server:
        yield server


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory, camera: RtspServer) -> Iterator[Node]:
    folder = tmp_path_factory.mktemp("node")
    (folder / "framecast.yaml").write_text(f"media_dirs: [{folder}]\n")
    with Node(folder, f"door={camera.url()}") as running:
        yield running


def ask(node: Node, query: str = "", **body: Any) -> tuple[int, dict[str, Any]]:
    wish = urllib.request.Request(
        node.url + "api/streams/try" + query, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(wish, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def streams(node: Node) -> set[str]:
    with urllib.request.urlopen(node.url + "api/streams") as answer:
        return set(json.load(answer))


def test_source_that_works_shows_what_it_has(node: Node, camera: RtspServer) -> None:
    status, found = ask(node, name="new", source=camera.url(), transport="tcp")
    assert status == 200
    tracks = {track["name"]: track for track in found["tracks"]}
    assert (tracks["video"]["codec"], tracks["video"]["width"], tracks["video"]["rate"]) == (
        "h264",
        640,
        "25",
    )
    assert tracks["audio"]["codec"] == "pcm_alaw"
    assert base64.b64decode(found["picture"])[:3] == b"\xff\xd8\xff"
    assert found["facts"]["transport"] == "tcp"


def test_source_without_pictures_is_no_failure(node: Node) -> None:
    status, found = ask(node, source="numbers:?period=0.1")
    assert (status, found["ok"]) == (200, True)
    assert [track["name"] for track in found["tracks"]] == ["data"]
    assert found["picture"] is None


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("rtsp://127.0.0.1:1/x", "refused"),
        ("rtsp://camera.invalid/x", "unknown-host"),
        ("no-such-file.mp4", "not-found"),
    ],
)
def test_source_that_fails_says_why(node: Node, source: str, reason: str) -> None:
    status, found = ask(node, name="new", source=source)
    assert (status, found["error"], found["reason"]) == (502, "SourceError", reason)
    assert set(found) == {"error", "message", "reason"}
    status, answer = ask(node, "?result=always", name="new", source=source)
    assert (status, answer["ok"], answer["error"], answer["reason"]) == (200, False, "SourceError", reason)
    assert answer["message"] == found["message"]


def test_wrong_password_is_told_and_never_shown(node: Node, camera: RtspServer) -> None:
    status, found = ask(node, name="new", source=camera.url(password="hunter2"))
    assert (status, found["reason"]) == (502, "bad-auth")
    assert "hunter2" not in json.dumps(found)
    assert "hunter2" not in node.text


def test_address_that_never_answers_ends_in_time(node: Node) -> None:
    with HostileRtsp("silent") as server:
        status, found = ask(node, name="new", source=server.url())
    assert (status, found["reason"]) == (502, "timeout")


def test_masked_source_of_a_stream_keeps_its_secret(node: Node, camera: RtspServer) -> None:
    masked = camera.url().replace("admin:s3cret", "***")
    assert ask(node, name="door", source=masked)[0] == 200
    status, found = ask(node, name="other", source=masked)
    assert (status, found["error"]) == (400, "Invalid")
    # The secret goes nowhere else.
    assert ask(node, name="door", source="rtsp://***@127.0.0.1:1/x")[0] == 400


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"source": ""},
        {"source": "pattern:", "unknown": 1},
        {"source": "pattern:", "name": "../x"},
        {"source": "pattern:?size=nonsense"},
    ],
)
def test_what_cannot_be_tried_is_refused(node: Node, body: dict[str, Any]) -> None:
    assert ask(node, **body)[0] == 400
    status, answer = ask(node, "?result=always", **body)
    assert (status, answer["ok"], answer["error"], answer["reason"]) == (200, False, "Invalid", "")
    assert ask(node, "?result=never", **body)[0] == 400


def test_a_few_are_tried_at_a_time_and_nothing_is_left(node: Node) -> None:
    before = psutil.Process(node.process.pid).children(recursive=True)
    with HostileRtsp("silent") as server, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(node, name="new", source=server.url())[0], range(8)))
    assert sorted(answers) == [502] * 4 + [503] * 4
    assert streams(node) == {"door"}
    assert "trial-" not in urllib.request.urlopen(node.url + "metrics").read().decode()
    while len(psutil.Process(node.process.pid).children(recursive=True)) > len(before):
        pass


def test_trial_ends_with_a_client_that_leaves(tmp_path: Path) -> None:
    with HostileRtsp("silent") as server, Node(tmp_path, "demo=pattern:") as running:
        body = json.dumps({"source": server.url()}).encode()
        wish = urllib.request.Request(
            running.url + "api/streams/try", body, {"Content-Type": "application/json"}
        )
        with pytest.raises(TimeoutError):
            urllib.request.urlopen(wish, timeout=1)
        running.wait_for(r"trial-\S+ state=connecting")
        tree = psutil.Process(running.process.pid)
        until(lambda: not any("trial" in process.name() for process in tree.children(recursive=True)))
        assert ask(running, source="pattern:")[0] == 200
