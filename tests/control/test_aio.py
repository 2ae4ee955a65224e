"""A server's connection to the node."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from framecast.control import aio
from framecast.control.aio import AsyncNodeClient
from framecast.control.changes import Change
from framecast.errors import NodeUnavailable, NotFound, WouldBlock
from tests.control.played_node import STATUSES, Fields, Node, until


def played(node: Node, act: Callable[[AsyncNodeClient], Any]) -> None:
    """Run `act` with a client of the node."""

    async def run() -> None:
        client = AsyncNodeClient(node.path)
        try:
            await act(client)
        finally:
            await client.close()

    asyncio.run(run())


def test_answers_find_who_asked(node: Node) -> None:
    slow: list[int] = []

    def answer_both(_fields: Fields) -> Fields:
        node._ends[0].send({"id": slow[0], "word": "slow"})
        return {"word": "quick"}

    node.answers |= {"slow": lambda fields: slow.append(fields["id"]), "quick": answer_both}

    async def act(client: AsyncNodeClient) -> None:
        waiting = asyncio.ensure_future(client.request("slow"))
        await asyncio.sleep(0)
        assert (await client.request("quick", more=1))["word"] == "quick"
        assert (await waiting)["word"] == "slow"
        assert await client.streams() == STATUSES
        await client.report("web", [{"metric": "framecast_x"}])

    node.answers["report"] = lambda _: {}
    played(node, act)
    assert node.asked[-1]["figures"] == [{"metric": "framecast_x"}]


def test_the_node_s_refusal_is_its_own_error(node: Node) -> None:
    node.answers["remove"] = lambda fields: {"error": NotFound.__name__, "message": f"no {fields['name']}"}

    async def act(client: AsyncNodeClient) -> None:
        with pytest.raises(NotFound, match="no front"):
            await client.request("remove", name="front")

    played(node, act)


def test_a_node_that_does_not_answer_is_given_up(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aio, "ANSWER_S", 0.1)
    node.answers["hang"] = lambda _: None

    async def act(client: AsyncNodeClient) -> None:
        with pytest.raises(WouldBlock, match="did not answer"):
            await client.request("hang")
        assert not client._pending

    played(node, act)


def test_who_waits_is_told_that_the_node_died_and_the_next_question_finds_the_new_one(node: Node) -> None:
    node.answers["hang"] = lambda _: None

    async def act(client: AsyncNodeClient) -> None:
        waiting = asyncio.ensure_future(client.request("hang"))
        await until(lambda: node.asked)
        node.die()
        with pytest.raises(NodeUnavailable):
            await waiting
        with pytest.raises(NodeUnavailable):
            await client.streams()
        node.start()
        assert await client.streams() == STATUSES

    played(node, act)


def test_requests_that_wait_are_ended_when_the_client_is_closed(node: Node) -> None:
    node.answers["hang"] = lambda _: None

    async def act(client: AsyncNodeClient) -> None:
        waiting = asyncio.ensure_future(client.request("hang"))
        await until(lambda: node.asked)
        await client.close()
        with pytest.raises(NodeUnavailable, match="closed"):
            await waiting

    played(node, act)


def test_one_watch_ends_with_the_node(node: Node) -> None:
    async def act(_client: AsyncNodeClient) -> None:
        seen: list[Change] = []
        watching = asyncio.create_task(aio.watch(node.path, seen.append))
        await until(lambda: seen and node.watchers)
        node.die()
        with pytest.raises(NodeUnavailable):
            await watching

    played(node, act)


def test_figures_are_reported_when_they_have_changed_and_again_after_a_failure(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures: list[Fields] = [{"metric": "framecast_x"}]
    answers = [{"error": "FramecastError", "message": "not now"}, {}]
    node.answers["report"] = lambda _: answers.pop(0) if answers else {}

    async def act(client: AsyncNodeClient) -> None:
        reporting = asyncio.create_task(aio.keep_reporting(client, "web", lambda: list(figures), 0.01))
        await until(lambda: len(node.asked) == 2)
        figures.append({"metric": "framecast_y"})
        await until(lambda: len(node.asked) == 3)
        reporting.cancel()

    played(node, act)
    assert [len(fields["figures"]) for fields in node.asked] == [1, 1, 2]
