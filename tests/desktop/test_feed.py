"""Where a window's pictures come from, and what it says where they do not come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framecast
from framecast.desktop.feed import Feed
from tests.client.nodes import TestNode
from tests.support.waiting import until

IMAGE = np.full((48, 64, 3), 90, np.uint8)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestNode:
    """Give a folder for a node of this test's own, where streams are looked for."""
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(tmp_path))
    return TestNode(tmp_path)


@pytest.fixture
def watch() -> Iterator[Callable[..., Feed]]:
    """Give feeds that are closed in the end, also where a test fails: sockets that nobody closes are warnings."""
    with ExitStack() as stack:

        def begin(*given: Any) -> Feed:
            feed = Feed(*given)
            stack.callback(feed.close)
            return feed

        yield begin


def comes(feed: Feed, out: framecast.Writer | None = None) -> None:
    """Wait for a picture."""

    def one() -> bool:
        if out is not None:
            out.send(IMAGE)
        return feed.next() is not None

    until(one)
    assert feed.away == ""


def goes(feed: Feed, words: str) -> None:
    """Wait until there is none, for this reason."""
    until(lambda: feed.next() is None and feed.away)
    until(lambda: feed.next() is not None or feed.away == words)
    assert feed.away == words


def test_words_follow_a_program_that_leaves_and_returns(house: TestNode, watch: Callable[..., Feed]) -> None:
    with house, framecast.publish("x") as out:
        feed = watch("x")
        comes(feed, out)
        out.close()
        goes(feed, "the program that published it has left")
        with framecast.publish("x") as again:
            comes(feed, again)
        feed.close()


def test_stream_that_is_removed_is_looked_for_until_it_is_back(
    house: TestNode, watch: Callable[..., Feed]
) -> None:
    with house, framecast.NodeClient() as client:
        client.put("x", "pattern:?size=160x120")
        feed = watch("x")
        comes(feed)
        client.delete("x")
        goes(feed, "the stream has ended")
        assert feed.fileno() is None
        client.put("x", "pattern:?size=160x120")
        comes(feed)
        feed.close()


def test_reason_of_a_camera_that_refuses_is_said_once(
    house: TestNode, free_port: int, watch: Callable[..., Feed]
) -> None:
    with house, framecast.NodeClient() as client:
        client.put("x", f"rtsp://127.0.0.1:{free_port}/")
        feed = watch("x")
        goes(feed, f"the address refuses connections: 127.0.0.1 port {free_port}")
        feed.close()


def test_node_that_is_gone_matters_when_its_pictures_are_gone(
    house: TestNode, watch: Callable[..., Feed]
) -> None:
    now = [100.0]
    with house, framecast.publish("x") as out:
        feed = watch("x", lambda: now[0])
        comes(feed, out)
        house.kill()
        until(lambda: feed.next() is None and feed.reader is not None and not feed.reader.node_connected)
        assert feed.away == ""
        now[0] += 3
        assert feed.away == "no node answers"
        comes(feed, out)  # a program and its readers need no node any more
        house.start()
        now[0] += 3
        until(lambda: feed.next() is None and feed.away == "")
        feed.close()


def test_stream_without_pictures_is_refused(house: TestNode, watch: Callable[..., Feed]) -> None:
    with house, framecast.NodeClient() as client:
        client.put("x", "numbers:")
        feed = watch("x")
        with pytest.raises(framecast.NotFound):
            until(lambda: feed.next())
        feed.close()


def test_program_that_sends_nothing_more_has_no_pictures_although_it_lives(
    house: TestNode, watch: Callable[..., Feed]
) -> None:
    now = [0.0]
    with house, framecast.publish("x") as out:
        feed = watch("x", lambda: now[0])
        comes(feed, out)
        now[0] += 2
        assert feed.next() is None
        assert feed.away == ""
        now[0] += 3
        assert feed.away == "no pictures are coming"
        comes(feed, out)
        feed.close()
