"""Records on an event loop: awaited one by one, or handed over as they come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from framecast.bus import Record, aio
from framecast.errors import Broken, Closed, FramecastError
from framecast.model import TrackInfo
from tests.bus.switch import Switch, meta

pytestmark = pytest.mark.anyio


class Ears:
    """What a `Following` says."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.infos: list[TrackInfo] = []
        self.ends: list[FramecastError] = []
        self._awake = asyncio.Event()

    def on_record(self, record: Record) -> None:
        self.numbers.append(record.pts)
        self._awake.set()

    def on_info(self, info: TrackInfo) -> None:
        self.infos.append(info)
        self._awake.set()

    def on_end(self, error: FramecastError) -> None:
        self.ends.append(error)
        self._awake.set()

    async def until(self, count: int) -> None:
        await self._until(lambda: len(self.numbers) + len(self.ends) >= count)

    async def until_described(self, count: int) -> None:
        await self._until(lambda: len(self.infos) >= count)

    async def _until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not true():
                self._awake.clear()
                await self._awake.wait()


async def test_cancelled_read_loses_nothing() -> None:
    with Switch() as switch:
        writer = switch.packets()
        subscriber = switch.attached("video", "queue(64)")
        waiting = asyncio.create_task(aio.read(subscriber))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        for number in range(3):
            writer.send(b"x", meta(number))
        assert [(await aio.read(subscriber)).pts for _ in range(3)] == [0, 1, 2]


async def test_records_end_where_the_subscriber_is_closed() -> None:
    with Switch() as switch:
        writer = switch.packets()
        subscriber = switch.attached("video", "queue(64)")
        writer.send(b"x", meta(0))
        seen = []
        async for record in aio.records(subscriber):
            seen.append(record.pts)
            subscriber.close()
        assert seen == [0]


async def test_follower_hears_all_records_in_order_and_others_have_their_turn() -> None:
    with Switch() as switch:
        writer = switch.packets()
        subscriber = switch.woken("video", "queue(512)")
        for number in range(300):
            writer.send(b"x", meta(number))
        ears, turns = Ears(), []
        following = aio.Following(subscriber, ears.on_record, ears.on_end)

        async def other() -> None:
            while len(ears.numbers) < 300:
                turns.append(len(ears.numbers))
                await asyncio.sleep(0)

        async with asyncio.timeout(20):
            await asyncio.gather(ears.until(300), other())
        assert ears.numbers == list(range(300))
        assert any(0 < turn < 300 for turn in turns)
        following.close()


async def test_follower_hears_each_new_description_of_the_track_once() -> None:
    with Switch() as switch:
        writer = switch.packets()
        subscriber = switch.woken("video", "queue(64)")
        ears = Ears()
        following = aio.Following(subscriber, ears.on_record, ears.on_end, ears.on_info)
        for count in (2, 4):
            for number in range(2):
                writer.send(b"x", meta(number))
            await ears.until(count)
        await ears.until_described(1)
        writer = switch.publisher.track(replace(writer.info, width=64))
        writer.send(b"x", meta(0))
        await ears.until_described(2)
        assert [info.width for info in ears.infos] == [0, 64]
        following.close()


async def test_closed_follower_hears_nothing_more_even_in_the_middle_of_a_burst() -> None:
    with Switch() as switch:
        writer = switch.packets()
        subscriber = switch.woken("video", "queue(64)")
        for number in range(10):
            writer.send(b"x", meta(number))
        seen: list[int] = []

        def once(record: Record) -> None:
            seen.append(record.pts)
            following.close()
            following.close()

        ears = Ears()
        following = aio.Following(subscriber, once, ears.on_end)
        for _ in range(5):
            await asyncio.sleep(0)
        assert seen == [0]
        assert not ears.ends
        with pytest.raises(Closed):
            subscriber.read(0)


async def test_end_is_told_once_and_lets_go_of_the_subscriber() -> None:
    with Switch() as switch:
        switch.packets()
        subscriber = switch.woken("video", "queue(64)")
        ears = Ears()
        following = aio.Following(subscriber, ears.on_record, ears.on_end)
        switch.node_ends[-1].send({"error": "Broken", "message": "it is over"})
        await ears.until(1)
        assert [type(error) for error in ears.ends] == [Broken]
        with pytest.raises(Closed):
            subscriber.read(0)
        following.close()
        assert len(ears.ends) == 1
