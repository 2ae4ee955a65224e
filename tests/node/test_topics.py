"""Topics over node.sock: who may publish and follow, and what a follower gets that is slow, killed or flooded."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from framecast.bus import Channel
from framecast.control.aio import AsyncNodeClient, keep_following
from framecast.control.connection import ControlConnection
from framecast.control.topics import NOTICES_A_SECOND, Notice
from framecast.errors import Broken, Closed, Denied, Invalid, NotFound
from framecast.model.subscription import Policy, Subscription
from framecast.model.track import TrackName
from framecast.sandbox import seccomp
from tests.node.running import DEADLINE_S, ENVIRONMENT, RunningNode, folder, private_node, served
from tests.support.waiting import until

MISSED = {"event": "missed", "topic": "config"}
# Python imports this in every process of the node; the source of this address does what a hostile one might do.
HOSTILE = """
import sys
if {"framecast.node.forkserver", "framecast.node.parent"} & set(sys.orig_argv):
    import os
    from pathlib import Path
    from framecast import sources
    real = sources.run
    def run(publisher, spec, stop, *rest):
        if "seed=666" in spec.source.reveal():
            from framecast.bus import Channel
            from framecast.errors import FramecastError
            for order in ({"op": "publish_topic", "topic": "links", "key": "x"}, {"op": "follow", "topics": ["links"]}):
                try:
                    Channel.connect(Path(os.environ["FRAMECAST_RUNTIME_DIR"]) / "node.sock").call(order)
                    answer = "ok"
                except (FramecastError, OSError) as error:
                    answer = type(error).__name__
                publisher.note(**{order["op"]: answer})
        real(publisher, spec, stop, *rest)
    sources.run = run
"""
FOLLOWER = """
import sys
from pathlib import Path
from framecast.control.connection import ControlConnection
notices = ControlConnection(Path(sys.argv[1])).follow(["links"])
print("follows", flush=True)
for _ in notices:
    pass
"""


@pytest.fixture(scope="module")
def node() -> Iterator[RunningNode]:
    with folder() as place:
        (place / "sitecustomize.py").write_text(HOSTILE)
        with served(place, "lively=numbers:?period=0.02", PYTHONPATH=str(place)) as running:
            yield running


def publish(channel: Channel, key: str, topic: str = "links") -> None:
    assert channel.call({"op": "publish_topic", "topic": topic, "key": key}, DEADLINE_S) == {"ok": True}


def follow(node: RunningNode, *topics: str) -> Channel:
    channel = node.connect()
    assert channel.call({"op": "follow", "topics": list(topics)}, DEADLINE_S) == {"ok": True}
    return channel


def notice(key: str, topic: str = "links") -> dict[str, str]:
    return {"event": "notice", "topic": topic, "key": key}


def test_followers_get_the_notices_of_their_topics_in_order(node: RunningNode) -> None:
    with node.connect() as publisher, follow(node, "links") as links, follow(node, "links", "config") as both:
        publish(publisher, "a")
        publish(publisher, "", "config")
        publish(publisher, "b")
        assert [links.wait(DEADLINE_S).fields for _ in range(2)] == [notice("a"), notice("b")]
        assert [both.wait(DEADLINE_S).fields for _ in range(3)] == [
            notice("a"),
            notice("", "config"),
            notice("b"),
        ]


def test_a_request_with_an_id_gets_it_back(node: RunningNode) -> None:
    with node.connect() as channel:
        assert channel.call({"op": "follow", "topics": ["links"], "id": 7}) == {"ok": True, "id": 7}


def test_the_node_itself_publishes_what_happens_to_links_and_its_configuration(node: RunningNode) -> None:
    with follow(node, "links", "config") as follower:
        link = str(node.client.request({"op": "link", "name": "lively", "expires_s": 60})["link"])
        assert follower.wait(DEADLINE_S).fields == notice(link)
        node.client.request({"op": "unlink", "link": link})
        assert follower.wait(DEADLINE_S).fields == notice(link)
        node.client.request({"op": "unlink", "all": True})
        assert follower.wait(DEADLINE_S).fields == notice("")
        began = node.client.info()["config_read_at"]
        until(lambda: node.client.request({"op": "reload"})["config_read_at"] > began, "the node serves")
        assert follower.wait(DEADLINE_S).fields == notice("", "config")


@pytest.mark.parametrize(
    ("order", "error"),
    [
        ({"op": "publish_topic", "topic": "nothing", "key": "a"}, NotFound),
        ({"op": "publish_topic", "topic": "links", "key": "x" * 65}, Invalid),
        ({"op": "publish_topic", "topic": "links", "key": {"not": "text"}}, Invalid),
        ({"op": "publish_topic", "topic": ["links"], "key": "a"}, NotFound),
        ({"op": "follow", "topics": ["links", "nothing"]}, NotFound),
        ({"op": "follow", "topics": "links"}, Invalid),
        ({"op": "follow"}, Invalid),
    ],
)
def test_an_unknown_topic_or_a_wrong_key_is_refused_and_the_connection_lives(
    node: RunningNode, order: dict[str, object], error: type[Exception]
) -> None:
    with node.connect() as channel:
        with pytest.raises(error):
            channel.call(order, DEADLINE_S)
        publish(channel, "still-here")


def test_a_flood_becomes_one_missed_and_holds_up_nobody(node: RunningNode) -> None:
    # Not in the topic of other tests: a flood leaves its topic quiet until its second is over.
    with node.connect() as publisher, follow(node, "config") as follower:
        for number in range(20 * NOTICES_A_SECOND):
            publisher.send({"op": "publish_topic", "topic": "config", "key": str(number), "id": number})
        answers = [publisher.wait(DEADLINE_S).fields for _ in range(20 * NOTICES_A_SECOND)]
        assert all(answer.get("ok") for answer in answers)
        got = [follower.wait(DEADLINE_S).fields]
        while got[-1] != MISSED:
            got.append(follower.wait(DEADLINE_S).fields)
        assert got[0] == notice("0", "config")
        assert len(got) < 20 * NOTICES_A_SECOND / 2
        assert node.client.streams()


def test_what_a_slow_follower_cannot_take_waits_and_each_is_sent_once(node: RunningNode) -> None:
    with node.connect() as publisher, follow(node, "links") as slow:
        for number in range(3000):  # their answers fill the socket
            slow.send({"op": "streams", "id": number})
        for key in ("a", "b", "a", "b"):
            publish(publisher, key)
        notices: list[dict[str, object]] = []
        answered = 0
        while answered < 3000 or len(notices) < 2:
            fields = slow.wait(DEADLINE_S).fields
            if "event" in fields:
                notices.append(fields)
            else:
                answered += 1
        publish(publisher, "last")
        notices.append(slow.wait(DEADLINE_S).fields)
        assert notices in ([notice("a"), notice("b"), notice("last")], [notice(key) for key in "abab"])


def test_a_killed_follower_leaves_nothing_behind(node: RunningNode) -> None:
    process = psutil.Process(node.pid)
    with node.connect() as publisher:
        publish(publisher, "before")
        before = process.num_fds()
        child = subprocess.Popen(
            [sys.executable, "-c", FOLLOWER, str(node.socket)], stdout=subprocess.PIPE, env=ENVIRONMENT
        )
        with child:
            assert child.stdout is not None
            assert child.stdout.readline() == b"follows\n"
            assert process.num_fds() > before
            child.send_signal(signal.SIGKILL)
        publish(publisher, "after")
        until(lambda: process.num_fds() <= before, "the follower's connection is closed")


def test_publishers_and_readers_may_not_use_topics(node: RunningNode) -> None:
    subscription = Subscription("lively", TrackName.parse("data"), Policy.parse("latest"))
    for first in (
        {"op": "publish", "stream": "mine", "label": "a test"},
        {"op": "subscribe", **subscription.to_json()},
    ):
        for order in (
            {"op": "publish_topic", "topic": "links", "key": "a"},
            {"op": "follow", "topics": ["links"]},
        ):
            with node.connect() as channel:
                channel.send(first)
                channel.send(order)
                fields = channel.wait(DEADLINE_S).fields
                while "error" not in fields:
                    fields = channel.wait(DEADLINE_S).fields
                assert fields["error"] == "Invalid"
                with pytest.raises((Broken, Closed)):
                    channel.wait(DEADLINE_S)


def test_a_source_process_is_refused_on_a_connection_of_its_own_too(node: RunningNode) -> None:
    node.put("hostile", "numbers:?seed=666", always=True)
    facts = until(lambda: node.client.stream("hostile").facts, "the source says what it was answered")
    facts = until(
        lambda: found if "follow" in (found := node.client.stream("hostile").facts) else None, "both answers"
    )
    # Its process cannot make such a connection where the kernel has seccomp; elsewhere the node refuses it.
    refused = PermissionError if seccomp.is_known() else Denied
    assert (facts["publish_topic"], facts["follow"]) == (refused.__name__, refused.__name__)


def test_following_blocks_and_ends_with_the_node_or_when_it_is_closed() -> None:
    with private_node() as private:
        connection = ControlConnection(private.socket)
        with pytest.raises(NotFound):
            connection.follow(["nothing"])
        notices = connection.follow(["links"])
        connection.request({"op": "publish_topic", "topic": "links", "key": "a"})
        assert next(notices) == Notice("links", "a")
        assert list(connection.follow(["links"], timeout_s=0.01)) == []
        private.close()
        assert list(notices) == []
        connection.close()
        with pytest.raises(Closed):
            connection.follow(["links"])


def test_a_server_that_follows_reads_everything_again_after_each_new_connection() -> None:
    heard: list[Notice] = []

    async def run(place: Path) -> None:
        with served(place) as first:
            path = first.socket
            following = asyncio.create_task(keep_following(path, ["links"], heard.append))
            await _until(lambda: heard == [Notice("links", missed=True)])
            client = AsyncNodeClient(path)
            await client.publish(Notice("links", "a"))
            await _until(lambda: heard[1:] == [Notice("links", "a")])
            await client.close()
            await asyncio.to_thread(first.close)
        with served(place):
            await _until(lambda: heard[2:] == [Notice("links", missed=True)])
            following.cancel()
        with pytest.raises(NotFound), private_node() as private:
            await keep_following(private.socket, ["nothing"], heard.append)

    with folder() as place:
        asyncio.run(run(place))


async def _until(true: Callable[[], bool]) -> None:
    await asyncio.to_thread(until, true, "it never came")
