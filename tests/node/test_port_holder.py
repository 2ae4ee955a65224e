"""Who holds a port."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from framecast.node.port_holder import holder_of


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_process_that_listens_is_found(family: socket.AddressFamily, host: str) -> None:
    with socket.socket(family) as sock:
        sock.bind((host, 0))
        number = sock.getsockname()[1]
        assert holder_of(number) is None, "it does not listen yet"
        sock.listen()
        found = holder_of(number)
    assert found is not None
    assert found.pid == os.getpid()
    assert str(found) == f"process {os.getpid()} ({Path('/proc/self/comm').read_text().strip()})"
    assert holder_of(number) is None


def test_machine_without_proc_knows_nobody(tmp_path: Path) -> None:
    assert holder_of(8080, tmp_path) is None
