"""What is in a backup: everything that is not media, of one moment, the key last."""

from __future__ import annotations

import json
import sqlite3
import threading
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from framecast.errors import FramecastError
from framecast.model import StreamSpec
from framecast.node import backup, config
from framecast.node.saved import SavedStreams
from framecast.servers.access.links import Links


def node(folder: Path) -> config.Config:
    """The folder of a node with a bit of everything."""
    data = folder / "data"
    SavedStreams(data).put(StreamSpec.from_json("door", "rtsp://user:geheim@camera/1"))
    Links(data).issue("door")
    (folder / "token").write_text("0123456789abcdef0123456789abcdef\n")
    (folder / "server.key").write_text("k" * 40)
    (folder / "cert.pem").write_text("certificate")
    (folder / "framecast.yaml").write_text(
        "data_dir: data\naccess_token_file: token\nmedia_dirs: [/srv/films]\n"
        f"zmq: {{curve_secret_key_file: {folder}/server.key}}\n"
        "grpc: {tls_cert_file: cert.pem, tls_key_file: cert.pem}\nstreams: {gate: 'pattern:'}\n"
    )
    with closing(sqlite3.connect(data / "framecast.db")) as db:
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("CREATE TABLE t (n INTEGER)")
        db.execute("INSERT INTO t VALUES (7)")
        db.commit()
    return config.load(folder / "framecast.yaml")


def test_everything_is_in_it_and_certificates_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = node(tmp_path)
    (tmp_path / "data" / "folder").mkdir()
    done = backup.write(tmp_path / "b.zip", found, tmp_path)
    with zipfile.ZipFile(tmp_path / "b.zip") as whole:
        names = whole.namelist()
        manifest = json.loads(whole.read("manifest.json"))
        everything = b"".join(whole.read(name) for name in names)
    assert set(done.members) == set(names) - {"manifest.json"} == set(manifest["members"])
    assert {
        "data/streams.json",
        "data/links.json",
        "data/framecast.db",
        "data/secret.key",
        "config/framecast.yaml",
    } <= set(names)
    assert [name for name in names if name.startswith("data/")][-1] == "data/secret.key", (
        "no key is missing that another file needs"
    )
    assert sorted(manifest["files"].values()) == [
        str(tmp_path / "framecast.yaml"),
        str(tmp_path / "server.key"),
        "token",
    ]
    assert not [name for name in names if name.endswith((".lock", "-wal", "-shm"))]
    assert b"certificate" not in everything
    assert b"geheim" not in everything
    assert any("cert.pem: grpc.tls_cert_file" in one for one in done.left_out)
    assert any("folder: not a plain file" in one for one in done.left_out)
    assert done.has_key


def test_database_is_that_of_one_moment_while_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = node(tmp_path)
    stop, begun = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(found.data_dir / "framecast.db", timeout=60)) as db:
            number = 0
            while not stop.is_set():
                number += 1
                db.execute("INSERT INTO t VALUES (?)", (number,))
                db.execute("INSERT INTO t VALUES (?)", (-number,))
                db.commit()
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(60)
        backup.write(tmp_path / "b.zip", found, tmp_path)
    finally:
        stop.set()
        writer.join()
    with zipfile.ZipFile(tmp_path / "b.zip") as whole:
        whole.extract("data/framecast.db", tmp_path / "out")
    with closing(sqlite3.connect(tmp_path / "out" / "data" / "framecast.db")) as db:
        count, total = db.execute("SELECT count(*), sum(n) FROM t").fetchone()
    assert count > 1
    assert total == 7, "half a transaction is in it"


def test_file_that_cannot_be_read_is_an_error_and_leaves_no_backup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = node(tmp_path)
    (found.data_dir / "other.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with pytest.raises(FramecastError, match=r"other\.db"):
        backup.write(tmp_path / "b.zip", found, tmp_path)
    assert not [one for one in tmp_path.iterdir() if "b.zip" in one.name or one.name.startswith(".framecast")]


def test_large_file_and_link_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "MAX_FILE_BYTES", 10)
    (tmp_path / "film.mp4").write_bytes(b"x" * 11)
    (tmp_path / "link").symlink_to("/etc/passwd")
    (tmp_path / "small").write_bytes(b"x")
    names, other = backup.material(tmp_path)
    assert names == ["small"]
    assert [line.partition(": ")[2] for line in other] == ["larger than 0 MiB", "not a plain file"]
