"""The streams of one node: which exist, who hears of them, and when one is forgotten."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest

from framecast.bus.channel import Fields, pair
from framecast.errors import Conflict, FramecastError, NotFound
from framecast.model import StreamSpec
from framecast.node.connection import Connection
from framecast.node.directory import Configured, LocalDirectory
from framecast.node.forks import Forks
from framecast.node.switchboard import Switchboard
from framecast.node.users import Users


def in_loop(test: Callable[[LocalDirectory], Coroutine[Any, Any, None]]) -> None:
    """Run a test with the directory of a node that has no forkserver: nothing here needs a process."""

    async def run() -> None:
        directory = LocalDirectory(Forks({}), "node.sock")
        await test(directory)
        await directory.close()

    asyncio.run(run())


def configured(*names: str) -> dict[str, Configured]:
    return {name: Configured(StreamSpec.from_json(name, "pattern:"), "file") for name in names}


@asynccontextmanager
async def connected(
    directory: LocalDirectory, first: Fields, parses_media: Callable[[int], bool] = lambda _pid: False
) -> AsyncIterator[Fields]:
    """Open a connection with this first message, and give what is answered first."""
    ours, theirs = pair()
    users = Users(directory, lambda connection: switchboard.accept(connection))
    switchboard = Switchboard(
        directory,
        lambda connection, _: connection.refuse(FramecastError("control")),
        lambda: users,
        parses_media,
    )
    switchboard.accept(Connection(theirs))
    ours.send(first)
    try:
        yield await asyncio.to_thread(lambda: ours.wait(30).fields)
    finally:
        ours.close()


def test_stream_that_nobody_uses_is_forgotten_in_the_next_turn() -> None:
    async def test(directory: LocalDirectory) -> None:
        stream = directory.obtain("door")
        assert directory.find("door") is directory.obtain("door") is stream
        await asyncio.sleep(0)
        with pytest.raises(NotFound):
            directory.find("door")

    in_loop(test)


def test_configured_streams_are_exactly_those_that_are_wanted() -> None:
    async def test(directory: LocalDirectory) -> None:
        changes: list[tuple[str, str]] = []
        directory.observers.add(lambda name, status: changes.append((name, "here" if status else "gone")))
        directory.apply(configured("door", "gate"))
        assert [status["name"] for status in directory.statuses()] == ["door", "gate"]
        await asyncio.sleep(0)
        directory.apply(configured("gate"))
        assert [status["name"] for status in directory.statuses()] == ["gate"]
        assert changes == [("door", "here"), ("gate", "here"), ("door", "gone")]

    in_loop(test)


def test_error_on_an_unknown_stream_names_those_that_exist() -> None:
    async def test(directory: LocalDirectory) -> None:
        with pytest.raises(NotFound, match="existing streams: none"):
            directory.find("yard")
        directory.apply(configured("door", "gate"))
        with pytest.raises(NotFound, match="no stream 'yard'; existing streams: door, gate"):
            directory.status("yard")

    in_loop(test)


def test_stream_that_readers_only_wait_for_is_in_no_list() -> None:
    async def test(directory: LocalDirectory) -> None:
        request = {"op": "subscribe", "stream": "later", "track": "frames", "wait": True}
        async with connected(directory, request) as answer:
            assert answer["state"] == "connecting"
            assert directory.statuses() == []
            with pytest.raises(NotFound):
                directory.status("later")

    in_loop(test)


def test_trial_is_in_no_list_and_observers_do_not_hear_of_it() -> None:
    async def test(directory: LocalDirectory) -> None:
        changes: list[str] = []
        directory.observers.add(lambda name, _: changes.append(name))
        directory.try_out(StreamSpec.from_json("trial-1", "pattern:"))
        await asyncio.sleep(0)
        assert directory.status("trial-1")["configured"] == "trial"
        assert directory.statuses() == []
        directory.end_trial("trial-1")
        assert not changes

    in_loop(test)


def test_program_that_is_refused_leaves_no_stream_behind() -> None:
    async def test(directory: LocalDirectory) -> None:
        directory.apply(configured("door"))
        async with connected(directory, {"op": "publish", "stream": "door"}) as answer:
            assert answer["error"] == Conflict.__name__
        async with connected(directory, {"op": "publish", "stream": "a b"}) as answer:
            assert answer["error"] == "Invalid"
        assert [status["name"] for status in directory.statuses()] == ["door"]

    in_loop(test)


def test_first_message_decides_who_gets_the_connection() -> None:
    async def test(directory: LocalDirectory) -> None:
        async with connected(directory, {"op": "streams"}) as answer:
            assert answer["message"] == "control"
        async with connected(directory, {"op": "publish", "stream": "own"}) as answer:
            assert answer["ok"] is True
            assert directory.is_published("own")

    in_loop(test)


def test_a_process_that_parses_media_may_read_tracks_and_ask_for_nothing_else() -> None:
    async def test(directory: LocalDirectory) -> None:
        directory.apply(configured("door"))
        asked: list[int] = []

        def parses_media(pid: int) -> bool:
            asked.append(pid)
            return True

        for first in ({"op": "put", "name": "x"}, {"op": "publish", "stream": "x"}, {"op": "info"}):
            async with connected(directory, first, parses_media) as answer:
                assert answer["error"] == "Denied"
            async with connected(directory, first) as answer:
                assert answer.get("error") != "Denied"
        assert asked == [os.getpid()] * 3
        read = {"op": "subscribe", "stream": "door", "track": "frames", "policy": "latest", "label": "x"}
        async with connected(directory, read, parses_media) as answer:
            assert answer["event"] == "state"

    in_loop(test)
