"""Private files: what stands in them at any moment, and who may read them."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from framecast import private_file


def test_new_content_is_private_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    private_file.replace(path, "old")
    path.chmod(0o644)
    (tmp_path / "keys.new").write_text("of a process that was killed")
    private_file.replace(path, "ü")
    assert path.read_text(encoding="utf-8") == "ü"
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["keys.json"]


def test_old_content_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    private_file.replace(path, "old")
    seen: list[tuple[str, str]] = []
    private_file.replace(
        path, "new", lambda: seen.append((path.read_text(), path.with_suffix(".new").read_text()))
    )
    assert (seen, path.read_text()) == ([("old", "new")], "new")


@pytest.mark.parametrize("where", ["write", "before", "rename"])
def test_failure_changes_nothing(tmp_path: Path, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys.json"
    private_file.replace(path, "old")

    def fails(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    if where != "before":
        monkeypatch.setattr("os.fsync" if where == "write" else "pathlib.Path.replace", fails)
    with pytest.raises(OSError, match="No space"):
        private_file.replace(path, "new", fails if where == "before" else lambda: None)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["keys.json"]


def test_one_at_a_time_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "made" / "keys.json"
    with (
        private_file.locked(path),
        path.with_suffix(".lock").open("a") as other,
        pytest.raises(BlockingIOError),
    ):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert path.parent.stat().st_mode & 0o777 == 0o700
    with private_file.locked(path):
        pass
