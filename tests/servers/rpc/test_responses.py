"""The messages of one client of a feed: in which order, when several become one, and how losses are said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from framecast.fanout.log import Limits, Log
from framecast.fanout.loss import Loss
from framecast.model import Kind, TrackInfo
from framecast.servers.rpc import messages
from framecast.servers.rpc.encoder import MAX_MESSAGE_BYTES, Batch, Encoder
from framecast.servers.rpc.responses import Responses
from framecast.v1 import media_pb2
from tests.fanout.records import number_in, record_of

VIDEO = TrackInfo("video", Kind.PACKETS, codec="h264", width=1920, height=1080)
ROOMY = Limits(1000, 64 << 20, 64 << 20)
LARGER = TrackInfo("video", Kind.PACKETS, codec="h264", width=3840, height=2160)


class Feed:
    """A log with an encoder, and what `Responses` reads of a feed."""

    def __init__(self, limits: Limits = ROOMY) -> None:
        self.log: Log[Batch] = Log(limits)
        self.encoder = Encoder(self.log, ["video"], [False], lambda _: None)
        self.view: Any = SimpleNamespace(
            log=self.log, loss=Loss.GROUPS, names=["video"], status=b"", absent=[]
        )
        self.number = 0

    def add(self, count: int = 1, size: int = 100, info: TrackInfo = VIDEO, *, key: bool = False) -> None:
        for _ in range(count):
            self.encoder.add(0, record_of(info, self.number, size, is_key=key))
            self.encoder.flush()
            self.number += 1


def taken(responses: Responses) -> list[media_pb2.ReadResponse]:
    found = []
    while (message := responses.take()) is not None:
        found.append(media_pb2.ReadResponse.FromString(message))
    return found


def numbers(response: media_pb2.ReadResponse) -> list[int]:
    return [number_in(record.payload) for record in response.records]


def test_state_and_absent_tracks_come_before_the_description_and_that_before_records() -> None:
    feed = Feed()
    feed.view.status = media_pb2.ReadResponse(absent="state").SerializeToString()
    feed.view.absent = [messages.absent_track("a"), messages.absent_track("b")]
    feed.add(key=True)
    found = taken(Responses(feed.view))
    assert [one.absent for one in found[:3]] == ["state", "a", "b"]
    assert found[3].track.name == "video"
    assert numbers(found[4]) == [0]
    assert len(found) == 5


def test_what_was_said_is_said_again_only_if_it_changes() -> None:
    feed = Feed()
    responses = Responses(feed.view)
    feed.add(key=True)
    assert len(taken(responses)) == 2
    feed.add()
    assert [numbers(one) for one in taken(responses)] == [[1]]
    feed.add(info=LARGER, key=True)
    described, records = taken(responses)
    assert (described.track.width, numbers(records)) == (3840, [2])
    feed.view.status = messages.absent_track("state")
    assert [one.absent for one in taken(responses)] == ["state"]


def test_slow_client_gets_several_messages_as_one_up_to_the_bound() -> None:
    feed = Feed()
    responses = Responses(feed.view)
    feed.add(key=True)
    feed.add(4)
    assert [numbers(one) for one in taken(responses)] == [[], [0, 1, 2, 3, 4]]
    feed.add(3, size=MAX_MESSAGE_BYTES * 2 // 5)
    assert [numbers(one) for one in taken(responses)] == [[5, 6], [7]]


def test_messages_of_two_descriptions_are_not_joined() -> None:
    feed = Feed()
    responses = Responses(feed.view)
    feed.add(key=True)
    feed.add(info=LARGER, key=True)
    found = taken(responses)
    assert [numbers(one) for one in found] == [[], [0], [], [1]]


def test_loss_is_said_before_the_records_behind_it() -> None:
    feed = Feed(Limits(3, 64 << 20, 64 << 20))
    responses = Responses(feed.view)
    feed.add(key=True)
    taken(responses)
    feed.add(9, key=True)
    lost, records = taken(responses)
    assert (lost.lost.track, lost.lost.records) == ("video", 8)
    assert numbers(records) == [9]


def test_client_that_has_left_keeps_nothing_in_the_log() -> None:
    feed = Feed()
    responses = Responses(feed.view)
    feed.add(5, key=True)
    held = feed.log.end - feed.log.first
    responses.close()
    responses.close()
    feed.add(key=True)
    assert held > 1
    assert feed.log.end - feed.log.first == 1
