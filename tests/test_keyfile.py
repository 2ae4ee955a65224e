"""The key file: made once, whole or not at all, refused when others can read it; a sealed text opens for its use only."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from framecast import keyfile, private_file
from framecast.errors import Denied, FramecastError, Invalid, NotFound
from framecast.keyfile import KeyFile, is_sealed

URL = "rtsp://admin:p@ss wörd@[2001:db8::7]:554/1"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> KeyFile:
    return KeyFile(tmp_path_factory.mktemp("keys"))


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_what_was_sealed_is_opened_and_does_not_show(shared: KeyFile, text: str) -> None:
    sealed = shared.seal(text, "source:door")
    assert is_sealed(sealed)
    assert sealed.isascii()
    assert shared.unseal(sealed, "source:door") == text
    assert len(text) < 4 or text not in sealed


def test_nothing_is_made_before_the_first_secret(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path / "data")
    assert keys.ids() == []
    assert not (tmp_path / "data").exists()
    keys.seal(URL, "source:door")
    assert keys.path.stat().st_mode & 0o777 == 0o600
    assert keys.path.parent.stat().st_mode & 0o777 == 0o700


def test_library_is_imported_at_the_first_use_only() -> None:
    code = "import sys; from framecast.keyfile import KeyFile, is_sealed; is_sealed('x'); print('nacl' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_text_opens_only_for_its_use_and_whole(shared: KeyFile) -> None:
    sealed = shared.seal(URL, "source:door")
    for other in (sealed[:-6] + "AAAA" + sealed[-2:], sealed[:40], sealed + "A", "sealed:", URL):
        with pytest.raises(Invalid) as caught:
            shared.unseal(other, "source:door")
        assert "p@ss" not in str(caught.value)
    with pytest.raises(Invalid, match="another use"):
        shared.unseal(sealed, "source:gate")


def test_two_seals_of_one_text_differ(shared: KeyFile) -> None:
    assert shared.seal(URL, "a") != shared.seal(URL, "a")


def test_new_key_seals_and_old_ones_open(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    before = keys.seal(URL, "a")
    name = keys.rotate()
    after = keys.seal(URL, "a")
    assert keys.ids()[-1] == name
    assert name in after
    assert name not in before
    assert keys.unseal(before, "a") == keys.unseal(after, "a") == URL
    assert keys.path.stat().st_mode & 0o777 == 0o600


def test_lost_key_is_named_and_another_one_is_no_harm(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    sealed = keys.seal(URL, "a")
    lost = keys.path.read_text()
    keys.path.unlink()
    keys.seal(URL, "a")
    with pytest.raises(NotFound, match="put back the file") as caught:
        keys.unseal(sealed, "a")
    assert str(caught.value.fields["key"]) in lost
    keys.path.write_text(keys.path.read_text() + lost)
    assert keys.unseal(sealed, "a") == URL


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    keys = KeyFile(tmp_path)
    sealed = keys.seal(URL, "a")
    keys.path.chmod(mode)
    for use in (lambda: keys.seal(URL, "a"), lambda: keys.unseal(sealed, "a"), keys.ids, keys.rotate):
        with pytest.raises(Denied, match=f"{mode:04o}.*chmod 600"):
            use()
    keys.path.chmod(0o400)
    assert keys.unseal(sealed, "a") == URL


def test_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = KeyFile(tmp_path)
    keys.seal(URL, "a")
    owner = keys.path.stat().st_uid
    if owner == 0:
        os.chown(keys.path, 4711, -1)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(Denied, match="belongs to the user"):
        keys.ids()


@pytest.mark.parametrize("content", [b"", b"# nothing\n", b"\xff\x00", b"abc def\n", b"x" * (1 << 20), b"{}"])
def test_damaged_file_is_refused_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    keys = KeyFile(tmp_path)
    keys.path.write_bytes(content)
    keys.path.chmod(0o600)
    with pytest.raises(Invalid, match="put back a good copy"):
        keys.seal(URL, "a")
    assert keys.path.read_bytes() == content


def test_key_with_one_wrong_letter_is_seen(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    keys.seal(URL, "a")
    text = keys.path.read_text().rstrip()
    keys.path.write_text(text[:-5] + ("A" if text[-5] != "A" else "B") + text[-4:])
    with pytest.raises(Invalid, match="line 3") as caught:
        keys.ids()
    assert text.split()[-1] not in str(caught.value)


def test_folder_pipe_or_device_in_its_place_is_refused(tmp_path: Path) -> None:
    keys = KeyFile(tmp_path)
    os.mkfifo(keys.path)
    with pytest.raises(Denied, match="regular file"):
        keys.seal(URL, "a")
    keys.path.unlink()
    keys.path.mkdir()
    with pytest.raises(Denied, match="regular file"):
        keys.ids()


def test_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FramecastError, match=r"cannot be (read|written)"):
        KeyFile(tmp_path / "file" / "data").seal(URL, "a")


def test_processes_and_threads_that_begin_at_once_share_one_key(tmp_path: Path) -> None:
    sealed: list[str] = []
    threads = [
        threading.Thread(target=lambda: sealed.append(KeyFile(tmp_path).seal(URL, "a"))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(KeyFile(tmp_path).ids()) == 1
    assert {KeyFile(tmp_path).unseal(one, "a") for one in sealed} == {URL}


def _killed_at(place: Callable[[Callable[[], None]], None], work: Callable[[], object]) -> None:
    """Do `work` in a child that is killed where `place` puts the blow."""
    pid = os.fork()
    if pid == 0:
        place(lambda: os.kill(os.getpid(), signal.SIGKILL))
        try:
            work()
        finally:
            os._exit(7)  # the blow did not fall
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)


def _at_fsync(kill: Callable[[], None]) -> None:
    os.fsync = lambda fd: kill()


def _before_rename(kill: Callable[[], None]) -> None:
    Path.replace = lambda *_: kill()  # type: ignore[assignment,method-assign]


def _after_rename(kill: Callable[[], None]) -> None:
    private_file.sync_folder = lambda folder: kill()


@pytest.mark.parametrize("place", [_at_fsync, _before_rename, _after_rename])
def test_death_at_any_step_leaves_the_old_keys_or_the_new(
    tmp_path: Path, place: Callable[[Callable[[], None]], None]
) -> None:
    keys = KeyFile(tmp_path)
    _killed_at(place, lambda: keys.seal(URL, "a"))
    assert len(keys.ids()) == (place is _after_rename)
    sealed = keys.seal(URL, "a")
    before = keys.ids()
    _killed_at(place, keys.rotate)
    assert keys.ids()[:1] == before
    assert len(keys.ids()) == 1 + (place is _after_rename)
    assert keys.unseal(sealed, "a") == URL
    keys.rotate()
    assert keys.path.stat().st_mode & 0o777 == 0o600


def test_command_adds_a_key_and_says_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert keyfile.main([]) == 2
    assert keyfile.main([str(tmp_path)]) == 0
    assert KeyFile(tmp_path).ids()[0] in capsys.readouterr().out
    KeyFile(tmp_path).path.chmod(0o644)
    assert keyfile.main([str(tmp_path)]) == 1
    assert "chmod 600" in capsys.readouterr().err
