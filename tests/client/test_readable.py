"""What every reader can do: iterate, wait, be awaited, be closed from elsewhere."""

from __future__ import annotations

import asyncio
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest

import framecast
from framecast.client.readable import Readable
from tests.client.nodes import TestNode

Opening = Callable[[framecast.Reader], Readable[Any]]
KINDS: dict[str, Opening] = {
    "frames": lambda stream: stream,
    "packets": lambda stream: stream.packets(audio=True),
    "fmp4": lambda stream: stream.fmp4(audio=True),
    "samples": lambda stream: stream.samples(),
}


@contextmanager
def opened(
    node: TestNode, kind: str, source: str = "pattern:?size=160x120&fps=25"
) -> Iterator[Readable[Any]]:
    with framecast.NodeClient(node.folder) as client:
        client.put("x", source)
    with framecast.open("x", node=node.folder) as stream, KINDS[kind](stream) as reader:
        yield reader


@pytest.mark.parametrize("kind", KINDS)
def test_iteration_gives_one_after_the_other_and_ends_with_the_stream(kind: str, node: TestNode) -> None:
    with opened(node, kind) as reader, framecast.NodeClient(node.folder) as client:
        count = 0
        for _ in reader:
            count += 1
            if count == 5:
                client.delete("x")
        with pytest.raises(framecast.Ended):
            reader.read(0)
    assert count >= 5


@pytest.mark.parametrize("kind", KINDS)
def test_read_without_waiting_and_select_give_all(kind: str, node: TestNode) -> None:
    with opened(node, kind) as reader:
        fd, count = reader.fileno(), 0
        while count < 5:
            try:
                reader.read(0)
                count += 1
            except framecast.WouldBlock:
                assert select.select([fd], [], [], 30)[0]
        assert reader.fileno() == fd
        assert reader.node_connected


@pytest.mark.parametrize("kind", KINDS)
def test_close_in_another_thread_wakes_the_reading_one(kind: str, node: TestNode) -> None:
    with framecast.open("nobody-yet", node=node.folder) as stream, KINDS[kind](stream) as reader:
        ended: list[BaseException] = []
        begun = threading.Event()

        def read() -> None:
            begun.set()
            try:
                reader.read()
            except framecast.FramecastError as error:
                ended.append(error)

        thread = threading.Thread(target=read)
        thread.start()
        assert begun.wait(20)
        reader.close()
        reader.close()
        thread.join(20)
        assert not thread.is_alive()
        assert isinstance(ended[0], framecast.Closed)
        assert list(reader) == []


@pytest.mark.parametrize("kind", KINDS)
def test_time_of_one_read_stands_above_the_readers_own(kind: str, node: TestNode) -> None:
    with (
        framecast.open("nobody-yet", node=node.folder, timeout_s=3600) as stream,
        KINDS[kind](stream) as reader,
    ):
        with pytest.raises(framecast.WouldBlock):
            reader.read(0.01)
        reader.timeout_s = 0.01
        with pytest.raises(TimeoutError):
            reader.read()


@pytest.mark.anyio
@pytest.mark.parametrize("kind", KINDS)
async def test_reading_can_be_awaited_beside_other_work_and_cancelled(kind: str, node: TestNode) -> None:
    with opened(node, kind) as reader:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(other())
        waiting = asyncio.create_task(reader.aread())
        await asyncio.sleep(0)
        waiting.cancel()
        with suppress(asyncio.CancelledError):
            await waiting
        count = 0
        async for _ in reader:
            count += 1
            if count == 5:
                break
        beside.cancel()
    assert count == 5
    assert turns > 5


@pytest.mark.anyio
async def test_awaited_read_gives_up_in_time(node: TestNode) -> None:
    with framecast.open("nobody-yet", node=node.folder) as stream:
        with pytest.raises(framecast.WouldBlock):
            await stream.aread(0.01)
        async with stream:
            pass
        with pytest.raises(framecast.Closed):
            await stream.aread(1)
