"""Asking the node."""

from __future__ import annotations

import signal
import threading

import pytest

import framecast
from framecast.client.node_client import NodeClient, Status
from framecast.model import State
from tests.client.nodes import TestNode


def test_streams_are_added_changed_and_removed(node: TestNode) -> None:
    with NodeClient(node.folder) as client:
        assert client.streams() == []
        client.put("demo", "pattern:")
        assert client.stream("demo").source == "pattern:"
        client.put("demo", "rtsp://user:secret@127.0.0.1:1/x", transport="udp")
        assert "secret" not in str(client.streams())
        client.restart("demo")
        client.delete("demo")
        assert client.streams() == []


def test_what_the_node_refuses_is_raised_with_its_sentence(node: TestNode) -> None:
    with NodeClient(node.folder) as client:
        with pytest.raises(framecast.NotFound, match="nothing-here"):
            client.stream("nothing-here")
        with pytest.raises(framecast.Invalid, match="flavour"):
            client.put("demo", "pattern:", flavour="vanilla")
        with pytest.raises(framecast.FramecastError):
            client.request({"op": "dance"})
        assert client.info()["version"] == framecast.__version__


def test_a_client_survives_a_restart_of_the_node(own_node: TestNode) -> None:
    with NodeClient(own_node.folder) as client:
        first = client.info()["pid"]
        own_node.kill()
        with pytest.raises(framecast.NodeUnavailable, match="framecast serve"):
            client.streams()
        own_node.start()
        assert client.info()["pid"] != first
        before = client.info()["pid"]
        own_node.kill()
        own_node.start()
        assert client.info()["pid"] != before


def test_watching_tells_of_what_comes_and_goes(node: TestNode) -> None:
    with NodeClient(node.folder) as client:
        client.put("before", "numbers:")
        changes = client.watch(20)
        assert next(changes).name == "before"
        threading.Thread(target=client.put, args=("demo", "numbers:")).start()
        added = next(change for change in changes if change.name == "demo")
        assert added.status is not None
        client.delete("demo")
        assert next(change for change in changes if change.status is None).name == "demo"
        changes.close()  # type: ignore[attr-defined]


def ask_for_ever(client: NodeClient) -> None:
    while True:
        client.streams()


def test_closing_ends_a_watch_in_another_thread_and_in_a_signal_handler(node: TestNode) -> None:
    client, heard = NodeClient(node.folder), threading.Event()

    def watch() -> None:
        for _ in client.watch():
            heard.set()

    client.put("seen", "numbers:")
    thread = threading.Thread(target=watch)
    thread.start()
    assert heard.wait(20)
    client.close()
    thread.join(20)
    assert not thread.is_alive()
    with pytest.raises(framecast.Closed):
        next(client.watch())
    client = NodeClient(node.folder)
    previous = signal.signal(signal.SIGALRM, lambda *_: client.close())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        with pytest.raises(framecast.Closed):
            ask_for_ever(client)
    finally:
        signal.signal(signal.SIGALRM, previous)


def test_waiting_for_a_state_ends_when_it_comes_or_in_time(node: TestNode) -> None:
    with NodeClient(node.folder) as client, framecast.publish("x", node=node.folder, tracks=["data"]) as out:
        out.send_data(1)
        assert client.wait("x", State.LIVE, 20).state is State.LIVE
        with pytest.raises(framecast.WouldBlock, match="stalled"):
            client.wait("x", State.STALLED, 0.3)


def test_closed_is_closed(node: TestNode) -> None:
    client = NodeClient(node.folder)
    client.streams()
    client.close()
    client.close()
    with pytest.raises(framecast.Closed):
        client.streams()


def test_a_status_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(framecast.Invalid, match="cannot be read"):
        Status.from_json({"name": "x", "state": "flying"})
