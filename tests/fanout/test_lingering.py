"""How long something stays open that somebody watched."""

from __future__ import annotations

import asyncio

from framecast.errors import Broken, FramecastError, NotFound
from framecast.fanout.lingering import Lingering

DOOR, YARD = ("door", "small"), ("yard", "small")
LONG_S = 600.0


class Show:
    """Something to watch."""

    def __init__(self) -> None:
        self.wanted = False
        self.failure: FramecastError | None = None
        self.closed = asyncio.Event()
        self.why: FramecastError | None = None

    def close(self, why: FramecastError | None = None) -> None:
        self.why = why
        self.closed.set()


def test_what_nobody_watches_is_closed_later_and_not_at_once() -> None:
    async def act() -> None:
        shows: Lingering[tuple[str, str], Show] = Lingering(linger_s=0)
        show = Show()
        shows.add(DOOR, show)
        shows.release(DOOR, show)
        assert shows.find(DOOR) is show
        await show.closed.wait()
        assert shows.find(DOOR) is None
        assert len(shows) == 0

    asyncio.run(act())


def test_who_comes_back_in_time_keeps_it_open() -> None:
    async def act() -> None:
        shows: Lingering[tuple[str, str], Show] = Lingering(linger_s=0)
        show, other = Show(), Show()
        shows.add(DOOR, show)
        shows.add(YARD, other)
        shows.release(DOOR, show)
        show.wanted = True
        shows.release(YARD, other)
        await other.closed.wait()
        assert shows.find(DOOR) is show
        assert not show.closed.is_set()

    asyncio.run(act())


def test_what_has_failed_is_not_given_again_and_closed_at_once() -> None:
    async def act() -> None:
        shows: Lingering[tuple[str, str], Show] = Lingering(LONG_S)
        show = Show()
        shows.add(DOOR, show)
        show.failure = Broken("gone")
        assert shows.find(DOOR) is None
        shows.release(DOOR, show)
        assert show.closed.is_set()

    asyncio.run(act())


def test_one_that_was_replaced_does_not_close_the_other() -> None:
    async def act() -> None:
        shows: Lingering[tuple[str, str], Show] = Lingering(LONG_S)
        old, new = Show(), Show()
        shows.add(DOOR, old)
        old.failure = Broken("gone")
        shows.add(DOOR, new)
        shows.release(DOOR, old)
        assert shows.find(DOOR) is new
        assert not new.closed.is_set()

    asyncio.run(act())


def test_a_stream_that_is_dropped_takes_its_own_with_it_and_says_why() -> None:
    async def act() -> None:
        shows: Lingering[tuple[str, str], Show] = Lingering(LONG_S)
        show, other = Show(), Show()
        shows.add(DOOR, show)
        shows.add(YARD, other)
        shows.drop_stream("door", NotFound("removed"))
        assert str(show.why) == "removed"
        assert not other.closed.is_set()
        shows.drain()
        assert other.closed.is_set()
        assert len(shows) == 0

    asyncio.run(act())


def test_what_is_opened_while_the_server_ends_is_closed_at_once() -> None:
    async def act() -> None:
        shows: Lingering[tuple[str, str], Show] = Lingering(LONG_S)
        shows.drain()
        late = Show()
        shows.add(DOOR, late)
        assert late.closed.is_set()
        assert shows.find(DOOR) is None

    asyncio.run(act())
