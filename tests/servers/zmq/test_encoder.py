"""What a subscriber that does not take its records loses: messages of a track in its log, and a cursor."""

from __future__ import annotations

import dataclasses

from framecast.fanout.cursor import Cursor
from framecast.fanout.log import Log
from framecast.fanout.loss import loss_of
from framecast.model import Kind, Picture, TrackInfo, TrackName
from framecast.servers.zmq.dialect import Native
from framecast.servers.zmq.encoder import QUEUE_BYTES, QUEUE_RECORDS, Encoder, limits_of
from framecast.servers.zmq.message import Message
from tests.fanout.records import number_in, record_of

PICTURES = TrackInfo("jpeg/75", Kind.PACKETS, codec="mjpeg")
VIDEO = TrackInfo("video", Kind.PACKETS, codec="h264")
SOUND = TrackInfo("samples", Kind.SAMPLES, sample_rate=48000, channels=1)


class Track:
    """One track, and one subscriber that reads when the test says so."""

    def __init__(self, info: TrackInfo) -> None:
        self._info = info
        track = TrackName.parse(info.name)
        loss = loss_of(track)
        log: Log[Message] = Log(limits_of(loss))
        self._encoder = Encoder(log, ("door", track), Native())
        self.log = log
        self.cursor = Cursor(log, loss, log.counts)

    def add(self, number: int, *, key: bool = True, size: int = 1000, lost: int = 0) -> None:
        record = record_of(self._info, number, size, is_key=key)
        record.dropped = lost
        self._encoder.add(record)

    def drain(self) -> list[tuple[int, int]]:
        out = []
        while (entry := self.cursor.take()) is not None:
            assert entry.message is not None
            out.append((number_in(bytes(entry.message.payload)), self.cursor.dropped))
        return out

    def cut(self) -> None:
        self._encoder.cut()


def test_pictures_are_replaced_by_newer_ones() -> None:
    track = Track(PICTURES)
    for number in range(5):
        track.add(number)
    assert track.drain() == [(4, 4)]
    track.add(9, lost=4)
    assert track.drain() == [(9, 4)]
    assert track.cursor.lost == track.log.lost == 8


def test_records_keep_their_order_and_lose_the_oldest_beyond_the_bound() -> None:
    track = Track(SOUND)
    for number in range(100):
        track.add(number, size=1 << 20)
    taken = track.drain()
    assert [number for number, _ in taken] == list(range(100 - len(taken), 100))
    assert taken[0][1] == 100 - len(taken) == track.cursor.lost
    assert sum(dropped for _, dropped in taken[1:]) == 0
    assert (len(taken) + 1) << 20 >= QUEUE_BYTES


def test_number_of_small_records_is_bounded_too() -> None:
    track = Track(SOUND)
    for number in range(QUEUE_RECORDS + 10):
        track.add(number, size=4)
    assert len(track.drain()) == QUEUE_RECORDS


def test_one_record_that_is_larger_than_the_bound_is_sent_nevertheless() -> None:
    track = Track(SOUND)
    track.add(0, size=QUEUE_BYTES * 2)
    assert track.drain() == [(0, 0)]


def test_video_loses_whole_groups_and_goes_on_with_a_key_frame() -> None:
    track = Track(VIDEO)
    for number in range(65):
        track.add(number, key=number % 10 == 0, size=1 << 20)
    taken = track.drain()
    assert taken[0][0] in (50, 60)
    assert [number for number, _ in taken] == list(range(taken[0][0], 65))
    assert taken[0][1] == taken[0][0] == track.cursor.lost


def test_video_whose_groups_are_too_large_waits_for_the_next_one() -> None:
    track = Track(VIDEO)
    for number in range(20):
        track.add(number, key=number == 0, size=1 << 20)
    assert track.drain() == []
    track.add(20)
    assert track.drain() == [(20, 20)]


def test_video_begins_with_a_key_frame_and_does_so_again_after_a_gap() -> None:
    track = Track(VIDEO)
    for number, key, lost in (
        (3, False, 0),
        (4, True, 0),
        (5, False, 0),
        (8, False, 2),
        (9, False, 0),
        (10, True, 0),
    ):
        track.add(number, key=key, lost=lost)
    assert track.drain() == [(4, 1), (5, 0), (10, 4)]


def test_nobody_begins_with_a_stream_that_has_ended_and_slow_subscribers_get_the_rest_of_it() -> None:
    track = Track(VIDEO)
    track.add(0)
    track.add(1, key=False)
    track.cut()
    late = Cursor(track.log)
    track.add(2, key=False)
    assert late.take() is None
    track.add(3)
    assert track.drain() == [(0, 0), (1, 0), (3, 1)]
    assert (entry := late.take()) is not None
    assert entry.message is not None
    assert number_in(bytes(entry.message.payload)) == 3


def test_pictures_of_every_form_are_pictures() -> None:
    raw = dataclasses.replace(
        PICTURES, name="frames/gray/8x8", kind=Kind.FRAMES, picture=Picture("gray", 8, 8)
    )
    track = Track(raw)
    for number in range(3):
        track.add(number, size=64)
    assert track.drain() == [(2, 2)]
