"""A certificate and its key from real files: what fits, what does not, and what happens when they change."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from framecast.errors import Invalid
from framecast.servers.certificate import LOOK_S, MAX_BYTES, Certificate, load
from tests.support import needs
from tests.support.tls import certificate


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_(self) -> None:
        self.now += LOOK_S


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pairs `1` and `2` of different kinds."""
    folder = tmp_path_factory.mktemp("pairs")
    certificate(folder, "1")
    certificate(folder, "2", "rsa")
    return folder


def use(pairs: Path, number: int, folder: Path, only: str = "") -> None:
    """Put a pair where the certificate is, each file at once, as programs that renew certificates do."""
    for name in ("cert.pem", "key.pem"):
        if only in name:
            shutil.copy(pairs / f"{number}{name}", folder / "new")
            os.replace(folder / "new", folder / name)


def test_pair_is_read_again_when_it_has_changed_and_rests(pairs: Path, tmp_path: Path) -> None:
    use(pairs, 1, tmp_path)
    clock = Clock()
    found = Certificate(tmp_path / "cert.pem", tmp_path / "key.pem", clock)
    first = found.pair
    clock.pass_()
    assert not found.refresh()
    use(pairs, 2, tmp_path)
    assert not found.refresh(), "it was looked at in this second"
    assert found.pair is first
    clock.pass_()
    assert found.is_due
    assert found.refresh()
    assert found.pair.certificate == (pairs / "2cert.pem").read_bytes()
    assert found.pair.context is not first.context


def test_pair_that_does_not_fit_keeps_the_one_before_and_says_so_once(
    pairs: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    use(pairs, 1, tmp_path)
    clock = Clock()
    found = Certificate(tmp_path / "cert.pem", tmp_path / "key.pem", clock)
    first = found.pair
    use(pairs, 2, tmp_path, only="cert")
    with caplog.at_level(logging.ERROR, "framecast.tls"):
        for _ in range(3):
            clock.pass_()
            assert not found.refresh()
    assert found.pair is first
    (said,) = caplog.messages
    assert "the last good one stays" in said
    assert "key.pem" in said
    (tmp_path / "key.pem").unlink()
    clock.pass_()
    assert not found.refresh()
    assert found.pair is first
    use(pairs, 2, tmp_path, only="key")
    clock.pass_()
    assert found.refresh()


def test_what_is_wrong_with_a_pair_is_said_and_no_secret(pairs: Path, tmp_path: Path) -> None:
    cert, key = pairs / "1cert.pem", pairs / "1key.pem"
    locked = tmp_path / "locked.pem"
    subprocess.run(
        [needs.openssl(), "pkey", "-in", str(key), "-aes256", "-passout", "pass:x", "-out", str(locked)],
        check=True,
        timeout=60,
    )
    large = tmp_path / "large.pem"
    large.write_bytes(b"x" * (MAX_BYTES + 1))
    empty = tmp_path / "empty.pem"
    empty.write_text("")
    for paths, words in (
        ((cert, pairs / "2key.pem"), "is not the key of the certificate"),
        ((cert, locked), "is a key with a password"),
        ((cert, tmp_path / "none.pem"), "none.pem cannot be read: No such file"),
        ((tmp_path, key), "cannot be read: Is a directory"),
        ((large, key), "larger than 1 MiB"),
        ((empty, key), "has no certificate"),
        ((key, key), "has no certificate"),
        ((cert, cert), "cannot be used for TLS"),
    ):
        with pytest.raises(Invalid, match=words) as refused:
            load(*paths)
        assert "BEGIN PRIVATE" not in str(refused.value)
    assert key.read_text().splitlines()[1] not in repr(load(cert, key))
