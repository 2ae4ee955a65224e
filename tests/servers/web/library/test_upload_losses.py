"""Uploads whose server is killed, whose disk is full or loses its power: what was promised is there, and the file is the same in the end."""

from __future__ import annotations

import hashlib
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from framecast.model.library_layout import original_key
from tests.servers.web.files_process import FilesProcess
from tests.servers.web.library_web import library_settings
from tests.servers.web.small_node import SmallNode
from tests.servers.web.tus import Tus
from tests.servers.web.web_process import WebProcess
from tests.support.small_disk import MIB, small_disk

# A kill comes so long after the last byte, at random: while it is written, made durable, noted, or answered.
LATE_S = 0.05


class Servers:
    """The two processes that take uploads; the data and the database are in `data`."""

    def __init__(self, runtime: Path, data: Path) -> None:
        options: dict[str, Any] = {"library": library_settings(data), "data_dir": str(data)}
        self.web = WebProcess(runtime, **options)
        self.files = FilesProcess(runtime, **options)
        self.tus = Tus(self.web.url)
        self._is_killed = False

    def kill(self) -> None:
        """Kill both: neither writes another byte."""
        self._is_killed = True
        for one in (self.files, self.web):
            one.close(signal.SIGKILL)

    def close(self) -> None:
        if not self._is_killed:
            for one in (self.files, self.web):
                one.close()


@contextmanager
def servers(runtime: Path, data: Path) -> Iterator[Servers]:
    """Run them; a test may have killed them before they are closed."""
    found = Servers(runtime, data)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def node(folder: Path) -> Iterator[None]:
    running = SmallNode(folder)
    try:
        yield
    finally:
        running.close()


def partial(data: Path, path: str) -> Path:
    """Return where an unfinished upload lies."""
    return data / "library" / "uploads" / path.rpartition("/")[2]


def test_a_killed_server_has_what_it_has_promised(tmp_path: Path) -> None:
    """Killed three times while bytes come: each offset that it says is on the disk, and the file is the same in the end."""
    kill_and_resume(tmp_path, 7, kills=3, size=24 * MIB)


@pytest.mark.slow
def test_a_server_that_is_killed_twenty_times_has_what_it_has_promised(tmp_path: Path) -> None:
    kill_and_resume(tmp_path, 20, kills=20, size=512 * MIB)


def kill_and_resume(folder: Path, seed: int, kills: int, size: int) -> None:
    """Upload `size` random bytes to servers that are killed at random places and times."""
    chance = random.Random(seed)
    data = b"".join(chance.randbytes(MIB) for _ in range(size // MIB))  # `randbytes` of 512 MiB overflows
    offsets = []
    with node(folder):
        with servers(folder, folder) as running:
            path = running.tus.begin(size)
        for _ in range(kills):
            with servers(folder, folder) as running:
                at = running.tus.offset(path)
                offsets.append(at)
                if partial(folder, path).exists():
                    assert partial(folder, path).read_bytes() == data[:at]
                until = chance.randrange(at + 1, at + max(2, (size - at) // 2)) if at < size else size
                _send_until_killed(running, path, at, data, until, chance.random() * LATE_S)
        with servers(folder, folder) as running:
            at = running.tus.offset(path)
            answer = running.tus.send(path, at, data[at:])
            assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(size))
        assert offsets == sorted(offsets)
        stored = (folder / "library" / original_key(answer.headers["framecast-video"])).read_bytes()
        assert hashlib.sha256(stored).digest() == hashlib.sha256(data).digest()


def _send_until_killed(running: Servers, path: str, at: int, data: bytes, until: int, late_s: float) -> None:
    with running.tus.raw(path, at, len(data) - at) as connection:
        killed = threading.Event()
        try:
            connection.sendall(data[at:until])
            time.sleep(late_s)  # any moment is a good one to be killed
            running.kill()
            killed.set()
            connection.sendall(data[until:])
        except (TimeoutError, ConnectionError):
            assert killed.is_set()


def test_a_full_disk_ends_the_request_and_the_upload_goes_on_when_there_is_room(tmp_path: Path) -> None:
    """The database is on the same disk, which cannot take a byte more."""
    data = random.Random(5).randbytes(16 * MIB)
    with (
        small_disk(tmp_path, 48 * MIB) as disk,
        node(tmp_path),
        servers(tmp_path, disk.folder) as running,
    ):
        path = running.tus.begin(len(data))
        assert running.tus.send(path, 0, data[: 2 * MIB]).status_code == 204
        ballast = disk.fill(left=3 * MIB)
        full = running.tus.send(path, 2 * MIB, data[2 * MIB :])
        assert (full.status_code, full.json()["error"]) == (507, "NoSpace")
        assert (
            "make room, then continue the upload" in full.json()["message"]
            or "no room for" in full.json()["message"]
        )
        assert disk.free < MIB
        at = running.tus.offset(path)
        assert 2 * MIB <= at < len(data)
        assert partial(disk.folder, path).read_bytes()[:at] == data[:at]
        refused = running.tus.ask("POST", "/api/uploads", Upload_Length=str(4 * MIB))
        assert refused.status_code == 507
        ballast.unlink()
        at = running.tus.offset(path)
        done = running.tus.send(path, at, data[at:])
        assert done.status_code == 204, done.text
        video = done.headers["framecast-video"]
        assert (disk.folder / "library" / original_key(video)).read_bytes() == data


def test_what_was_promised_survives_the_loss_of_power(tmp_path: Path) -> None:
    """The disk is copied as it is without the memory of the kernel, right after the answer. A file that nobody has synced is the control: it is lost."""
    data = random.Random(6).randbytes(4 * MIB)
    with (
        small_disk(tmp_path, 48 * MIB) as disk,
        node(tmp_path),
        servers(tmp_path, disk.folder) as running,
    ):
        path = running.tus.begin(len(data))
        (disk.folder / "control").write_bytes(data)
        assert running.tus.send(path, 0, data[: 3 * MIB]).headers["upload-offset"] == str(3 * MIB)
        with disk.after_power_cut() as found:
            control = found / "control"
            assert not control.exists() or control.read_bytes() != data
            assert partial(found, path).read_bytes()[: 3 * MIB] == data[: 3 * MIB]
            again = tmp_path / "again"
            again.mkdir()
            with node(again), servers(again, found) as other:
                assert other.tus.offset(path) == 3 * MIB
                assert other.tus.send(path, 3 * MIB, data[3 * MIB :]).status_code == 204
