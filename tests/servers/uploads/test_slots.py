"""One request writes an upload; a newer one takes it over; nothing stays behind."""

from __future__ import annotations

import asyncio

import pytest

from framecast.errors import Conflict, WouldBlock
from framecast.servers.uploads.slots import MAX_WAITING, Slots

pytestmark = pytest.mark.anyio


async def test_a_newer_request_gets_the_upload_once_the_older_one_lets_go() -> None:
    slots, asked, order = Slots(), asyncio.Event(), list[str]()

    async def older() -> None:
        async with slots.take("a", asked.set):
            order.append("older")
            await asked.wait()
            order.append("older ends")

    async def newer() -> None:
        async with slots.take("a", lambda: None):
            order.append("newer")

    first = asyncio.create_task(older())
    while not order:  # noqa: ASYNC110  the other task is a few turns of the loop away
        await asyncio.sleep(0)
    await newer()
    await first
    assert order == ["older", "older ends", "newer"]
    assert slots.count == 0


async def test_of_several_that_wait_the_newest_stays() -> None:
    slots, first_asked, ends = Slots(), asyncio.Event(), list[str]()

    async def hold(name: str, asked: asyncio.Event) -> None:
        async with slots.take("a", asked.set):
            await asked.wait()
            ends.append(name)

    async with asyncio.TaskGroup() as group:
        group.create_task(hold("first", first_asked))
        await asyncio.sleep(0)
        middle, last = asyncio.Event(), asyncio.Event()
        group.create_task(hold("middle", middle))
        await asyncio.sleep(0)
        group.create_task(hold("last", last))
        while ends != ["first", "middle"]:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert not last.is_set()
        slots.drain()
    assert ends == ["first", "middle", "last"]
    assert slots.count == 0


async def test_one_that_does_not_let_go_is_a_conflict_and_others_are_free() -> None:
    slots = Slots(wait_s=0.01, most=2)
    async with slots.take("a", lambda: None):
        with pytest.raises(Conflict, match="still writes"):
            async with slots.take("a", lambda: None):
                pass
        async with slots.take("b", lambda: None):
            with pytest.raises(WouldBlock, match="2 uploads are in progress"):
                async with slots.take("c", lambda: None):
                    pass
        async with slots.take("c", lambda: None):
            assert slots.count == 2
    assert slots.count == 0


async def test_few_wait_for_one_upload() -> None:
    slots, free = Slots(), asyncio.Event()

    async def hold() -> None:
        async with slots.take("a", lambda: None):
            await free.wait()

    async with asyncio.TaskGroup() as group:
        for _ in range(MAX_WAITING + 1):
            group.create_task(hold())
            await asyncio.sleep(0)
        with pytest.raises(Conflict, match="too many requests wait"):
            async with slots.take("a", lambda: None):
                pass
        free.set()
    async with slots.take("a", lambda: None):
        pass
    assert slots.count == 0
