"""A program's publisher and its connection to a node that goes and comes back."""

from __future__ import annotations

import threading

import pytest

from framecast.bus import Callbacks, Channel, Publisher, Subscriber, to_node
from framecast.client.node_client import NodeClient
from framecast.client.publication import Publication
from framecast.errors import Conflict, NodeUnavailable, WouldBlock
from framecast.model import Kind, Picture, Policy, State, Subscription, TrackInfo, TrackName
from tests.bus.switch import show
from tests.client.nodes import TestNode
from tests.support.waiting import until

INFO = TrackInfo("frames", Kind.FRAMES, picture=Picture("gray", 64, 48))


def subscribe(node: TestNode) -> Subscriber:
    wish = Subscription("x", TrackName.parse("frames"), Policy.parse("latest"), wait=True)
    return Subscriber(wish, to_node(node.folder / "node.sock"))


def test_without_a_node_there_is_no_link(own_node: TestNode) -> None:
    socket = own_node.folder / "node.sock"
    Publication("x", socket).close()
    own_node.stop()
    before = threading.active_count()
    with pytest.raises(NodeUnavailable):
        Publication("x", socket)
    assert threading.active_count() == before


def test_name_has_one_writer_and_is_free_after_it(own_node: TestNode) -> None:
    socket = own_node.folder / "node.sock"
    first = Publication("x", socket)
    with pytest.raises(Conflict):
        Publication("x", socket)
    first.close()
    first.close()

    def again() -> bool:
        try:
            Publication("x", socket).close()
        except Conflict:
            return False  # the node has not heard of the end yet
        return True

    until(again)


def test_readers_stay_while_the_node_is_gone_and_new_ones_come_with_the_next(own_node: TestNode) -> None:
    publication = Publication("x", own_node.folder / "node.sock")
    writer = publication.publisher.track(INFO)
    publication.go_live()
    with subscribe(own_node) as early:
        until(lambda: writer.wanted)
        show(writer, 1)
        assert early.read(20).pts == 1
        own_node.kill()
        until(lambda: not publication.connected)
        show(writer, 2)
        assert early.read(20).pts == 2
        own_node.start()
        until(lambda: publication.connected)
        with NodeClient(own_node.folder) as client:
            assert client.wait("x", State.LIVE, 20).configured == "program"
        with subscribe(own_node) as late:
            seen = None
            number = 3
            while seen is None:
                show(writer, number)
                number += 1
                try:
                    seen = late.read(0.05)
                except TimeoutError:
                    continue
            assert early.read(20).pts >= 3
    publication.check()
    publication.close()


def test_name_that_somebody_else_took_meanwhile_is_a_conflict(own_node: TestNode) -> None:
    publication = Publication("x", own_node.folder / "node.sock")
    own_node.kill()
    until(lambda: not publication.connected)
    publication.check()
    own_node.start()
    thief: Publisher | None = None
    channel = Channel.connect(own_node.folder / "node.sock")
    try:
        channel.call({"op": "publish", "stream": "x", "label": "thief"})
        thief = Publisher(channel, "x", callbacks=Callbacks())
    except Conflict:  # the publication was quicker: then it is the rightful writer
        channel.close()
        publication.check()
    else:

        def is_told() -> bool:
            try:
                publication.check()
            except Conflict:
                return True
            return False

        until(is_told)
    finally:
        if thief is not None:
            thief.close()
        publication.close()


def test_close_wakes_a_link_that_looks_for_its_node(own_node: TestNode) -> None:
    publication = Publication("x", own_node.folder / "node.sock")
    own_node.kill()
    until(lambda: not publication.connected)
    publication.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "publication-x"]


def test_meant_end_is_told_to_the_node(own_node: TestNode) -> None:
    publication = Publication("x", own_node.folder / "node.sock")
    publication.publisher.track(INFO)
    publication.go_live()
    with NodeClient(own_node.folder) as client:
        client.wait("x", State.LIVE, 20)
        publication.finish()
        publication.close()

        def is_over() -> bool:
            found = [status for status in client.streams() if status.name == "x"]
            return not found or found[0].state is State.ENDED

        until(is_over)


def test_a_writer_that_has_sent_nothing_is_not_ready_for_the_next_node_either(own_node: TestNode) -> None:
    publication = Publication("x", own_node.folder / "node.sock")
    with subscribe(own_node) as waiting:
        until(lambda: publication.wanted)
        own_node.kill()
        until(lambda: not publication.connected and not publication.wanted)
        own_node.start()
        with pytest.raises(WouldBlock):
            waiting.read(1.0)  # finds the node again, and waits there
        until(lambda: publication.wanted)
        writer = publication.publisher.track(INFO)
        publication.go_live()
        until(lambda: writer.wanted)
        show(writer, 1)
        assert waiting.read(20).pts == 1
    until(lambda: not publication.wanted)
    publication.close()
