"""The runtime folder: whose it is, who may come in, and what a killed node leaves."""

import asyncio
import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from framecast.errors import Conflict, Denied
from framecast.node.listener import Listener, Lock


def with_listener(folder: Path, mode: int, look: Callable[[Listener], None]) -> None:
    async def listen() -> None:
        listener = Listener(folder, mode, lambda peer: None)
        try:
            look(listener)
        finally:
            listener.close()

    asyncio.run(listen())


def test_folder_has_one_lock(place: Path) -> None:
    first = Lock(place / "run")
    with pytest.raises(Conflict, match=f"process {os.getpid()}"):
        Lock(place / "run")
    first.close()
    Lock(place / "run").close()


@pytest.mark.parametrize(
    ("socket_mode", "folder_mode"), [(0o600, 0o700), (0o660, 0o710), (0o666, 0o711), (0o620, 0o710)]
)
def test_new_folder_lets_in_whom_the_socket_lets_in(place: Path, socket_mode: int, folder_mode: int) -> None:
    Lock(place / "run", socket_mode).close()
    assert (place / "run").stat().st_mode & 0o777 == folder_mode


def test_folder_that_everybody_may_write_to_is_refused(place: Path) -> None:
    (place / "run").mkdir()
    (place / "run").chmod(0o777)
    with pytest.raises(Denied, match="chmod"):
        Lock(place / "run")
    (place / "run").chmod(0o1777)
    Lock(place / "run").close()


def test_folder_that_is_a_file_is_refused(place: Path) -> None:
    (place / "run").touch()
    with pytest.raises(Denied):
        Lock(place / "run")


def test_socket_has_its_mode_replaces_a_stale_one_and_goes_with_the_listener(place: Path) -> None:
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(place / "node.sock"))
    stale.close()

    def look(listener: Listener) -> None:
        assert listener.path.stat().st_mode & 0o777 == 0o660
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(listener.path))

    with_listener(place, 0o660, look)
    assert not (place / "node.sock").exists()


def test_path_that_is_too_long_is_told(tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 120)
    folder.mkdir()
    with pytest.raises(Denied, match="too long"):
        with_listener(folder, 0o600, lambda listener: None)
