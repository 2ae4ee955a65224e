"""A restore that is killed at any step: the next start of a node sees the old files or the new ones, never some of each."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from framecast.errors import FramecastError
from framecast.node import restoring

OLD = {
    "streams.json": "old",
    "secret.key": "old",
    "framecast.db": "old",
    "framecast.db-wal": "old",
    "extra": "old",
}
NEW = {"streams.json": "new", "secret.key": "new", "framecast.db": "new", "links.json": "new"}


def begin(folder: Path) -> Path:
    data = folder / "data"
    data.mkdir()
    for name, content in OLD.items():
        (data / name).write_text(content)
    (folder / "framecast.yaml").write_text("old")
    return data


def work(data: Path) -> None:
    """A whole restore."""
    folder = restoring.staging(data)
    for name, content in NEW.items():
        (folder / "data" / name).write_text(content)
    for name in ("framecast.yaml", "0-token"):
        (folder / "config" / name).write_text("new")
    places = {"0-token": data.parent / "token", "framecast.yaml": data.parent / "framecast.yaml"}
    restoring.commit(data, sorted(OLD), places, "before-restore")
    restoring.finish(data)


def contents(data: Path) -> dict[str, str]:
    files = [*data.iterdir(), data.parent / "framecast.yaml", data.parent / "token"]
    return {one.name: one.read_text() for one in files if one.is_file() and one.suffix != ".lock"}


BEFORE = {**OLD, "framecast.yaml": "old"}
AFTER = {**NEW, "framecast.yaml": "new", "token": "new"}


def test_whole_restore_replaces_everything_and_keeps_the_old(tmp_path: Path) -> None:
    data = begin(tmp_path)
    work(data)
    assert contents(data) == AFTER
    assert {one.name: one.read_text() for one in (data / "before-restore").iterdir()} == BEFORE
    assert not restoring.finish(data)


def killed_at_call(data: Path, number: int) -> bool:
    """Restore in a child that is killed before its call number so of the system that changes a disk; False if it needs fewer."""
    pid = os.fork()
    if pid == 0:
        count = 0

        def hook(event: str, _: object) -> None:
            nonlocal count
            if event in (
                "open",
                "os.rename",
                "os.remove",
                "os.rmdir",
                "os.mkdir",
                "os.link",
                "shutil.rmtree",
            ):
                count += 1
                if count == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(hook)
            work(data)
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def test_death_at_any_step_leaves_all_of_the_old_or_all_of_the_new(tmp_path: Path) -> None:
    seen = set()
    for number in range(1, 500):
        folder = tmp_path / str(number)
        folder.mkdir()
        data = begin(folder)
        if not killed_at_call(data, number):
            break
        restoring.finish(data)
        found = contents(data)
        assert found in (BEFORE, AFTER), number
        seen.add(found == AFTER)
        work(data)
        assert contents(data) == AFTER, f"the next restore, after a death at {number}"
    else:
        raise AssertionError("the restore never ended")
    assert seen == {False, True}
    assert number > 20


def test_end_that_fails_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = begin(tmp_path)
    (tmp_path / "token").mkdir()
    with pytest.raises(FramecastError, match="could not be finished"):
        work(data)
    (tmp_path / "token").rmdir()
    assert restoring.finish(data)
    assert contents(data) == AFTER
