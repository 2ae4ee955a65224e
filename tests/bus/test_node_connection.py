"""A reader's line to the node, and what happens when there is none for a while."""

from __future__ import annotations

import select
from collections.abc import Iterator

import pytest

from framecast.bus import node_connection
from framecast.bus.channel import Channel, pair
from framecast.bus.node_connection import NodeConnection
from framecast.errors import NodeUnavailable

ORDER = {"op": "subscribe"}


class Nodes:
    """Nodes that come and go: `there` is the newest one's end, None while none is."""

    def __init__(self) -> None:
        self.there: Channel | None = None
        self.up = True
        self.asked = 0
        self.ends: list[Channel] = []

    def connect(self) -> Channel:
        self.asked += 1
        if not self.up:
            raise NodeUnavailable("no node")
        here, self.there = pair()
        self.ends += [here, self.there]
        return here

    def heard(self) -> list[object]:
        assert self.there is not None
        return [message.fields for message in self.there.receive()]

    def die(self) -> None:
        assert self.there is not None
        self.there.close()
        self.up = False


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    some = Nodes()
    yield some
    for end in some.ends:
        end.close()


@pytest.fixture
def epoll() -> Iterator[select.epoll]:
    with select.epoll() as one:
        yield one


def woken(epoll: select.epoll, line: NodeConnection, timeout_s: float = 10) -> list[object]:
    """What the descriptors that are ready bring."""
    return [line.take(number) for number, _ in epoll.poll(timeout_s)]


def test_no_node_at_first_is_told(nodes: Nodes, epoll: select.epoll) -> None:
    nodes.up = False
    with pytest.raises(NodeUnavailable):
        NodeConnection(nodes.connect, lambda: ORDER, epoll)


def test_the_node_is_asked_and_heard(nodes: Nodes, epoll: select.epoll) -> None:
    line = NodeConnection(nodes.connect, lambda: ORDER, epoll)
    assert nodes.there is not None
    assert (nodes.heard(), line.is_lost, line.take(0)) == ([ORDER], False, [])
    nodes.there.send({"event": "state"})
    ((message,),) = woken(epoll, line)  # type: ignore[misc]
    assert message.fields == {"event": "state"}  # type: ignore[has-type]
    assert line.tell({"op": "again"})
    assert nodes.heard() == [{"op": "again"}]
    line.close()
    line.close()


def test_a_lost_node_is_looked_for_until_it_is_there(
    nodes: Nodes, epoll: select.epoll, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_connection, "RETRY_S", 0.1)
    line = NodeConnection(nodes.connect, lambda: ORDER, epoll)
    nodes.die()
    assert woken(epoll, line) == [None]
    assert line.is_lost
    assert line.tell({"op": "again"})  # nobody is there to be told, which is known already
    assert (line.find(), line.find(), nodes.asked) == (False, False, 2)  # not again at once
    assert woken(epoll, line) == [[]]  # the alarm
    nodes.up = True
    assert (line.find(), line.is_lost, nodes.heard()) == (True, False, [ORDER])
    assert epoll.poll(0.3) == []  # which is silent from now on
    line.close()


def test_telling_finds_out_that_the_node_is_gone(nodes: Nodes, epoll: select.epoll) -> None:
    line = NodeConnection(nodes.connect, lambda: ORDER, epoll)
    nodes.die()
    assert not line.tell({"op": "again"})
    assert line.is_lost
    line.close()
