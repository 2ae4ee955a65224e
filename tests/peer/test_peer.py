"""Calls to another node: what they give, how they end, and what they say of a node that is none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import grpc
import numpy as np
import pytest
import simplejpeg

import framecast
from framecast.errors import Closed, Invalid, NodeUnavailable, NotFound, SourceError, WouldBlock
from framecast.model import TrackInfo
from framecast.peer.address import PeerAddress
from framecast.peer.peer import Peer
from framecast.protocols.grpc import Received
from tests.client.nodes import descriptors
from tests.client.remote_node import RemoteNode
from tests.support.waiting import until


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RemoteNode]:
    with RemoteNode(tmp_path_factory.mktemp("remote"), {"dice": "numbers:?period=0.02"}) as node:
        yield node


@pytest.fixture
def peer(remote: RemoteNode) -> Iterator[Peer]:
    with Peer(PeerAddress("127.0.0.1", remote.port)) as found:
        yield found


def test_records_come_after_what_they_are(peer: Peer) -> None:
    reading = iter(peer.read("dice", "data"))
    first = next(reading)
    assert isinstance(first, TrackInfo)
    assert (first.name, first.kind) == ("data", "data")
    records = [next(reading) for _ in range(5)]
    assert all(isinstance(record, Received) and record.epoch == first.epoch for record in records)
    seqs = [record.seq for record in records if isinstance(record, Received)]
    assert seqs == list(range(seqs[0], seqs[0] + 5))


def test_a_call_that_is_cancelled_by_another_thread_ends_as_closed(peer: Peer) -> None:
    reading = peer.read("dice", "data")
    begun = threading.Event()
    ends: list[BaseException] = []

    def read() -> None:
        try:
            for _ in reading:
                begun.set()
        except Closed as error:
            ends.append(error)

    thread = threading.Thread(target=read)
    thread.start()
    assert begun.wait(20)
    reading.cancel()
    thread.join(20)
    assert len(ends) == 1


def test_closing_ends_everything_and_leaves_nothing(remote: RemoteNode) -> None:
    def use() -> None:
        with Peer(PeerAddress("127.0.0.1", remote.port)) as peer:
            watching = iter(peer.watch("dice"))
            assert next(watching)[0] == "dice"
            peer.close()
            with pytest.raises((Closed, NodeUnavailable)):
                list(watching)
            with pytest.raises(Closed):
                peer.streams()

    use()
    before = descriptors()
    for _ in range(5):
        use()
    until(lambda: descriptors() <= before)


def test_records_larger_than_the_usual_limit_of_messages_come_whole(remote: RemoteNode, peer: Peer) -> None:
    with framecast.publish("large", tracks=["data"], node=remote.folder) as out:
        out.send_data(bytes(range(256)) * (64 << 10))  # 16 MiB
        reading = iter(peer.read("large", "data"))
        assert isinstance(next(reading), TrackInfo)
        record = next(reading)
    assert isinstance(record, Received)
    assert record.payload.endswith(bytes(range(256)) * (64 << 10))


def test_an_unknown_stream_and_track_are_named(peer: Peer) -> None:
    with pytest.raises(NotFound, match="'nobody'"):
        peer.stream("nobody")
    with pytest.raises(NotFound, match="no track frames"):
        list(peer.read("dice", "frames"))


def _refusal(url: str) -> str:
    """Ask for a picture that is younger than any: on a busy machine the deadline of the call may come before the answer."""
    with pytest.raises(WouldBlock) as caught:
        framecast.snapshot(url, timeout_s=1, max_age_s=0.01)
    return str(caught.value)


def test_snapshot_of_another_node_is_judged_by_the_age_that_it_tells(remote: RemoteNode) -> None:
    url = f"{remote.url}/door"
    with framecast.publish("door", node=remote.folder) as out:
        out.send(np.zeros((48, 64, 3), np.uint8))
        kept = framecast.snapshot(url, quality=70, size=(32, 0), max_age_s=3600)
        assert simplejpeg.decode_jpeg_header(kept)[:2] == (24, 32)
        until(
            lambda: "old, expected at most 0.01 s" in _refusal(url),
            "an answer before the call's own deadline",
        )
        with pytest.raises(Invalid, match=r"max_age_s must be 0 .* got -1"):
            framecast.snapshot(url, max_age_s=-1)
        with pytest.raises(Invalid):
            framecast.snapshot(url, quality=0)
    with remote.client as client:
        client.put("dead", "rtsp://127.0.0.1:9/none")
    with pytest.raises(SourceError, match="refuses") as caught:
        framecast.snapshot(f"{remote.url}/dead")
    assert caught.value.reason == "refused"
    with pytest.raises(NotFound):
        framecast.snapshot(f"{remote.url}/nobody")
    with pytest.raises(Invalid, match="names a node but no stream"):
        framecast.snapshot(remote.url)


def test_snapshot_of_another_node_can_wait_for_its_stream(remote: RemoteNode) -> None:
    found: list[bytes] = []
    asked = threading.Event()

    def ask() -> None:
        asked.set()
        found.append(framecast.snapshot(f"{remote.url}/later", wait=True, timeout_s=60))

    thread = threading.Thread(target=ask)
    thread.start()
    assert asked.wait(20)
    with framecast.publish("later", node=remote.folder) as out:
        while thread.is_alive():
            out.send(np.zeros((48, 64, 3), np.uint8))
            thread.join(0.05)
    assert len(found) == 1


def test_who_does_not_answer_is_waited_for_no_longer_than_was_said() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        Peer(PeerAddress("127.0.0.1", silent.getsockname()[1])) as peer,
        pytest.raises((WouldBlock, NodeUnavailable)),
    ):
        peer.streams(0.5)


class _Stopping(grpc.GenericRpcHandler):
    """Cancels every call, as the server of a node does that stops."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        def cancel(_requests: object, context: grpc.ServicerContext) -> None:
            context.abort(grpc.StatusCode.CANCELLED, "")

        return grpc.stream_stream_rpc_method_handler(cancel)


@pytest.mark.parametrize(
    "ask",
    [
        lambda peer: peer.stream("x"),
        lambda peer: peer.streams(),
        lambda peer: list(peer.read("x", "video")),
        lambda peer: list(peer.watch()),
        lambda peer: list(peer.publish(iter(()))),
    ],
)
def test_calls_that_a_stopping_node_cancels_are_not_closed_by_us(ask: Callable[[Peer], object]) -> None:
    with ThreadPoolExecutor(2) as workers:
        server = grpc.server(workers, handlers=[_Stopping()])
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with Peer(PeerAddress("127.0.0.1", port)) as peer, pytest.raises(NodeUnavailable, match="has ended"):
            ask(peer)
        server.stop(None).wait()
