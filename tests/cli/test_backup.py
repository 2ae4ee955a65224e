"""`framecast backup` and `restore` with a real node: it runs meanwhile, and the restored one is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from framecast.node import restoring
from tests.cli.running import Node, run

PASSPHRASE = "correct horse battery"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a node that has a stream with a password and a link, with one plain backup and one encrypted one."""
    folder = tmp_path_factory.mktemp("old")
    (folder / "framecast.yaml").write_text("data_dir: data\nstreams: {gate: 'pattern:'}\n")
    with Node(folder) as node:
        assert node.command("add", "door", "-", given="rtsp://user:geheim@127.0.0.1:9/1\n").returncode == 0
        assert node.command("link", "door").returncode == 0
        elsewhere = folder / "elsewhere"
        elsewhere.mkdir()
        plain = node.command("backup", "plain.backup", cwd=elsewhere)
        assert plain.returncode == 0, plain.stderr
        assert "keep it secret" in plain.stdout
        locked = node.command(
            "backup", "locked.backup", "--passphrase", given=f"{PASSPHRASE}\n", cwd=elsewhere
        )
        assert locked.returncode == 0, locked.stderr
        assert "keep it secret" not in locked.stdout
        again = node.command("backup", "plain.backup", cwd=elsewhere)
        assert (again.returncode, "exists" in again.stderr) == (4, True)
        short = node.command("backup", "short.backup", "--passphrase", given="short\n", cwd=elsewhere)
        assert (short.returncode, "at least 8" in short.stderr) == (2, True)
        running = node.command(
            "restore", "elsewhere/plain.backup", "--force", "--data-dir", "data", cwd=folder
        )
        assert (running.returncode, "end it first" in running.stderr) == (4, True)
    return elsewhere


def test_files_are_private_and_show_no_password(saved: Path) -> None:
    assert sorted(one.name for one in saved.iterdir()) == ["locked.backup", "plain.backup"]
    for one in saved.iterdir():
        assert one.stat().st_mode & 0o777 == 0o600
        assert b"geheim" not in one.read_bytes()


def test_restored_node_has_the_streams_and_the_links(saved: Path, tmp_path: Path) -> None:
    for wrong in ("wrong horse battery\n", "\n"):
        refused = run(tmp_path, "restore", str(saved / "locked.backup"), given=wrong)
        assert refused.returncode in (2, 5), refused.stderr
        assert not (tmp_path / "data").exists() or not list((tmp_path / "data").glob("*.json"))
    done = run(tmp_path, "restore", str(saved / "locked.backup"), given=f"{PASSPHRASE}\n")
    assert done.returncode == 0, done.stderr
    assert PASSPHRASE not in done.stdout
    refused = run(tmp_path, "restore", str(saved / "plain.backup"))
    assert (refused.returncode, "--force" in refused.stderr) == (4, True)
    with Node(tmp_path) as node:
        streams = node.streams()
        assert set(streams) == {"door", "gate"}
        assert streams["door"]["source"] == "rtsp://***@127.0.0.1:9/1"
        assert "door" in node.command("links").stdout


def test_node_finishes_a_restore_that_was_killed(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "framecast.yaml").write_text("data_dir: data\nstreams: {old: 'pattern:'}\n")
    folder = restoring.staging(data)
    (folder / "data" / "streams.json").write_text('{"saved": {"source": "pattern:"}}')
    (folder / "config" / "framecast.yaml").write_text("data_dir: data\nstreams: {new: 'pattern:'}\n")
    restoring.commit(data, [], {"framecast.yaml": tmp_path / "framecast.yaml"}, "before-restore")
    with Node(tmp_path) as node:
        assert set(node.streams()) == {"saved", "new"}
    assert not (data / restoring.STAGED).exists()
