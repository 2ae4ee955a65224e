"""A restored node is the old one, on this machine or another; or nothing has changed."""

from __future__ import annotations

import io
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from framecast.errors import Conflict, Denied, FramecastError, Invalid
from framecast.model import StreamSpec
from framecast.model.room import Visitor
from framecast.node import archive, backup, config
from framecast.node.restore import Restored, default_data_dir, restore
from framecast.node.restored_rooms import renumber
from framecast.node.saved import SavedStreams
from framecast.rooms import open_rooms
from framecast.store.open import sqlite_url
from tests.node.test_backup import node


@pytest.fixture(scope="module", autouse=True)
def cheap_guesses() -> Iterator[None]:
    """Passphrases at their real cost are in the test of the command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "MEMORY_BYTES", 8 << 20)
        yield


def no_passphrase() -> str:
    raise AssertionError("it is not encrypted")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(one.relative_to(folder)): one.read_bytes()
        for one in folder.rglob("*")
        if one.is_file() and one.suffix != ".lock"
    }


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup of a node whose own folder is gone."""
    old = tmp_path / "old"
    old.mkdir()
    monkeypatch.chdir(old)
    SavedStreams(old / "data").put(StreamSpec.from_json("film", "/srv/films/none.mp4"))
    SavedStreams(old / "data").put(StreamSpec.from_json("desk", "/dev/video99"))
    backup.write(tmp_path / "b.zip", node(old), old)
    monkeypatch.chdir(tmp_path)
    shutil.rmtree(old)
    return tmp_path / "b.zip"


def restored(saved: Path, new: Path, monkeypatch: pytest.MonkeyPatch, **options: bool) -> Restored:
    new.mkdir(exist_ok=True)
    monkeypatch.chdir(new)
    return restore(saved, new / "data", new / "framecast.yaml", passphrase=no_passphrase, **options)


def test_restore_elsewhere_works_and_says_what_is_missing(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new"
    done = restored(saved, new, monkeypatch)
    assert SavedStreams(new / "data").load()["door"].source.reveal() == "rtsp://user:geheim@camera/1"
    assert config.load(new / "framecast.yaml").token() == "0123456789abcdef" * 2
    with closing(sqlite3.connect(new / "data" / "framecast.db")) as db:
        assert db.execute("SELECT n FROM t").fetchall() == [(7,)]
    assert {
        one.stat().st_mode & 0o777 for one in new.rglob("*") if one.is_file() and one.suffix != ".lock"
    } == {0o600}
    assert not [one for one in (new / "data").iterdir() if one.name.startswith((".restore", "before"))]
    lacks = "\n".join(done.lacks)
    for missing in (
        "/srv/films: a folder of media_dirs",
        "cert.pem: grpc.tls_cert_file",
        "old/server.key",
        "stream film: ",
        "no device /dev/video99",
    ):
        assert missing in lacks
    assert (new / "data" / "restored" / "0-server.key").exists() or list(
        (new / "data" / "restored").glob("*server.key")
    )


def test_rooms_of_a_restored_node_are_in_use_and_have_another_epoch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "old"
    (old / "data" / "rooms").mkdir(parents=True)
    monkeypatch.chdir(old)
    rooms = open_rooms(sqlite_url(old / "data" / "framecast.db"))
    sent = rooms.send("demo", Visitor(None, "x", "X", is_local=True), "kept", client_id="one")
    before = rooms.tail("demo")
    rooms.close()
    backup.write(tmp_path / "b.zip", node(old), old)
    new = tmp_path / "new"
    assert not [one for one in restored(tmp_path / "b.zip", new, monkeypatch).lacks if "rooms" in one]
    assert (new / "data" / "rooms").is_dir()
    rooms = open_rooms(sqlite_url(new / "data" / "framecast.db"))
    after = rooms.tail("demo")
    assert after.events == (sent.event,)
    assert after.epoch != before.epoch
    rooms.close()


def test_restored_database_without_rooms_stays_as_it_is(tmp_path: Path) -> None:
    assert not renumber(tmp_path / "none.db")
    (tmp_path / "damaged.db").write_bytes(b"SQLite format 3\0" * 100)
    assert not renumber(tmp_path / "damaged.db")
    with closing(sqlite3.connect(tmp_path / "other.db")) as db:
        db.execute("CREATE TABLE t (n)")
    assert not renumber(tmp_path / "other.db")


def test_default_folder_is_that_of_the_configuration(saved: Path, tmp_path: Path) -> None:
    assert (
        default_data_dir(saved, tmp_path / "x" / "framecast.yaml", no_passphrase) == tmp_path / "x" / "data"
    )


def test_nothing_is_replaced_without_force_and_old_files_are_kept_with_it(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new"
    SavedStreams(new / "data").put(StreamSpec.from_json("mine", "rtsp://me:mine@camera/2"))
    (new / "data" / "framecast.db-wal").write_bytes(b"of another database")
    (new / "framecast.yaml").write_text("port: 1\n")
    before = tree(new)
    with pytest.raises(Conflict, match="--force"):
        restored(saved, new, monkeypatch)
    assert tree(new) == before
    done = restored(saved, new, monkeypatch, force=True)
    assert done.kept is not None
    assert done.kept.stat().st_mode & 0o777 == 0o700
    assert tree(done.kept) == {name.removeprefix("data/"): content for name, content in before.items()}
    assert set(SavedStreams(new / "data").load()) == {"film", "desk", "door"}
    assert not (new / "data" / "framecast.db-wal").exists()
    SavedStreams(done.kept).load()
    assert SavedStreams(done.kept).load()["mine"].source.reveal() == "rtsp://me:mine@camera/2"


def test_hostile_or_damaged_backup_changes_nothing(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = tmp_path / "new"
    SavedStreams(new / "data").put(StreamSpec.from_json("mine", "pattern:"))
    before = tree(new)
    content = bytearray(saved.read_bytes())
    content[80] ^= 1
    saved.write_bytes(content)
    with pytest.raises(Invalid):
        restored(saved, new, monkeypatch, force=True)
    saved.write_text("no archive")
    with pytest.raises(Invalid):
        restored(saved, new, monkeypatch, force=True)
    with pytest.raises(Invalid, match="cannot be read"):
        restored(tmp_path / "nothing", new, monkeypatch, force=True)
    assert tree(new) == before


@pytest.mark.parametrize(
    "place", ["../../evil", "/etc/evil", ".ssh/authorized_keys", "a/../../evil", "a//b", "\n", ""]
)
def test_place_outside_of_the_folder_is_not_written(tmp_path: Path, place: str) -> None:
    with archive.created(tmp_path / "b.zip", None) as out:
        writer = archive.Writer(out)
        writer.add("config/0-evil", io.BytesIO(b"evil"))
        writer.finish({"files": {"config/0-evil": place}, "left_out": [1, "x" * 9999, "\x1b[2J"]})
    done = restore(
        tmp_path / "b.zip",
        tmp_path / "a" / "data",
        tmp_path / "a" / "framecast.yaml",
        passphrase=no_passphrase,
    )
    assert [path.relative_to(tmp_path) for path in tmp_path.rglob("*evil*")] == [
        Path("a/data/restored/0-evil")
    ]
    assert "\x1b" not in "".join(done.lacks)
    assert max(map(len, done.lacks)) < 1000


def test_passphrase_is_asked_for_when_it_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = node(tmp_path)
    backup.write(tmp_path / "b", found, tmp_path, "correct horse")
    with pytest.raises(Denied):
        restore(tmp_path / "b", tmp_path / "x", tmp_path / "y.yaml", passphrase=lambda: "wrong horse")
    done = restore(
        tmp_path / "b", tmp_path / "x", tmp_path / "sub" / "y.yaml", passphrase=lambda: "correct horse"
    )
    assert "data/secret.key" in done.members


def test_folder_that_cannot_be_written_is_said(saved: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FramecastError, match="nothing was changed"):
        restore(saved, tmp_path / "file" / "data", tmp_path / "y.yaml", passphrase=no_passphrase)
