"""A partial upload on the disk: what was promised stays, what was not goes, one writes at a time, a full disk loses nothing."""

import errno
import hashlib
import os
import random
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from framecast.errors import Conflict, Invalid, NoSpace, NotFound
from framecast.library.upload_file import (
    UploadFile,
    Waiting,
    check_room,
    create_file,
    remove_file,
    upload_path,
)

DATA = random.Random(1).randbytes(3 << 20)
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = upload_path(tmp_path / "uploads", "A" * 22)
    create_file(found)
    return found


def opened(path: Path, noted: int = 0, size: int = len(DATA)) -> UploadFile:
    return UploadFile(path, size, noted)


def test_an_upload_in_two_parts_has_the_hash_of_the_whole(path: Path) -> None:
    with opened(path) as file:
        file.append(DATA[:1000])
        file.append(memoryview(DATA)[1000:2000])
        noted = file.sync()
    assert noted == 2000
    with opened(path, noted) as file:
        assert (file.offset, file.is_complete) == (2000, False)
        file.append(DATA[2000:])
        assert not file.is_complete  # it is written, but nobody may rely on it
        file.sync()
        assert file.is_complete
        assert file.digest() == SHA
    assert path.read_bytes() == DATA
    assert path.stat().st_mode & 0o777 == 0o600


def test_what_was_not_promised_is_cut_off_and_a_lost_end_is_seen(path: Path) -> None:
    with opened(path) as file:
        file.append(DATA[:5000])
        noted = file.sync()
        file.append(DATA[5000:9000])
    with opened(path, noted) as file:
        assert file.offset == 5000
    assert path.stat().st_size == 5000
    os.truncate(path, 3000)  # the disk has less than the database says
    with opened(path, noted) as file:
        assert file.offset == file.durable == 3000
        file.append(DATA[3000:])
        assert file.digest() == SHA


def test_the_hash_catches_up_beside_a_writer(path: Path) -> None:
    path.write_bytes(DATA[: 2 << 20])
    with opened(path, 2 << 20) as file:
        file.append(DATA[2 << 20 : (2 << 20) + 7])
        while file.catch_up():
            pass
        file.append(DATA[(2 << 20) + 7 :])
        assert file.digest() == SHA


def test_a_block_with_a_wrong_checksum_is_dropped(path: Path) -> None:
    with opened(path) as file:
        file.append(DATA[:100])
        file.sync()
        file.mark()
        file.append(b"x" * 50)
        file.roll_back()
        assert (file.offset, path.stat().st_size) == (100, 100)
        file.append(DATA[100:200])
        file.sync()
        with pytest.raises(Invalid, match="durable up to 200"):
            file.roll_back()
        file.append(DATA[200:])
        assert file.digest() == SHA


def test_an_upload_gets_no_more_bytes_than_it_has(path: Path) -> None:
    with opened(path, size=10) as file:
        file.append(b"123456789")
        with pytest.raises(Invalid, match="an upload of 10 bytes cannot get 2 bytes at offset 9"):
            file.append(b"ab")
        file.append(b"a")
        assert file.offset == 10


def test_one_process_writes_an_upload_and_learns_that_another_waits(path: Path) -> None:
    file = opened(path)
    with pytest.raises(Conflict, match="another process"):
        opened(path)
    assert not file.is_wanted
    script = "import sys; from pathlib import Path; from framecast.library.upload_file import UploadFile, Waiting\n"
    script += "waiting = Waiting(Path(sys.argv[1])); print(flush=True); sys.stdin.readline()\n"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        other.stdout.readline()
        assert file.is_wanted
        other.communicate(b"\n")
    assert not file.is_wanted
    file.close()
    file.close()
    opened(path).close()


def test_the_lock_of_a_killed_process_is_free(path: Path) -> None:
    script = (
        "import sys, signal; from pathlib import Path; from framecast.library.upload_file import UploadFile\n"
    )
    script += (
        "file = UploadFile(Path(sys.argv[1]), 10, 0); file.append(b'12'); print(flush=True); signal.pause()\n"
    )
    with subprocess.Popen([sys.executable, "-c", script, str(path)], stdout=subprocess.PIPE) as other:
        assert other.stdout
        other.stdout.readline()
        with pytest.raises(Conflict):
            opened(path)
        other.send_signal(signal.SIGKILL)
        other.wait()
        with opened(path) as file:
            assert file.offset == 0  # it was written, but never promised


def test_a_full_disk_loses_nothing(path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with opened(path) as file:
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
            file.append(DATA[:1000])
            with pytest.raises(NoSpace, match="make room, then continue"):
                file.append(DATA[1000:])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert file.offset == 1 << 20  # what fitted counts
        file.sync()
        file.append(DATA[file.offset :])
        file.sync()
        assert (file.is_complete, file.digest()) == (True, SHA)


def test_the_floor_of_the_disk_holds_while_it_grows(path: Path) -> None:
    free = 200
    with UploadFile(path, 1000, 0, floor=100, free=lambda _folder: free) as file:
        file.append(bytes(100))
    with UploadFile(path, 1000, 0, floor=100, free=lambda _folder: free) as file:
        with pytest.raises(NoSpace, match="100 of them must stay free") as caught:
            file.append(bytes(101))
        assert file.offset == 0
        assert caught.value.fields == {"free": 200, "floor": 100}
    check_room(path.parent, 100, 100, lambda _folder: 200)
    with pytest.raises(NoSpace):
        check_room(path.parent, 101, 100, lambda _folder: 200)


def test_another_failure_of_the_disk_keeps_its_own_words(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with opened(path) as file:
        monkeypatch.setattr(os, "pwrite", fail)
        with pytest.raises(OSError, match="Input/output") as caught:
            file.append(b"x")
        assert not isinstance(caught.value, NoSpace)
        monkeypatch.undo()
        file.append(b"x")


@pytest.mark.parametrize(
    "hostile", ["", "..", "../../etc/passwd", "a/b", "a" * 15, "a" * 65, "ä" * 20, "A" * 22 + "\n"]
)
def test_nothing_but_an_id_becomes_a_path(tmp_path: Path, hostile: str) -> None:
    with pytest.raises(NotFound):
        upload_path(tmp_path, hostile)
    assert upload_path(tmp_path, "A" * 22) == tmp_path / ("A" * 22)


def test_a_link_in_place_of_the_file_is_not_followed(path: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"precious")
    remove_file(path)
    remove_file(path)
    with pytest.raises(NotFound, match="is gone"):
        opened(path)
    with pytest.raises(NotFound, match="is gone"):
        Waiting(path)
    path.symlink_to(target)
    with pytest.raises(OSError, match="symbolic"):
        opened(path)
    with pytest.raises(FileExistsError):
        create_file(path)
    assert target.read_bytes() == b"precious"


def test_what_the_disk_has_lost_once_is_never_promised(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with opened(path) as file:
        file.append(DATA[:100])
        file.sync()
        file.append(DATA[100:200])
        monkeypatch.setattr(os, "fdatasync", fail)
        with pytest.raises(NoSpace):
            file.sync()
        monkeypatch.undo()
        with pytest.raises(OSError, match="No space"):
            file.sync()
        assert (file.durable, file.running) == (100, None)
    with opened(path, 100) as file:
        file.append(DATA[100:])
        file.sync()
        assert (file.is_complete, file.digest()) == (True, SHA)


def test_the_hash_of_the_last_writer_is_used_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(path) as file:
        file.append(DATA[:1000])
        file.sync()
        running = file.running
    monkeypatch.setattr(os, "pread", None)  # nothing is read
    with UploadFile(path, len(DATA), 1000, running=running) as file:
        assert not file.is_behind
        file.append(DATA[1000:])
        assert file.digest() == SHA
    monkeypatch.undo()
    with UploadFile(path, 500, 500, running=running) as file:  # it has seen more than was promised
        assert file.digest() == hashlib.sha256(DATA[:500]).hexdigest()
