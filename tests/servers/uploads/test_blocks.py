"""The blocks between the network and the disk: their order, their bound, and what a failure stops."""

from __future__ import annotations

import asyncio
import threading

import pytest

from framecast.servers.access.crew import Crew
from framecast.servers.uploads.blocks import BLOCK_BYTES, Blocks

pytestmark = pytest.mark.anyio


class Disk:
    """Writes what the test lets it write."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.free = threading.Semaphore(0)
        self.calls = 0
        self.fails_at = -1

    def write(self, block: memoryview) -> None:
        assert self.free.acquire(timeout=60)
        self.calls += 1
        if self.calls == self.fails_at:
            raise OSError("once")
        self.written += block


@pytest.fixture
def disk() -> Disk:
    return Disk()


async def fill(blocks: Blocks, number: int) -> None:
    """Fill a block with a number."""
    room = await blocks.room()
    room[:] = bytes([number]) * len(room)
    blocks.filled(len(room))


async def test_blocks_are_written_in_their_order_whatever_their_size(disk: Disk) -> None:
    blocks, expected = Blocks(Crew("test", 2), disk.write), b""
    disk.free.release(100)
    for number in range(20):
        room = await blocks.room()
        count = min(len(room), 100_000 * number + 1)
        room[:count] = bytes([number]) * count
        blocks.filled(count)
        expected += bytes([number]) * count
    await blocks.pass_on()
    await blocks.written()
    assert disk.written == expected


async def test_nobody_gets_room_while_the_disk_has_all_blocks(disk: Disk) -> None:
    blocks = Blocks(Crew("test", 2), disk.write)
    for number in range(4):
        await fill(blocks, number)
    waiting = asyncio.ensure_future(blocks.room())
    for _ in range(100):
        await asyncio.sleep(0)
    assert not waiting.done()
    disk.free.release()
    assert len(await waiting) == BLOCK_BYTES
    disk.free.release(100)
    await blocks.written()
    assert disk.written == b"".join(bytes([number]) * BLOCK_BYTES for number in range(4))


async def test_nothing_is_written_after_a_failure(disk: Disk) -> None:
    blocks = Blocks(Crew("test", 2), disk.write)
    disk.fails_at = 2
    disk.free.release(100)
    for number in range(3):
        await fill(blocks, number)
    await blocks.pass_on()
    with pytest.raises(OSError, match="once"):
        await blocks.written()
    with pytest.raises(OSError, match="once"):
        await blocks.written()
    assert disk.calls == 2
    assert disk.written == bytes(BLOCK_BYTES)
