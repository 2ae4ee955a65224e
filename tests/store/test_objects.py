"""Every store of objects keeps the same promises: a folder, and a bucket (here obstore's in memory; tests/soak has an S3 server)."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from obstore.store import MemoryStore

from framecast.errors import Broken, Denied, Invalid, NoSpace, NotFound
from framecast.store.bucket import BucketObjects
from framecast.store.objects import UNFINISHED, UNFINISHED_S, FolderObjects, Objects

KINDS: dict[str, Callable[[Path], Objects]] = {
    "folder": lambda folder: FolderObjects(folder / "objects"),
    "bucket": lambda _folder: BucketObjects(MemoryStore()),
}
KEY = "videos/AbC-_0/original"


@pytest.fixture(params=KINDS)
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> Objects:
    return KINDS[request.param](tmp_path)


def check_conformance(objects: Objects, folder: Path) -> None:
    """What `Objects` promises, in one store that is empty at the beginning."""
    for read in (objects.size, objects.read, lambda key: objects.fetch(key, folder / "out")):
        with pytest.raises(NotFound):
            read(KEY)
    assert not (folder / "out").exists()
    assert objects.delete("videos/AbC-_0") == 0
    objects.put(KEY, b"0123456789")
    assert objects.size(KEY) == 10
    assert (objects.read(KEY), objects.read(KEY, 3, 5), objects.read(KEY, 8)) == (b"0123456789", b"34", b"89")
    assert (objects.read(KEY, 8, 99), objects.read(KEY, 10, 12), objects.read(KEY, 4, 4)) == (b"89", b"", b"")
    with pytest.raises(Invalid):
        objects.read(KEY, 5, 4)
    objects.put(KEY, b"")
    assert (objects.size(KEY), objects.read(KEY)) == (0, b"")
    _check_files(objects, folder)
    _check_listing(objects)


def _check_files(objects: Objects, folder: Path) -> None:
    source = folder / "source"
    content = os.urandom(3 << 20)
    source.write_bytes(content)
    objects.put_file("videos/AbC-_0/g0123456789ab/main.mp4", source)
    assert source.read_bytes() == content, "a copy leaves the file"
    objects.take_file(KEY, source)
    assert not source.exists()
    objects.fetch(KEY, folder / "fetched")
    assert (folder / "fetched").read_bytes() == content == objects.read(KEY)
    path = objects.local_path(KEY)
    assert path is None or path.read_bytes() == content
    with pytest.raises(NotFound):
        objects.put_file(KEY, folder / "nothing")
    with pytest.raises(NotFound):
        objects.take_file(KEY, folder / "nothing")
    assert objects.size(KEY) == len(content), "what failed has changed nothing"


def _check_listing(objects: Objects) -> None:
    objects.put("videos/AbC-_0x/original", b"of another")
    found = {entry.key: entry.size for entry in objects.entries("videos/AbC-_0")}
    assert found == {KEY: 3 << 20, "videos/AbC-_0/g0123456789ab/main.mp4": 3 << 20}
    assert set(objects.keys("videos")) == {*found, "videos/AbC-_0x/original"}
    assert all(entry.changed_at > 1e9 for entry in objects.entries("videos"))
    assert objects.delete("videos/AbC-_0/g0123456789ab") == 1
    assert set(objects.keys("videos/AbC-_0")) == {KEY}
    assert objects.delete(KEY) == 1
    assert objects.delete(KEY) == 0
    assert list(objects.keys("videos")) == ["videos/AbC-_0x/original"], "only whole parts of a key count"
    assert objects.delete("videos") == 1
    assert list(objects.keys("videos")) == []
    objects.sweep()


def test_store_keeps_its_promises(objects: Objects, tmp_path: Path) -> None:
    check_conformance(objects, tmp_path)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "/",
        "/etc/passwd",
        "..",
        "a/../b",
        "a//b",
        "a/",
        ".hidden",
        "a/.b",
        "a\0b",
        "a b",
        "ä",
        "x" * 65,
        "a/" * 300 + "a",
    ],
)
def test_key_that_is_none_is_refused_everywhere(objects: Objects, key: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    uses: list[Callable[[], object]] = [
        lambda: objects.put(key, b"1"),
        lambda: objects.put_file(key, tmp_path / "file"),
        lambda: objects.take_file(key, tmp_path / "file"),
        lambda: objects.fetch(key, tmp_path / "out"),
        lambda: objects.read(key),
        lambda: objects.size(key),
        lambda: list(objects.entries(key)),
        lambda: list(objects.keys(key)),
        lambda: objects.delete(key),
        lambda: objects.local_path(key),
    ]
    for use in uses:
        with pytest.raises(Invalid):
            use()
    assert (tmp_path / "file").read_bytes() == b"1"


def test_files_of_a_folder_are_private_and_taken_by_renaming(tmp_path: Path) -> None:
    objects = FolderObjects(tmp_path / "objects")
    source = tmp_path / "source"
    source.write_bytes(b"1")
    number = source.stat().st_ino
    objects.take_file(KEY, source)
    assert objects.local_path(KEY).stat().st_ino == number
    assert objects.local_path(KEY).stat().st_mode & 0o777 == 0o600
    objects.fetch(KEY, tmp_path / "input")
    assert (tmp_path / "input").stat().st_ino == number
    objects.put("videos/b/original", b"2")
    assert objects.local_path("videos/b/original").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "objects/videos/b").stat().st_mode & 0o777 == 0o700
    assert objects.free_bytes() is not None
    objects.delete("videos/b")
    assert not (tmp_path / "objects/videos/b").exists(), "no empty folder stays"


def test_writer_that_dies_leaves_no_object_and_the_sweep_removes_the_rest(tmp_path: Path) -> None:
    now = [0.0]
    objects = FolderObjects(tmp_path / "objects", lambda: now[0])
    objects.put(KEY, b"old")
    left = tmp_path / "objects" / UNFINISHED / "left"
    left.write_bytes(b"half")
    assert objects.read(KEY) == b"old"
    assert list(objects.keys("videos")) == [KEY]
    now[0] = left.stat().st_mtime + UNFINISHED_S - 1
    objects.sweep()
    assert left.exists(), "its writer may still be at work"
    now[0] += 2
    objects.sweep()
    assert not left.exists()


@pytest.mark.parametrize(
    ("code", "kind"),
    [(errno.ENOSPC, NoSpace), (errno.EDQUOT, NoSpace), (errno.EIO, Broken), (errno.EACCES, Denied)],
)
def test_disk_that_fails_changes_nothing_and_says_why(
    code: int, kind: type[Exception], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    objects = FolderObjects(tmp_path / "objects")
    objects.put(KEY, b"old")

    def fail(_fd: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(kind):
            objects.put(KEY, b"new")
    assert objects.read(KEY) == b"old"
    assert list((tmp_path / "objects" / UNFINISHED).iterdir()) == []
