"""Health checks against a node that is well, one whose server hangs, and none."""

import json
import os
import signal
import socket
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import ALL, Node, run
from tests.support.waiting import until


def test_node_that_is_well_names_its_servers(node: Node) -> None:
    done = node.command("health")
    assert done.returncode == 0, done.stderr
    servers = dict(line.split(": ", 1) for line in done.stdout.splitlines())
    assert set(servers) == {"web", "grpc", "zmq"}
    assert servers["web"] == node.url
    assert node.command("health", "--ready").returncode == 0


def test_no_node_is_code_6(tmp_path: Path) -> None:
    done = run(tmp_path, "health")
    assert done.returncode == 6
    assert done.stdout == ""


@pytest.mark.parametrize("server", ["web", "grpc", "zmq"])
def test_server_that_hangs_is_code_7_until_it_goes_on(tmp_path: Path, server: str) -> None:
    with Node(tmp_path, "door=pattern:", servers=ALL) as node:

        def running() -> dict[str, Any] | None:
            with urllib.request.urlopen(f"{node.url}api") as answer:
                info: dict[str, Any] = json.load(answer)["servers"][server]
            return info if info["pid"] else None  # 0, all of this test's own group, until it has started

        found = until(running, "the server runs")
        os.kill(found["pid"], signal.SIGSTOP)
        try:
            done = node.command("health", "--timeout", "0.3")
        finally:
            os.kill(found["pid"], signal.SIGCONT)
        assert done.returncode == 7
        assert f"the {server} server at {found['url']} does not answer: timed out" in done.stderr
        assert node.command("health").returncode == 0


def test_token_and_prefix_and_a_proxy_in_the_environment_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "token").write_text("a token of this test")
    (tmp_path / "framecast.yaml").write_text(f"base_path: /cameras\naccess_token_file: {tmp_path}/token\n")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with Node(tmp_path, "--host", "0.0.0.0", "door=pattern:") as node:
        done = node.command("health", "--ready")
        assert done.returncode == 0, done.stderr
        assert "/cameras/\n" in done.stdout


def test_node_is_ready_when_its_camera_has_been_tried(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as camera:  # takes the call and says nothing
        port = camera.getsockname()[1]
        config = tmp_path / "framecast.yaml"
        config.write_text(
            f"streams: {{door: {{source: 'rtsp://127.0.0.1:{port}/1', always: true, timeout_s: 60}}}}"
        )
        with Node(tmp_path) as node:
            call, _ = camera.accept()
            with call:
                done = node.command("health", "--ready")
                assert done.returncode == 7
                assert "readyz answers 503" in done.stderr
                assert node.command("health").returncode == 0
            camera.close()  # resets every other call that waits
            while node.command("health", "--ready").returncode:
                assert node.streams()["door"]["state"] in ("connecting", "offline")
            assert node.streams()["door"]["state"] != "live"
