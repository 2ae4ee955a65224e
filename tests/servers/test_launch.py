"""How the processes of all servers begin and end."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.system.house import comm


@pytest.mark.parametrize(("module", "name"), [("web", "fc-web"), ("rpc", "fc-grpc"), ("zmq", "fc-zmq")])
def test_server_has_a_name_of_its_own_and_ends_where_it_is_told_nothing(module: str, name: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", f"framecast.servers.{module}"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        while comm(server.pid) != name:
            assert server.poll() is None
        _, words = server.communicate(timeout=30)
    assert server.returncode == 1
    assert "settings cannot be read" in words
