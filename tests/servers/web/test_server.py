"""The process: how it starts, and how it ends."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from framecast.servers.web.settings import WebSettings, clean_base_path
from tests.servers.server_process import line
from tests.servers.web.mjpeg_reader import MjpegReader
from tests.servers.web.small_node import SmallNode
from tests.servers.web.web_process import WebProcess


@pytest.mark.parametrize("how", [None, signal.SIGTERM, signal.SIGINT])
def test_server_ends_with_its_node_and_lets_viewers_go(
    node: SmallNode, web: WebProcess, how: signal.Signals | None
) -> None:
    node.add("door")
    node.add("dead").running.clear()
    with MjpegReader(web.connect(), "src=door") as reader, web.connect() as stuck, web.connect() as waiting:
        reader.part()
        stuck.sendall(b"GET /api/stream.mjpeg?src=door HTTP/1.1\r\nHost: localhost\r\n\r\n")
        waiting.sendall(b"GET /api/frame.jpeg?src=dead HTTP/1.1\r\nHost: localhost\r\n\r\n")
        web.ask("/healthz")
        assert web.close(how) == 0
        reader.rest()
        assert b"503" in waiting.recv(100)
    assert web.log == ""


@pytest.mark.parametrize(("text", "path"), [("", ""), ("/", ""), ("cams", "/cams"), ("/a/b/", "/a/b")])
def test_prefix_has_one_form(text: str, path: str) -> None:
    assert clean_base_path(text) == path


def test_server_without_settings_ends_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "framecast.servers.web"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"settings cannot be read" in done.stderr
    assert b"Traceback" not in done.stderr


def test_server_answers_on_a_socket_of_another_kind(node: SmallNode, tmp_path: Path) -> None:
    path = tmp_path / "web.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        process = subprocess.Popen(
            [sys.executable, "-m", "framecast.servers.web"],
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
        assert process.stdin
        process.stdin.write(line(WebSettings, fd=listener.fileno(), runtime_dir=str(node.folder)))
        process.stdin.flush()
    node.add("door")
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(os.fspath(path))
    with MjpegReader(sock, "src=door") as reader:
        assert reader.until(live=True).blocks
    process.stdin.close()
    assert process.wait(20) == 0
