"""Where a window's pictures come from, and what it says where they do not come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framecast
from framecast.desktop.pictures import Pictures
from tests.client.nodes import TestNode
from tests.support.waiting import until

IMAGE = np.full((48, 64, 3), 90, np.uint8)


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestNode:
    """Give a folder for a node of this test's own, where streams are looked for."""
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(tmp_path))
    return TestNode(tmp_path)


@pytest.fixture
def watch() -> Iterator[Callable[..., Pictures]]:
    """Give pictures of windows that are closed in the end, also where a test fails: sockets that nobody closes are warnings."""
    with ExitStack() as stack:

        def begin(*given: Any) -> Pictures:
            pictures = Pictures(*given)
            stack.callback(pictures.close)
            return pictures

        yield begin


def comes(pictures: Pictures, out: framecast.Writer | None = None) -> None:
    """Wait for a picture."""

    def one() -> bool:
        if out is not None:
            out.send(IMAGE)
        return pictures.next() is not None

    until(one)
    assert pictures.away == ""


def goes(pictures: Pictures, words: str) -> None:
    """Wait until there is none, for this reason."""
    until(lambda: pictures.next() is None and pictures.away)
    until(lambda: pictures.next() is not None or pictures.away == words)
    assert pictures.away == words


def test_words_follow_a_program_that_leaves_and_returns(
    house: TestNode, watch: Callable[..., Pictures]
) -> None:
    with house, framecast.publish("x") as out:
        pictures = watch("x")
        comes(pictures, out)
        out.close()
        goes(pictures, "the program that published it has left")
        with framecast.publish("x") as again:
            comes(pictures, again)
        pictures.close()


def test_stream_that_is_removed_is_looked_for_until_it_is_back(
    house: TestNode, watch: Callable[..., Pictures]
) -> None:
    with house, framecast.NodeClient() as client:
        client.put("x", "pattern:?size=160x120")
        pictures = watch("x")
        comes(pictures)
        client.delete("x")
        goes(pictures, "the stream has ended")
        assert pictures.fileno() is None
        client.put("x", "pattern:?size=160x120")
        comes(pictures)
        pictures.close()


def test_reason_of_a_camera_that_refuses_is_said_once(
    house: TestNode, free_port: int, watch: Callable[..., Pictures]
) -> None:
    with house, framecast.NodeClient() as client:
        client.put("x", f"rtsp://127.0.0.1:{free_port}/")
        pictures = watch("x")
        goes(pictures, f"the address refuses connections: 127.0.0.1 port {free_port}")
        pictures.close()


def test_node_that_is_gone_matters_when_its_pictures_are_gone(
    house: TestNode, watch: Callable[..., Pictures]
) -> None:
    now = [100.0]
    with house, framecast.publish("x") as out:
        pictures = watch("x", lambda: now[0])
        comes(pictures, out)
        house.kill()
        until(
            lambda: (
                pictures.next() is None and pictures.reader is not None and not pictures.reader.node_connected
            )
        )
        assert pictures.away == ""
        now[0] += 3
        assert pictures.away == "no node answers"
        comes(pictures, out)  # a program and its readers need no node any more
        house.start()
        now[0] += 3
        until(lambda: pictures.next() is None and pictures.away == "")
        pictures.close()


def test_stream_without_pictures_is_refused(house: TestNode, watch: Callable[..., Pictures]) -> None:
    with house, framecast.NodeClient() as client:
        client.put("x", "numbers:")
        pictures = watch("x")
        with pytest.raises(framecast.NotFound):
            until(lambda: pictures.next())
        pictures.close()


def test_program_that_sends_nothing_more_has_no_pictures_although_it_lives(
    house: TestNode, watch: Callable[..., Pictures]
) -> None:
    now = [0.0]
    with house, framecast.publish("x") as out:
        pictures = watch("x", lambda: now[0])
        comes(pictures, out)
        now[0] += 2
        assert pictures.next() is None
        assert pictures.away == ""
        now[0] += 3
        assert pictures.away == "no pictures are coming"
        comes(pictures, out)
        pictures.close()
