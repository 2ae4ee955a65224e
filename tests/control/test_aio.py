"""A server's connection to the node: here a node that the test plays, and that comes and goes."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from framecast.bus import Channel
from framecast.control import aio
from framecast.control.aio import AsyncNodeClient
from framecast.control.changes import Change
from framecast.errors import FramecastError, NodeUnavailable, NotFound, WouldBlock
from framecast.model import State
from framecast.model.status import Status

Fields = dict[str, Any]
STREAMS = [{"name": "front", "state": "live"}, {"name": "back", "state": "connecting"}]
STATUSES = [Status("front", state=State.LIVE), Status("back", state=State.CONNECTING)]


class Node:
    """Answers each connection in a thread: `answer` by its `op`, None is silence; `watchers` hear `tell`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.answers: dict[str, Callable[[Fields], Fields | None]] = {
            "streams": lambda _: {"streams": STREAMS}
        }
        self.asked: list[Fields] = []
        self.watchers: list[Channel] = []
        self._ends: list[Channel] = []
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None

    def start(self) -> None:
        """Listen, again after `die`, too."""
        self.path.unlink(missing_ok=True)
        listener = self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(self.path))
        listener.listen()
        self._run(self._accept, listener)

    def die(self) -> None:
        """Close all connections, and take none."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        self.watchers.clear()
        while self._ends:
            with suppress(OSError):  # it has ended already
                self._ends.pop()._sock.shutdown(socket.SHUT_RDWR)
        while self._threads:
            self._threads.pop().join()

    def tell(self, fields: Fields) -> None:
        """Say something to who follows the streams."""
        for watcher in self.watchers:
            watcher.send(fields)

    def _run(self, work: Callable[[Any], None], what: object) -> None:
        thread = threading.Thread(target=work, args=(what,))
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        try:
            while True:
                end = Channel(listener.accept()[0])
                self._ends.append(end)
                self._run(self._serve, end)
        except OSError:
            return

    def _serve(self, end: Channel) -> None:
        with end:
            try:
                while True:
                    self._answer(end, end.wait().fields)
            except (FramecastError, OSError):
                return

    def _answer(self, end: Channel, fields: Fields) -> None:
        self.asked.append(fields)
        if fields["op"] == "watch":
            for status in STREAMS:
                end.send({"event": "stream", **status})
            self.watchers.append(end)
            return
        answer = self.answers[fields["op"]](fields)
        if answer is not None:
            end.send({"id": fields["id"], **answer})


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    one = Node(tmp_path / "node.sock")
    one.start()
    yield one
    one.die()


def played(node: Node, act: Callable[[AsyncNodeClient], Any]) -> None:
    """Run `act` with a client of the node."""

    async def run() -> None:
        client = AsyncNodeClient(node.path)
        try:
            await act(client)
        finally:
            await client.close()

    asyncio.run(run())


async def until(true: Callable[[], object]) -> None:
    for _ in range(3000):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came")


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


def test_streams_are_watched_over_the_death_of_the_node(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aio, "RETRY_S", 0.05)
    seen: list[Change] = []

    async def act(_client: AsyncNodeClient) -> None:
        watching = asyncio.create_task(aio.keep_watching(node.path, seen.append))
        await until(lambda: len(seen) == 2 and node.watchers)
        assert [change.status for change in seen] == STATUSES
        node.tell({"event": "stream", "name": "back", "state": "offline"})
        node.tell({"event": "stream", "name": "back", "state": "flying"})
        node.tell({"event": "of a later version"})
        node.tell({"event": "removed", "name": "front"})
        await until(lambda: len(seen) == 4)
        assert seen[2:] == [
            Change("back", Status("back", state=State.OFFLINE)),
            Change("front", None),
        ]
        node.die()
        seen.clear()
        node.start()
        await until(lambda: len(seen) == 2)
        watching.cancel()

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
