"""What a node does not have: a home, a name, standard files, room for its log. It starts and runs."""

import os
import pty
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from framecast.client.node_client import NodeClient
from framecast.errors import NodeUnavailable
from framecast.node import load_config
from tests.node.running import DEADLINE_S, command, environment
from tests.support.waiting import until

NUMBERS = "numbers:?period=0.02"
HOMES = ("HOME", "XDG_DATA_HOME", "XDG_RUNTIME_DIR", "USER", "LOGNAME")


@pytest.mark.parametrize("redirections", ["<&- >&- 2>&-", ">/dev/full 2>/dev/full", "> >(exit) 2> >(exit)"])
def test_node_runs_without_standard_files(place: Path, redirections: str) -> None:
    dropped = (*HOMES, "PYTHONUNBUFFERED")  # with buffers something is left to write at the end
    variables = {key: value for key, value in environment(place).items() if key not in dropped}
    shell = ["bash", "-c", f'exec "$@" {redirections}', "bash", *command(place, f"numbers={NUMBERS}")]
    _runs(subprocess.Popen(shell, env=variables, cwd=place), place)


def _runs(process: subprocess.Popen[bytes], place: Path) -> None:
    with NodeClient(socket=place / "run" / "node.sock") as client:
        until(lambda: process.poll() is not None or _answers(client), "an answer")
        assert [status.name for status in client.streams()] == ["numbers"]
        until(lambda: client.info()["servers"]["web"]["answers"], "the web server")
    process.terminate()
    assert process.wait(DEADLINE_S) == 0


def _answers(client: NodeClient) -> bool:
    try:
        return bool(client.info())
    except NodeUnavailable:
        return False


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"XDG_DATA_HOME": "/x"}, "/x/framecast"),
        ({"HOME": "/y"}, "/y/.local/share/framecast"),
        ({"HOME": "/y", "XDG_DATA_HOME": "relative"}, "/y/.local/share/framecast"),
        ({"HOME": ""}, "/run/me/framecast/data"),
        ({}, "/run/me/framecast/data"),
    ],
)
def test_data_folder_without_a_home_is_in_the_runtime_folder(
    variables: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*HOMES, "FRAMECAST_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/me")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("os.getuid", lambda: 4_000_000_000)  # nobody has this number in /etc/passwd
    assert load_config().data_dir == Path(expected)


@pytest.mark.parametrize(("before", "ends"), [([], True), (["nohup"], False)])
def test_closed_terminal_ends_it_but_not_under_nohup(place: Path, before: Sequence[str], ends: bool) -> None:
    """stderr is a file, as in `framecast serve 2>log`: what counts is the terminal that the node was started in."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(place)
        log = os.open("log", os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        arguments = [*before, *command(place, f"numbers={NUMBERS}")]
        os.execvpe(arguments[0], arguments, environment(place))
    with NodeClient(socket=place / "run" / "node.sock") as client:
        until(lambda: _answers(client), "an answer")
        os.close(terminal)
        if ends:
            assert os.waitpid(pid, 0)[1] == 0
            return
        assert client.info()["pid"] == pid
        until(lambda: "serving" in (place / "log").read_text(), "the end of the start")
        os.kill(pid, signal.SIGHUP)  # reads the file again, as ever
        until(lambda: "was read again" in (place / "log").read_text(), "the news")
    os.kill(pid, signal.SIGTERM)
    assert os.waitpid(pid, 0)[1] == 0
