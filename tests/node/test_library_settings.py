"""The section `library` of the configuration, and what servers are given of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from framecast.errors import Invalid
from framecast.node.config import load
from framecast.node.library_given import folder_of, library_of


def write(folder: Path, text: str) -> Path:
    path = folder / "framecast.yaml"
    path.write_text(text)
    return path


def test_defaults_are_a_folder_beside_the_database(tmp_path: Path) -> None:
    config = load(write(tmp_path, f"data_dir: {tmp_path}/data\n"))
    given = library_of(config)
    assert given is not None
    assert given.folder == folder_of(config) == tmp_path / "data/library"
    assert given.database == f"sqlite:///{tmp_path}/data/framecast.db"
    assert (given.max_upload_bytes, given.quota_bytes, given.daily_bytes) == (32 * 10**9, 100 * 10**9, None)
    assert (given.upload_expiry_s, given.bin_s, given.workers, given.has_ladder) == (
        86400,
        30 * 86400,
        None,
        True,
    )
    assert given.s3 is None
    assert not given.folder.exists()


def test_library_that_is_turned_off_is_given_to_nobody(tmp_path: Path) -> None:
    assert library_of(load(write(tmp_path, "library: {enabled: false}"))) is None


def test_s3_comes_from_file_and_environment_and_its_secret_from_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("hush-hush\n")
    monkeypatch.setenv("FRAMECAST_LIBRARY__S3__BUCKET", "from-the-environment")
    monkeypatch.setenv("FRAMECAST_LIBRARY__MAX_UPLOAD_GB", "0.5")
    text = f"library: {{quota_gb: null, s3: {{bucket: videos, access_key: me, secret_key_file: {tmp_path}/secret, prefix: a/b/}}}}"
    config = load(write(tmp_path, text))
    given = library_of(config)
    assert given is not None
    assert given.s3 is not None
    assert (given.s3.bucket, given.s3.prefix, given.s3.secret_key) == (
        "from-the-environment",
        "a/b",
        "hush-hush",
    )
    assert (given.quota_bytes, given.max_upload_bytes) == (None, 500_000_000)
    assert "hush" not in repr(config) + repr(given)
    (tmp_path / "secret").unlink()
    with pytest.raises(Invalid, match=r"library\.s3\.secret_key_file"):
        library_of(config)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("s3: {buket: videos}", "unknown key 'library.s3.buket'.*bucket"),
        ("ladders: true", "unknown key 'library.ladders'.*ladder"),
        ("s3: {bucket: UPPER}", "library.s3.bucket must be the name of a bucket"),
        ("s3: {endpoint: 'https://s3.example'}", "bucket is missing"),
        ("s3: {bucket: videos, access_key: a}", "belong together"),
        ("s3: {bucket: videos, access_key: a, secret_key: b, secret_key_file: c}", "same setting"),
        ("s3: {bucket: videos, endpoint: 'ftp://s3.example'}", "address of an S3 server"),
        ("s3: {bucket: videos, endpoint: 'https://u:p@s3.example'}", "address of an S3 server"),
        ("s3: {bucket: videos, prefix: ../a}", "a key must be"),
        ("quota_gb: -1", "quota_gb must be"),
        ("max_upload_gb: .inf", "max_upload_gb must be"),
        ("workers: 65", "workers must be"),
    ],
)
def test_wrong_values_are_refused_by_key(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match=message):
        load(write(tmp_path, f"library: {{{text}}}"))
