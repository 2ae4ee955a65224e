"""Streams and readers that come and go a hundred times leave a node as it was."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import framecast
from framecast.bus import Channel
from framecast.errors import Ended
from framecast.media.testpicture import read_blocks
from tests.system.house import House, pools

WARM_UP, CYCLES = 10, 100
JOBS = 64
# What an allocator may keep; a leak of one picture (86 kB) or one connection a cycle would be more.
SLACK_BYTES = 4 << 20


@pytest.mark.timeout(240)
def test_a_hundred_streams_and_readers_that_came_and_went_left_nothing(tmp_path: Path) -> None:
    with House(tmp_path, "stays=pattern:?size=320x180&fps=25&id=1") as house:
        fill_pool(house)
        for number in range(WARM_UP):
            cycle(house, number)
        before = house.at_rest()
        assert not pools("visitor1")
        for number in range(CYCLES):
            cycle(house, number)
        after = house.at_rest()
        assert not pools("visitor1")
    assert after.processes == before.processes
    assert after.descriptors <= before.descriptors
    assert after.threads <= before.threads
    assert after.own_bytes <= before.own_bytes + SLACK_BYTES, (before, after)
    assert len(os.listdir("/proc/self/fd")) < 100


def fill_pool(house: House) -> None:
    """Let the node start all threads of its pool: otherwise it starts them one by one, when two of its jobs happen to meet."""
    with Channel.connect(house.runtime / "node.sock") as channel:
        for number in range(JOBS):
            channel.send({"op": "links", "id": number})
        for _ in range(JOBS):
            assert "links" in channel.wait(20).fields


def cycle(house: House, number: int) -> None:
    """Add a stream, read it and another, and take it away; every other time under the readers' feet."""
    name, wanted = f"visitor{number % 7}", 2 + number
    house.client.put(name, f"pattern:?size=320x180&fps=50&id={wanted}&audio=0", idle_s=0)
    with framecast.open(name, node=house.runtime) as reader:
        blocks = read_blocks(reader.read(20).gray)
        assert blocks is not None
        assert blocks.stream_id == wanted
        if number % 5 == 0:
            with framecast.open("stays", node=house.runtime, format="gray", size=(160, 0)) as other:
                other.read(20)
        if number % 2:
            house.client.delete(name)
            read_until_removed(reader)
    if not number % 2:
        house.client.delete(name)


def read_until_removed(reader: framecast.Reader) -> None:
    try:
        while True:
            reader.read(20)
    except Ended:
        return
