"""How the bytes of one request become durable, whatever ends the request."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from framecast.errors import Conflict, Invalid, NoSpace
from framecast.library.upload_file import UploadFile, create_file
from framecast.model.video_job import Upload
from framecast.servers.access.crew import Crew
from framecast.servers.uploads import hold as hold_module
from framecast.servers.uploads.blocks import BLOCK_BYTES
from framecast.servers.uploads.checksum import Checksum, ChecksumMismatch
from framecast.servers.uploads.hold import Hold
from framecast.servers.uploads.parts import Parts

pytestmark = pytest.mark.anyio

DATA = random.Random(2).randbytes(5 * BLOCK_BYTES + 77)


class Lost(Exception):
    """The connection of a client is gone."""


class Desk:
    """An upload of DATA, and what the database knows of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.crew = Crew("test", 3)
        self.noted: list[int] = []
        self.free = 1 << 40
        create_file(path)

    def hold(self) -> Hold:
        noted = self.noted[-1] if self.noted else 0
        file = UploadFile(self.path, len(DATA), noted, free=lambda _folder: self.free)
        upload = Upload("u", None, "v", len(DATA), noted, "a.mp4", {}, 0, time.time() + 100)
        return Hold(upload, file, self.crew, self.note)

    async def note(self, offset: int) -> None:
        # Nothing is promised that the disk does not have.
        assert self.path.stat().st_size >= offset
        self.noted.append(offset)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / ("A" * 22))


def pieces(data: bytes, size: int = 65536, lost: bool = False) -> Parts:
    return Parts(_pieces(data, size, lost))


async def _pieces(data: bytes, size: int, lost: bool) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at : at + size]
    if lost:
        raise Lost


async def test_all_that_came_is_durable_when_it_ends(desk: Desk) -> None:
    hold = desk.hold()
    await hold.receive(pieces(DATA, 65_521))
    assert (hold.offset, hold.is_complete, desk.noted[-1]) == (len(DATA), True, len(DATA))
    assert hold.file.digest() == hashlib.sha256(DATA).hexdigest()
    await hold.close()
    assert desk.path.read_bytes() == DATA


async def test_a_long_body_is_noted_on_its_way(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold_module, "SYNC_BYTES", BLOCK_BYTES)
    monkeypatch.setattr(hold_module, "SYNC_S", 0)
    hold = desk.hold()

    async def slower_than_the_disk() -> AsyncIterator[bytes]:
        for at in range(0, len(DATA), 65536):
            while at - hold.file.offset > 2 * BLOCK_BYTES:  # noqa: ASYNC110
                await asyncio.sleep(0.001)  # the thread of the disk says nothing
            yield DATA[at : at + 65536]

    await hold.receive(Parts(slower_than_the_disk()))
    await hold.close()
    assert len(desk.noted) >= 2
    assert desk.noted == sorted(desk.noted)


async def test_what_came_before_the_connection_was_lost_stays(desk: Desk) -> None:
    hold = desk.hold()
    with pytest.raises(Lost):
        await hold.receive(pieces(DATA[:-99], lost=True))
    await hold.close()
    assert desk.noted[-1] == len(DATA) - 99
    again = desk.hold()
    await again.receive(pieces(DATA[-99:]))
    await again.close()
    assert desk.path.read_bytes() == DATA


async def test_a_body_with_a_checksum_counts_as_a_whole_or_not_at_all(desk: Desk) -> None:
    hold = desk.hold()
    await hold.receive(pieces(DATA[:100]))
    await hold.close()
    text = f"sha1 {base64.b64encode(hashlib.sha1(DATA[100:], usedforsecurity=False).digest()).decode()}"
    for wrong, lost, error in ((b"x" * 2_000_000, False, ChecksumMismatch), (DATA[100:], True, Lost)):
        hold = desk.hold()
        with pytest.raises(error):
            await hold.receive(pieces(wrong, lost=lost), Checksum.parse(text))
        await hold.close()
        assert desk.noted[-1] == desk.path.stat().st_size == 100
    hold = desk.hold()
    await hold.receive(pieces(DATA[100:]), Checksum.parse(text))
    await hold.close()
    assert desk.path.read_bytes() == DATA


async def test_a_full_disk_ends_the_request_and_keeps_what_fitted(desk: Desk) -> None:
    hold = desk.hold()
    desk.free = BLOCK_BYTES - 1
    with pytest.raises(NoSpace):
        await hold.receive(pieces(DATA))
    await hold.close()
    kept = desk.noted[-1] if desk.noted else 0
    assert desk.path.read_bytes() == DATA[:kept]
    desk.free = 1 << 40
    hold = desk.hold()
    await hold.receive(pieces(DATA[kept:]))
    await hold.close()
    assert desk.path.read_bytes() == DATA


async def test_a_block_after_one_that_failed_is_not_written(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would stand where the lost one belongs."""
    hold, real, count = desk.hold(), UploadFile.append, 0

    def fail_once(file: UploadFile, data: memoryview) -> None:
        nonlocal count
        count += 1
        if count == 2:
            real(file, data[:1000])
            raise OSError("once")
        real(file, data)

    monkeypatch.setattr(UploadFile, "append", fail_once)
    with pytest.raises(OSError, match="once"):
        await hold.receive(pieces(DATA))
    await hold.close()
    assert desk.noted[-1] == BLOCK_BYTES + 1000
    assert desk.path.read_bytes() == DATA[: BLOCK_BYTES + 1000]


async def test_a_body_that_is_too_long_ends_at_the_size_of_the_upload(desk: Desk) -> None:
    hold = desk.hold()
    with pytest.raises(Invalid, match="more bytes than are missing"):
        await hold.receive(pieces(DATA + bytes(65536)))
    await hold.close()
    assert desk.noted[-1] <= len(DATA)
    assert desk.path.read_bytes() == DATA[: desk.noted[-1]]


async def test_a_request_ends_when_another_one_wants_the_upload(desk: Desk) -> None:
    hold = desk.hold()

    async def wanted() -> AsyncIterator[bytes]:
        yield DATA[:1000]
        hold.end()
        yield DATA[1000:2000]

    with pytest.raises(Conflict, match="is interrupted"):
        await hold.receive(Parts(wanted()))
    await hold.close()
    assert desk.noted == [2000], "what has come is kept"


async def test_the_hash_of_a_resumed_upload_is_that_of_the_whole(desk: Desk) -> None:
    hold = desk.hold()
    await hold.receive(pieces(DATA[:3_000_000]))
    await hold.close()
    hold = desk.hold()
    assert hold.file.is_behind
    await hold.receive(pieces(DATA[3_000_000:]))
    assert hold.file.digest() == hashlib.sha256(DATA).hexdigest()
    await hold.close()
