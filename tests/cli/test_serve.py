"""`framecast serve` as a user starts it."""

import io
import os
import pty
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import psutil
import pytest

import framecast
from framecast.cli.serve import _welcome, parse_stream
from tests.cli.running import ALL, COMMAND, Node, environment, run
from tests.support.waiting import until


def test_node_without_a_word_shows_a_test_pattern_to_browsers(tmp_path: Path) -> None:
    with Node(tmp_path, servers=ALL) as node:
        with urllib.request.urlopen(f"{node.url}api/frame.jpeg?src=demo", timeout=60) as answer:
            assert answer.read(2) == b"\xff\xd8"
        assert list(node.streams()) == ["demo"]
        assert node.end() == 0


def test_every_server_serves_an_ipv6_address_and_sources_read_from_one(tmp_path: Path) -> None:
    (tmp_path / "framecast.yaml").write_text(
        "{host: '[::1]', zmq: {host: '::1'}, streams: {demo: 'pattern:?size=320x180'}}"
    )
    with Node(tmp_path, "--config", str(tmp_path / "framecast.yaml"), servers=ALL) as node:
        assert node.url.startswith("http://[::1]:")
        with urllib.request.urlopen(f"{node.url}api/frame.jpeg?src=demo", timeout=60) as answer:
            assert answer.read(2) == b"\xff\xd8"
        with framecast.NodeClient(tmp_path / "run") as client:
            servers = until(lambda: _answering(client), "the servers answer")
        with framecast.open(f"{servers['grpc']}/demo") as remote:
            assert remote.read(60).bgr.shape == (180, 320, 3)
        source = servers["zmq"].replace("tcp://", "zmq://") + "/demo"
        assert node.command("add", "again", source).returncode == 0
        with framecast.open("again", node=tmp_path / "run") as again:
            assert again.read(60).bgr.shape == (180, 320, 3)


def _answering(client: framecast.NodeClient) -> dict[str, str]:
    """The addresses of all servers, {} until each of them answers."""
    servers = client.info()["servers"]
    is_whole = {"web", *ALL} <= servers.keys() and all(one["answers"] for one in servers.values())
    return {name: one["url"] for name, one in servers.items()} if is_whole else {}


def test_person_at_a_terminal_is_told_the_page_and_the_streams(tmp_path: Path) -> None:
    terminal, ours = pty.openpty()
    command = [*COMMAND, "serve", "--port", "0", "door=rtsp://user:hunter2@127.0.0.1:9/1"]
    node = subprocess.Popen(
        command, env=environment(tmp_path), cwd=tmp_path, stdout=ours, stderr=subprocess.DEVNULL
    )
    os.close(ours)
    shown = b""
    while b"rtsp://" not in shown:
        shown += os.read(terminal, 4096)
    node.terminate()
    assert node.wait(60) == 0
    os.close(terminal)
    assert b"http://127.0.0.1:" in shown
    assert b"door" in shown
    assert b"hunter2" not in shown


def test_terminal_has_the_address_of_the_setup_whole_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    address = f"http://192.168.1.5:8080/setup#{'x' * 120}"
    _welcome("http://127.0.0.1:8080/", [], [address])
    shown = capsys.readouterr().out
    assert f"  {address}\n" in shown
    assert "within one hour" in shown
    _welcome("http://127.0.0.1:8080/", [], [])
    assert "account" not in capsys.readouterr().out


def test_busy_port_ends_it_with_one_line_that_names_the_port(tmp_path: Path, free_port: int) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port))
        taken.listen()
        done = run(tmp_path, "serve", "--port", str(free_port), "--log-format", "file")
    assert done.returncode == 4
    (line,) = done.stderr.splitlines()
    assert f"port {free_port} " in line
    assert "ERROR" in line


def test_data_folder_that_cannot_be_written_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with Node(tmp_path, "--data-dir", str(tmp_path / "file" / "data"), "a=pattern:") as node:
        assert "set --data-dir to another folder" in node.text
        done = node.command("add", "b", "pattern:")
    assert done.returncode == 1
    assert f"the data folder {tmp_path}/file/data could not be written (Not a directory)" in done.stderr


def test_port_0_is_any_free_port_although_the_file_names_another(tmp_path: Path, free_port: int) -> None:
    config = tmp_path / "framecast.yaml"
    config.write_text(f"port: {free_port}\nstreams: {{}}\n")
    with Node(tmp_path, "--config", str(config), "--port", "0") as node:
        assert not node.url.endswith(f":{free_port}/")


def test_second_node_of_a_runtime_folder_is_refused(tmp_path: Path) -> None:
    with Node(tmp_path) as node:
        done = run(tmp_path, "serve")
    assert done.returncode == 4
    assert f"a node is already running in {tmp_path}/run (process {node.process.pid}): " in done.stderr


def test_file_that_does_not_exist_ends_it_before_anything_is_opened(tmp_path: Path) -> None:
    (tmp_path / "garden.mp4").touch()
    done = run(tmp_path, "serve", "door=gardn.mp4")
    assert done.returncode == 7
    expected = f"framecast: there is no file {tmp_path}/gardn.mp4; similar names there: garden.mp4\n"
    assert done.stderr == expected


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["camera"], "NAME=SOURCE"),
        (["rtsp://camera/1?a=b"], "NAME=SOURCE"),
        (["front door=pattern:"], "it contains a space: write 'front-door'"),
        (["a=gopher://camera/1", "--port", "0", "--log-level", "error"], "gopher"),
        (["a=pattern:?size=huge", "--port", "0", "--log-level", "error"], "size"),
        (["--config", "missing.yaml"], "missing.yaml"),
        (["--log-level", "loud"], "loud"),
        (["--port", "70000"], "--port"),
    ],
)
def test_what_cannot_be_is_refused_on_one_line_with_code_2(
    arguments: list[str], words: str, tmp_path: Path
) -> None:
    done = run(tmp_path, "serve", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_insecure_lets_other_machines_in(tmp_path: Path) -> None:
    with Node(tmp_path, "--host", "0.0.0.0", "--insecure") as node:
        assert node.end() == 0


def test_password_of_a_source_shows_nowhere(tmp_path: Path) -> None:
    with Node(tmp_path, "door=rtsp://user:hunter2@127.0.0.1:9/1", "--log-level", "debug") as node:
        failed = node.command("snapshot", "door", "--timeout", "1")
        listed = node.command("streams")
        parent = psutil.Process(node.process.pid)
        arguments = [process.cmdline() for process in (parent, *parent.children(recursive=True))]
        assert node.end() == 0
    assert len(arguments) >= 3  # the node, its forkserver and its web server
    assert "rtsp://***@127.0.0.1" in listed.stdout
    assert failed.returncode == 7
    for text in (str(arguments), listed.stdout, failed.stderr, node.text):
        assert "hunter2" not in text


def test_sources_come_from_stdin_a_line_for_each(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("rtsp://user:hunter2@a/1\nrtsp://b/2\n"))
    assert [parse_stream(text) for text in ("a=-", "b=-", "c=pattern:?fps=5")] == [
        ("a", "rtsp://user:hunter2@a/1"),
        ("b", "rtsp://b/2"),
        ("c", "pattern:?fps=5"),
    ]
