"""Streams as a server follows them: what it has noted is whole when `catch_up` returns, also after the node was gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

from framecast.control import following
from framecast.control.changes import Change, Changes
from framecast.control.following import Following
from framecast.errors import NodeUnavailable
from framecast.model import State
from framecast.model.status import Status
from tests.control.played_node import STATUSES, Fields, Node, until

BACK = {"event": "stream", "name": "back"}


def followed(node: Node, act: Callable[[Following, list[Change]], Any]) -> None:
    """Run `act` with something that follows the node, and the changes that it has noted."""
    node.answers.setdefault("newest", lambda _: {"newest": {"front": 5.0}})

    async def run() -> None:
        noted: list[Change] = []
        one = Following(node.path, noted.append)
        task = asyncio.create_task(one.run())
        try:
            await act(one, noted)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


def test_streams_are_followed_over_the_death_of_the_node(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "RETRY_S", 0.05)

    async def act(_following: Following, noted: list[Change]) -> None:
        await until(lambda: len(noted) == 2 and node.watchers)
        assert [change.status for change in noted] == STATUSES
        node.tell({**BACK, "state": "offline"})
        node.tell({**BACK, "state": "flying"})
        node.tell({"event": "of a later version"})
        node.tell({"event": "removed", "name": "front"})
        await until(lambda: len(noted) == 4)
        assert noted[2:] == [Change("back", Status("back", state=State.OFFLINE)), Change("front", None)]
        node.die()
        noted.clear()
        node.start()
        await until(lambda: len(noted) == 2)

    followed(node, act)


def test_everything_before_the_call_is_noted_when_it_has_caught_up(node: Node) -> None:
    def answer(_fields: Fields) -> Fields:
        for number in range(100):
            node.tell({**BACK, "state": "offline", "reconnects": number})
        return {"newest": {"front": 7.5}}

    node.answers["newest"] = answer

    async def act(one: Following, noted: list[Change]) -> None:
        assert await one.catch_up() == {"front": 7.5}
        newest = Changes()
        for change in noted:
            newest.note(change)
        assert newest.newest["back"].reconnects == 99

    followed(node, act)


def test_callers_that_wait_share_the_next_question_and_none_that_was_sent_before(node: Node) -> None:
    times = iter(range(1, 100))
    goes_on = threading.Event()

    def answer(_fields: Fields) -> Fields:
        at = float(next(times))
        goes_on.wait(10)
        return {"newest": {"front": at}}

    node.answers["newest"] = answer

    async def act(one: Following, _noted: list[Change]) -> None:
        await until(lambda: any(fields["op"] == "newest" for fields in node.asked))
        later = [asyncio.create_task(one.catch_up()) for _ in range(50)]
        await asyncio.sleep(0)
        goes_on.set()
        assert [found["front"] for found in await asyncio.gather(*later)] == [2.0] * 50

    followed(node, act)


def test_a_caller_that_leaves_takes_the_answer_from_nobody(node: Node) -> None:
    async def act(one: Following, _noted: list[Change]) -> None:
        leaving, staying = asyncio.create_task(one.catch_up()), asyncio.create_task(one.catch_up())
        await asyncio.sleep(0)
        leaving.cancel()
        assert await staying == {"front": 5.0}

    followed(node, act)


def test_streams_that_another_node_does_not_have_are_removed(node: Node) -> None:
    async def act(one: Following, noted: list[Change]) -> None:
        await one.catch_up()
        node.die()
        with pytest.raises(NodeUnavailable):
            await one.catch_up()
        node.streams = node.streams[:1]
        noted.clear()
        node.start()
        await one.catch_up()  # it does not wait for the next try of `run`
        assert noted == [Change("front", STATUSES[0]), Change("back", None)]

    followed(node, act)
