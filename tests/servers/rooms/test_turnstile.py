"""The way into rooms: a few in each pass of the event loop, in their order, and after what is being sent."""

from __future__ import annotations

import asyncio

import pytest

from framecast.servers.rooms.feed import FeedFigures
from framecast.servers.rooms.turnstile import AT_ONCE, LONGEST_PASSES, Turnstile


async def _passes(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def _come(turnstile: Turnstile, count: int) -> tuple[list[int], list[asyncio.Task[None]]]:
    came: list[int] = []

    async def one(number: int) -> None:
        await turnstile.wait()
        came.append(number)

    return came, [asyncio.create_task(one(number)) for number in range(count)]


def test_a_few_come_in_with_each_pass_in_their_order() -> None:
    async def scenario() -> None:
        turnstile = Turnstile(FeedFigures())
        came, tasks = _come(turnstile, 10 * AT_ONCE)
        most, before = 0, 0
        while len(came) < len(tasks):
            await asyncio.sleep(0)
            most, before = max(most, len(came) - before), len(came)
        assert came == sorted(came)
        assert most == AT_ONCE
        await asyncio.gather(*tasks)

    asyncio.run(scenario())


def test_one_that_comes_alone_comes_in_while_nothing_is_sent() -> None:
    async def scenario() -> None:
        turnstile = Turnstile(FeedFigures())
        async with asyncio.timeout(30):
            await turnstile.wait()
        assert turnstile.waiting == 0

    asyncio.run(scenario())


def test_those_who_come_wait_for_a_fan_out_but_not_for_ever() -> None:
    async def scenario() -> None:
        figures = FeedFigures(under_way=1)
        turnstile = Turnstile(figures)
        came, tasks = _come(turnstile, 2 * AT_ONCE)
        await _passes(LONGEST_PASSES // 2)
        assert not came
        await _passes(LONGEST_PASSES)
        assert len(came) == AT_ONCE  # the fan-out goes on
        figures.under_way = 0
        await asyncio.gather(*tasks)

    asyncio.run(scenario())


def test_one_that_has_gone_takes_nobodys_turn_for_ever() -> None:
    async def scenario() -> None:
        turnstile = Turnstile(FeedFigures())
        came, tasks = _come(turnstile, 2)
        await asyncio.sleep(0)
        tasks[0].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert came == [1]

    asyncio.run(scenario())


def test_a_closed_one_lets_nobody_in() -> None:
    async def scenario() -> None:
        turnstile = Turnstile(FeedFigures(under_way=1))
        came, tasks = _come(turnstile, 1)
        await asyncio.sleep(0)
        turnstile.close()
        with pytest.raises(asyncio.CancelledError):
            await tasks[0]
        assert not came

    asyncio.run(scenario())
