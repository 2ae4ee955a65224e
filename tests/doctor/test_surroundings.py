"""The runtime folder, the node and the ports."""

import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from framecast.doctor import surroundings
from framecast.doctor.finding import Level
from tests.support.tls import certificate


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "run"
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(folder))
    return folder


def test_folder_that_can_be_made_is_fine_and_is_not_made(runtime: Path) -> None:
    (finding,) = surroundings.check_runtime_folder()
    assert finding.level is Level.OK
    assert not runtime.exists()


def test_path_too_long_for_a_socket_is_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(tmp_path / ("x" * 108)))
    (finding,) = surroundings.check_runtime_folder()
    assert finding.level is Level.FAILURE
    assert "FRAMECAST_RUNTIME_DIR" in finding.mend


def test_who_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "mine.pem"))
    certificate(tmp_path)[0].rename(tmp_path / "mine.pem")
    (finding,) = surroundings.check_authorities()
    assert (finding.level, finding.found) == (Level.OK, f"checked by {tmp_path / 'mine.pem'}")
    (tmp_path / "mine.pem").write_text("nobody")
    (finding,) = surroundings.check_authorities()
    assert finding.level is Level.WARNING
    assert str(tmp_path / "mine.pem") in finding.found
    monkeypatch.delenv("SSL_CERT_FILE")
    monkeypatch.setattr(surroundings, "authorities", lambda: None)
    (finding,) = surroundings.check_authorities()
    assert finding.level is Level.WARNING
    assert "ca-certificates" in finding.mend


def test_file_in_place_of_the_folder_is_a_failure(runtime: Path) -> None:
    runtime.write_text("")
    (finding,) = surroundings.check_runtime_folder()
    assert finding.level is Level.FAILURE


@pytest.mark.usefixtures("runtime")
def test_missing_node_is_a_note_that_says_how_to_start_one() -> None:
    (finding,) = surroundings.check_node()
    assert finding.level is Level.NOTE
    assert finding.mend == "framecast serve"


def answer_as_a_web_server(listener: socket.socket) -> None:
    peer, _ = listener.accept()
    with peer:
        peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


def test_something_that_is_no_node_is_a_warning(runtime: Path) -> None:
    runtime.mkdir()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(os.fspath(runtime / "node.sock"))
        other.listen()
        other.settimeout(30)
        with ThreadPoolExecutor() as pool:
            pool.submit(answer_as_a_web_server, other)
            (finding,) = surroundings.check_node()
    assert finding.level is Level.WARNING


@pytest.mark.usefixtures("runtime")
def test_taken_port_is_a_warning_and_a_free_one_is_not(
    free_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surroundings, "WEB_PORT", free_port)
    (free,) = surroundings.check_ports()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port))
        taken.listen()
        (busy,) = surroundings.check_ports()
    assert free.level is Level.OK
    assert busy.level is Level.WARNING
    assert str(free_port) in busy.found
