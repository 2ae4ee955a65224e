"""`framecast.room` with a real node: what is said comes once and in order, also if the server is killed; threads, asyncio, forks."""

from __future__ import annotations

import asyncio
import os
import pickle
import select
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

import framecast
from framecast.client.room_log import MOST_EVENTS
from framecast.errors import Closed, ForkedView, Invalid, NodeUnavailable, NotFound, WouldBlock
from tests.node.running import folder
from tests.servers.rpc.house import RpcNode
from tests.support.program import LIMIT_S
from tests.support.waiting import until

ROOMS = ("ada", "bob", "cat", "dan", "eve", "fox", "gus")


@pytest.fixture(scope="module")
def node() -> Iterator[RpcNode]:
    """Give an open node with a stream for each test that wants a room of its own."""
    streams = [f"{name}=pattern:?size=128x96" for name in ROOMS]
    with folder() as place, RpcNode(place, *streams) as found:
        yield found


def room(node: RpcNode, key: str, **options: object) -> framecast.Room:
    made = framecast.room(key, node=node.folder / "run", **{"timeout_s": LIMIT_S, **options})  # type: ignore[arg-type]
    made._answer_s = LIMIT_S  # a loaded machine takes its time to start a server again
    return made


def test_history_comes_first_then_what_is_said_and_a_place_is_kept(node: RpcNode) -> None:
    with room(node, "ada", name="bot") as bot:
        first = bot.send("one")
        assert bot.send("one", id="mine").is_repeat is False
        assert bot.send("changed meanwhile", id="mine") == type(first)(first.seq + 1, False, True)
        bot.send("three", reply_to=first.seq, media_time_s=12.5)
        found = [bot.read() for _ in range(3)]
    assert [(one.seq, one.text, str(one.author)) for one in found] == [
        (1, "one", "bot"),
        (2, "one", "bot"),
        (3, "three", "bot"),
    ]
    assert (found[2].media_time_s, found[2].reply_to and found[2].reply_to.text) == (12.5, "one")
    assert found[0].sent_at <= found[1].sent_at <= found[2].sent_at
    with room(node, "ada", name="late", since=1) as late:
        assert [late.read().text for _ in range(2)] == ["one", "three"]
        place = late.position
        late.send("four")
    with room(node, "ada", name="now", since="now") as now, room(node, "ada", since=place) as again:
        now.send("five")
        assert now.read().text == "five"
        assert [again.read().text for _ in range(2)] == ["four", "five"]
        with pytest.raises(WouldBlock):
            again.read(0)


def test_whole_history_is_read_page_by_page(node: RpcNode) -> None:
    with room(node, "bob", name="bot", since="now") as bot:
        for number in range(450):
            bot.send(f"text {number}")
    with room(node, "bob") as late:
        assert [late.read().text for _ in range(450)] == [f"text {number}" for number in range(450)]
    with room(node, "bob") as found:
        assert [one.text for one in found.messages(query="text 123")] == ["text 123"]
        assert [one.seq for one in found.messages(before=4)] == [1, 2, 3]
        assert [one.seq for one in found.messages(after=447)] == [448, 449, 450]


def test_killed_servers_lose_repeat_and_reorder_nothing(node: RpcNode) -> None:
    """Two programs write 200 messages each while the gRPC server is killed again and again."""
    many = 200
    with room(node, "cat", name="reader") as reader:

        def write(name: str) -> None:
            with room(node, "cat", name=name, since="now") as writer:
                for number in range(many):
                    writer.send(f"{name} {number}", id=f"{name}{number}")

        with ThreadPoolExecutor(2) as pool:
            writers = [pool.submit(write, name) for name in ("left", "right")]
            found = []
            for kills in range(2 * many):
                found.append(reader.read())
                if kills in (40, 140, 260):
                    node.server.kill()
            for one in writers:
                one.result(LIMIT_S)
        texts = [one.text for one in found]
        for name in ("left", "right"):
            assert [text for text in texts if text.startswith(name)] == [
                f"{name} {number}" for number in range(many)
            ]
        assert [one.seq for one in found] == [*range(1, 2 * many + 1)]
        assert not any(one.is_after_gap for one in found)
    with room(node, "cat") as late:
        assert [late.read().text for _ in range(2 * many)] == texts


def test_node_that_is_killed_and_started_again_is_the_same_room() -> None:
    with folder() as place:
        with RpcNode(place, "demo=pattern:?size=128x96") as first:
            bot = room(first, "demo", name="bot")
            bot.send("before")
            assert bot.read().text == "before"
            first.process.kill()
            first.ended()
        with bot, RpcNode(place, "demo=pattern:?size=128x96"):
            bot.send("after")
            assert bot.read().text == "after"
            assert bot._connection.log.gaps == 0


def test_program_that_does_not_read_is_bounded_and_sends_all_the_same(node: RpcNode) -> None:
    many = MOST_EVENTS + 300
    with room(node, "dan", name="bot", since="now") as bot:
        for number in range(many):
            bot.send(f"{number}")
        until(lambda: len(bot._connection.log) == MOST_EVENTS)
        assert [bot.read().text for _ in range(many)] == [str(number) for number in range(many)]


def test_acts_change_the_room_and_events_tell_of_them(node: RpcNode) -> None:
    with room(node, "eve", name="bot") as bot, room(node, "eve", name="other", since="now") as other:
        done = bot.send("tpyo")
        bot.edit(done.seq, "typo")
        bot.react(done.seq, "👍")
        bot.pin(done.seq)
        bot.show_typing()
        until(lambda: "bot" in other.presence.typing)
        bot.mark_read(done.seq)
        bot.delete(done.seq)
        kinds = []
        for event in other.events():
            kinds.append(event.kind)
            if event.kind == "delete":
                break
        assert kinds == ["message", "edit", "react", "pin", "delete"]
        assert other.presence.count == 2
        assert {one.name for one in other.presence.members} == {"bot", "other"}
        with pytest.raises(NotFound):
            bot.edit(done.seq + 1000, "nothing")
        with pytest.raises(Invalid):
            bot.send(" \u200b ")
        with pytest.raises(Invalid, match="its seq"):
            bot.delete(0)


def test_playback_is_the_same_for_all_and_goes_on_by_the_clock_of_the_server(node: RpcNode) -> None:
    with room(node, "eve", since="now") as bot:
        with pytest.raises(Invalid, match="stream"):
            bot.play()
        assert bot.playback is None


def test_asyncio_reads_and_writes_without_blocking(node: RpcNode) -> None:
    asyncio.run(_talk(node))


async def _talk(node: RpcNode) -> None:
    async with room(node, "fox", name="bot") as bot:
        assert (await bot.aio.send("hello")).seq == 1
        assert (await bot.aread()).text == "hello"
        reading = asyncio.create_task(bot.aread())
        await asyncio.gather(*(bot.aio.send(f"{number}") for number in range(5)))
        texts = [(await reading).text]
        async for message in bot:
            texts.append(message.text)
            if len(texts) == 5:
                break
        assert sorted(texts) == ["0", "1", "2", "3", "4"]
        with pytest.raises(NotFound):
            await bot.aio.edit(1000, "nothing")


def test_another_thread_closes_and_select_waits(node: RpcNode) -> None:
    with room(node, "gus", name="bot") as bot:
        bot.send("hello")
        assert select.select([bot], [], [], LIMIT_S)[0] == [bot]
        assert bot.read(0).text == "hello"
        assert select.select([bot], [], [], 0)[0] == []
        waiting = threading.Event()

        def close() -> None:
            waiting.wait(LIMIT_S)
            bot.close()

        closer = threading.Thread(target=close)
        closer.start()
        waiting.set()
        with pytest.raises(Closed):
            bot.read()
        closer.join(LIMIT_S)
        with pytest.raises(Closed):
            bot.send("too late")
        assert list(bot) == []
        bot.close()


def test_forked_child_and_copies_are_refused(node: RpcNode) -> None:
    with room(node, "gus", name="parent", since="now") as bot:
        with pytest.raises(TypeError):
            pickle.dumps(bot)
        child = os.fork()
        if not child:
            code = 1
            try:
                bot.send("from the child")
            except ForkedView:
                bot.close()  # leaves the parent's alone
                code = 0
            finally:
                os._exit(code)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        bot.send("from the parent")
        assert bot.read().text == "from the parent"


def test_another_node_is_reached_by_its_address(node: RpcNode) -> None:
    for bot in (
        framecast.room(f"grpc://{node.address}/gus", name="far", since="now", timeout_s=LIMIT_S),
        framecast.room("stream:gus", node=f"grpc://{node.address}", since="now", timeout_s=LIMIT_S),
    ):
        with bot:
            bot.send("from afar")
            assert bot.read().text == "from afar"


def test_what_is_wrong_is_said_when_the_room_is_entered(node: RpcNode) -> None:
    for wrong, kind in (("nowhere", NotFound), ("room:none", NotFound)):
        with pytest.raises(kind), room(node, wrong):
            raise AssertionError
    with pytest.raises(NodeUnavailable), framecast.room("grpc://127.0.0.1:1/demo"):
        raise AssertionError
    for text in ("../x", "room:", "grpc://127.0.0.1:1/"):
        with pytest.raises(Invalid):
            framecast.room(text)
    with pytest.raises(Invalid, match="token is for another node"):
        framecast.room("gus", token="x")


def test_same_identity_is_the_same_guest(node: RpcNode) -> None:
    ids = set()
    for _ in range(2):
        with room(node, "gus", name="bot", identity="a secret of this bot") as bot:
            ids.add(bot.me.id)
    with room(node, "gus", name="bot") as other:
        ids.add(other.me.id)
    assert len(ids) == 2
