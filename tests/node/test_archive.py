"""The file of a backup: what comes from elsewhere is hostile, what is cut or changed is seen."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from framecast.errors import Conflict, Denied, Invalid
from framecast.node import archive

CONTENT = b"streams" * 500_000


@pytest.fixture(scope="module", autouse=True)
def cheap_guesses() -> Iterator[None]:
    """Passphrases at their real cost are in the test of the command."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "MEMORY_BYTES", 8 << 20)
        yield


def written(path: Path, passphrase: str | None = None) -> Path:
    with archive.created(path, passphrase) as out:
        writer = archive.Writer(out)
        writer.add("data/streams.json", io.BytesIO(CONTENT))
        writer.finish({"framecast": "1"})
    return path


def zipped(path: Path, *members: tuple[Any, bytes], manifest: object = None) -> Path:
    """An archive that Framecast would not write."""
    with zipfile.ZipFile(path, "w") as out:
        for name, content in members:
            out.writestr(name, content)
        if manifest is not None:
            out.writestr("manifest.json", manifest if isinstance(manifest, str) else json.dumps(manifest))
    return path


def entry(content: bytes = b"x") -> dict[str, object]:
    return {"sha256": "0" * 64, "bytes": len(content)}


def test_what_was_written_is_read_and_only_its_user_may_read_it(tmp_path: Path) -> None:
    path = written(tmp_path / "b.zip")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]
    with path.open("rb") as file:
        reader = archive.Reader(file)
        reader.extract("data/streams.json", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600
    assert reader.manifest["framecast"] == "1"


def test_file_that_exists_is_not_replaced_and_a_failure_leaves_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "b.zip")
    before = path.read_bytes()
    with pytest.raises(Conflict, match="choose another name"):
        written(path)
    assert path.read_bytes() == before
    with pytest.raises(KeyError), archive.created(tmp_path / "c.zip", None):
        raise KeyError
    assert [one.name for one in tmp_path.iterdir()] == ["b.zip"]


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("data/streams.json")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../evil", "leads elsewhere"),
        ("data/../../evil", "leads elsewhere"),
        ("/etc/passwd", "leads elsewhere"),
        ("data/a/b", "leads elsewhere"),
        ("data/.bashrc", "leads elsewhere"),
        ("data/..", "leads elsewhere"),
        ("data/", "leads elsewhere"),
        ("data/a\\b", "leads elsewhere"),
        ("data/a\nb", "leads elsewhere"),
        (link(), "a link"),
    ],
)
def test_name_that_leads_elsewhere_and_link_are_refused(tmp_path: Path, name: Any, why: str) -> None:
    text = name if isinstance(name, str) else name.filename
    path = zipped(tmp_path / "b", (name, b"x"), manifest={"format": 1, "members": {text: entry()}})
    with path.open("rb") as file, pytest.raises(Invalid, match=why):
        archive.Reader(file)


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        "{",
        "[]",
        "[" * 100_000,
        {"format": 1},
        {"format": 1, "members": []},
        {"format": 2, "members": {}},
        {"format": 1, "members": {}},
        {"format": 1, "members": {"data/a": {"sha256": 1, "bytes": 1}}},
        {"format": 1, "members": {"data/a": {"sha256": "x", "bytes": "1"}}},
        {"format": 1, "members": {"data/a": entry(), "data/b": entry()}},
    ],
)
def test_manifest_that_is_not_that_of_the_files_is_refused(tmp_path: Path, manifest: object) -> None:
    path = zipped(tmp_path / "b", ("data/a", b"x"), manifest=manifest)
    with path.open("rb") as file, pytest.raises(Invalid):
        archive.Reader(file)


def test_archive_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", len(CONTENT) - 1)
    with written(tmp_path / "b").open("rb") as file, pytest.raises(Invalid, match="unpacks to more"):
        archive.Reader(file)
    monkeypatch.setattr(archive, "MAX_MEMBERS", 1)
    with written(tmp_path / "c").open("rb") as file, pytest.raises(Invalid, match="more than 1 files"):
        archive.Reader(file)


def test_file_that_is_no_archive_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"hello", b"PK\x03\x04" + b"\0" * 100, written(tmp_path / "b").read_bytes()[:-10]):
        with pytest.raises(Invalid, match="not a backup"):
            archive.Reader(io.BytesIO(content))


def test_wrong_checksum_or_size_is_seen(tmp_path: Path) -> None:
    for number, wrong in enumerate((entry(b"x"), entry(b"xy"), entry(b""))):
        path = zipped(
            tmp_path / f"b{number}", ("data/a", b"x"), manifest={"format": 1, "members": {"data/a": wrong}}
        )
        with path.open("rb") as file, pytest.raises(Invalid, match="damaged in data/a"):
            archive.Reader(file).extract("data/a", tmp_path / f"out{number}")


def test_flipped_byte_is_seen(tmp_path: Path) -> None:
    content = bytearray(written(tmp_path / "b").read_bytes())
    content[100] ^= 1
    with pytest.raises(Invalid):
        archive.Reader(io.BytesIO(bytes(content))).extract("data/streams.json", tmp_path / "out")


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(tmp_path_factory.mktemp("e") / "b", "correct horse").read_bytes()


def opened(content: bytes, passphrase: str = "correct horse") -> io.BytesIO:
    out = io.BytesIO()
    archive.decrypt(io.BytesIO(content), passphrase, cast(Any, out))
    out.seek(0)
    return out


def test_encrypted_backup_shows_nothing_and_opens_with_its_passphrase(
    encrypted: bytes, tmp_path: Path
) -> None:
    assert archive.is_encrypted(io.BytesIO(encrypted))
    assert not archive.is_encrypted(io.BytesIO(b"PK"))
    assert b"streams" not in encrypted
    archive.Reader(opened(encrypted)).extract("data/streams.json", tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == CONTENT
    with pytest.raises(Denied, match="passphrase"):
        opened(encrypted, "wrong horse")


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[:40],
        lambda content: content + b"x",
        lambda content: content[:-1] + b"x",
    ],
)
def test_encrypted_backup_that_is_cut_or_changed_is_refused(
    encrypted: bytes, damage: Callable[[bytes], bytes]
) -> None:
    with pytest.raises((Invalid, Denied)):
        opened(damage(encrypted))
