"""Work that blocks, beside an event loop: it runs on its own threads, and what is too much is refused at once."""

from __future__ import annotations

import asyncio
import threading

import pytest

from framecast.errors import Closed, WouldBlock
from framecast.servers.access.crew import Crew


def test_work_runs_on_another_thread_and_its_error_comes_back() -> None:
    async def ask() -> None:
        crew = Crew("a test", 1)
        assert (await crew.run(lambda: threading.current_thread().name)).startswith("a test")
        with pytest.raises(ZeroDivisionError):
            await crew.run(lambda: 1 // 0)
        crew.close()

    asyncio.run(ask())


def test_more_than_fits_is_refused_and_there_is_room_again_afterwards() -> None:
    async def ask() -> None:
        crew = Crew("a test", 1, most=2)
        gate = threading.Event()
        both = [asyncio.ensure_future(crew.run(gate.wait)) for _ in range(2)]
        await asyncio.sleep(0)  # both have asked
        with pytest.raises(WouldBlock, match="a test"):
            await crew.run(lambda: None)
        gate.set()
        await asyncio.gather(*both)
        assert await crew.run(lambda: 7) == 7
        crew.close()

    asyncio.run(ask())


def test_caller_that_is_cancelled_gives_its_place_back() -> None:
    async def ask() -> None:
        crew = Crew("a test", 1, most=2)
        gate = threading.Event()
        first = asyncio.ensure_future(crew.run(gate.wait))
        second = asyncio.ensure_future(crew.run(lambda: None))  # waits behind the first
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        third = asyncio.ensure_future(crew.run(lambda: 3))
        gate.set()
        assert await third == 3
        assert await first
        crew.close()

    asyncio.run(ask())


def test_closed_it_takes_no_more_work() -> None:
    async def ask() -> None:
        crew = Crew("a test", 1)
        crew.close()
        with pytest.raises(Closed, match="a test"):
            await crew.run(lambda: None)

    asyncio.run(ask())
