"""One call of Publish to another node: which tracks go out, and that what is on its way still goes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction
from time import monotonic
from typing import cast

import pytest

import framecast
from framecast.client.node_client import NodeClient
from framecast.client.uplink_call import Outgoing, UplinkCall, carried
from framecast.errors import Broken, NodeUnavailable, WouldBlock
from framecast.model import Kind, Picture, TrackInfo
from framecast.model.data import unpack
from framecast.peer.address import PeerAddress
from framecast.peer.peer import Peer
from framecast.v1 import media_pb2
from tests.client.nodes import TestNode
from tests.support.waiting import until

THERE = PeerAddress("there", stream="x")
FRAMES = TrackInfo(
    "frames", Kind.FRAMES, Fraction(1, 25), picture=Picture("bgr", 640, 360), rate=Fraction(25), epoch=3
)
VIDEO = TrackInfo("video", Kind.PACKETS, codec="hevc", width=64, height=48, epoch=2)
DATA = TrackInfo("data", Kind.DATA, epoch=1)


@pytest.mark.parametrize(
    ("here", "options", "made_of"),
    [
        ([FRAMES, DATA], {}, {"video": "video/h264", "data": "data"}),
        ([FRAMES], {"jpeg": 85}, {"video": "jpeg/85"}),
        ([FRAMES], {"raw": True}, {"frames": "frames"}),
        ([FRAMES, VIDEO], {}, {"video": "video"}),
        ([FRAMES, VIDEO], {"jpeg": 85}, {"video": "video"}),
        ([FRAMES, VIDEO], {"raw": True}, {"video": "video", "frames": "frames"}),
        ([], {}, {}),
    ],
)
def test_what_goes_out_follows_what_there_is_and_how_it_is_wanted(
    here: list[TrackInfo], options: dict[str, object], made_of: dict[str, str]
) -> None:
    found = carried({info.name: info for info in here}, THERE.having(options))
    assert {name: source for name, (source, _) in found.items()} == made_of
    assert all(info.name == name and info.epoch == 0 for name, (_, info) in found.items())


def test_what_will_be_encoded_is_described_before_it_is() -> None:
    info = carried({"frames": FRAMES}, THERE)["video"][1]
    assert (info.codec, info.width, info.height, info.rate) == ("h264", 640, 360, Fraction(25))


class SlowPeer:
    """Another node that wants `data`, behind a network that takes `record_s` for each record."""

    def __init__(self, record_s: float = 0.0) -> None:
        self.sent: list[media_pb2.PublishRequest] = []
        self._record_s = record_s

    def node(self, _timeout_s: float) -> dict[str, object]:
        return {}

    def publish(self, requests: Iterator[media_pb2.PublishRequest]) -> Iterator[media_pb2.PublishResponse]:
        yield media_pb2.PublishResponse(accepted=media_pb2.PublishAccepted())
        for request in requests:
            if request.HasField("record"):
                threading.Event().wait(self._record_s)
            self.sent.append(request)
            if request.HasField("ready"):
                yield media_pb2.PublishResponse(demand=media_pb2.PublishDemand(tracks=["data"]))

    @property
    def kinds(self) -> list[str]:
        return [str(request.WhichOneof("what")) for request in self.sent]


def outgoing(node: TestNode, name: str) -> Outgoing:
    with NodeClient(node.folder) as client:
        tracks = {info.name: info for info in client.stream(name).tracks}
    return Outgoing(node.folder / "node.sock", name, THERE, "test", tracks=tracks, ready=True)


@pytest.mark.parametrize("meant", [True, False])
def test_what_waits_for_a_slow_network_still_goes_out_at_the_end(node: TestNode, meant: bool) -> None:
    # Each record takes longer than the silence that ends a call.
    peer, accepted = SlowPeer(0.4), threading.Event()
    with framecast.publish("x", tracks=["data"], node=node.folder) as out:
        task = outgoing(node, "x")
        call = UplinkCall(task, cast("Peer", peer), accepted.set)
        running = threading.Thread(target=call.run)
        running.start()
        assert accepted.wait(20)
        until(lambda: out.wanted)
        for number in range(4):
            out.send_data(number)
        task.meant, task.closing_at = meant, monotonic()
        call.wake()
        running.join(20)
        assert not running.is_alive()
    assert call.accepted
    assert peer.kinds[:3] == ["open", "track", "ready"]
    values = [unpack(request.record.payload) for request in peer.sent if request.HasField("record")]
    assert values == [0, 1, 2, 3]
    assert (peer.kinds[-1] == "finish") == meant


def test_a_node_that_ends_the_call_while_the_program_goes_on_is_gone(node: TestNode) -> None:
    class Leaving(SlowPeer):
        def publish(
            self, requests: Iterator[media_pb2.PublishRequest]
        ) -> Iterator[media_pb2.PublishResponse]:
            self.sent.append(next(requests))
            yield media_pb2.PublishResponse(accepted=media_pb2.PublishAccepted())

    with framecast.publish("x", tracks=["data"], node=node.folder):
        call = UplinkCall(outgoing(node, "x"), cast("Peer", Leaving()), lambda: None)
        with pytest.raises(NodeUnavailable, match="ended the connection"):
            call.run()


def test_a_node_that_does_not_answer_the_first_question_is_not_there(node: TestNode) -> None:
    class Silent(SlowPeer):
        def node(self, _timeout_s: float) -> dict[str, object]:
            raise WouldBlock("nothing came")

        def publish(
            self, requests: Iterator[media_pb2.PublishRequest]
        ) -> Iterator[media_pb2.PublishResponse]:
            raise Broken("nobody may be published to who does not answer")

    with framecast.publish("x", tracks=["data"], node=node.folder):
        call = UplinkCall(outgoing(node, "x"), cast("Peer", Silent()), lambda: None)
        with pytest.raises(NodeUnavailable, match="no node answers"):
            call.run()
        assert not call.accepted
