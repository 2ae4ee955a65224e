"""Values through messages and back, and messages that nobody should send."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, cast

import pytest

from framecast.clock import NS, Clock, monotonic_ns, utc_ns
from framecast.errors import Invalid
from framecast.model import Flag, Kind, Meta, Picture, State, TrackInfo
from framecast.protocols.grpc import record_from, record_to, stream_from, track_from, track_to
from framecast.v1 import media_pb2, streams_pb2

VIDEO = TrackInfo(
    "video",
    Kind.PACKETS,
    Fraction(1, 90000),
    "h264",
    b"\x00\x00\x00\x01\x67",
    Picture("i420", 1921, 1081, "bt709"),
    1921,
    1081,
    Fraction(30000, 1001),
    details={"a": "b"},
    epoch=4,
)
SOUND = TrackInfo("audio", Kind.PACKETS, Fraction(1, 48000), "aac", sample_rate=48000, channels=2)


@pytest.mark.parametrize("info", [VIDEO, SOUND, TrackInfo("data", Kind.DATA)])
def test_a_track_comes_back_as_it_was(info: TrackInfo) -> None:
    assert track_from(track_to(info)) == info


def test_a_record_keeps_its_times_and_its_bytes() -> None:
    now = monotonic_ns()
    meta = Meta(-7, utc_ns(), now - NS, Clock.RTCP, -9, 3, Flag.KEY | Flag.DISCONTINUITY)
    message = media_pb2.Record.FromString(record_to("video", meta, b"abc").SerializeToString())
    back = record_from(message)
    assert (back.track, back.payload) == ("video", b"abc")
    # Over the wall clock and back: wrong by no more than passed between the readings of the two clocks.
    assert abs(back.meta.arrived_ns - meta.arrived_ns) <= monotonic_ns() - now
    for field in ("pts", "dts", "duration", "captured_at", "clock", "flags"):
        assert getattr(back.meta, field) == getattr(meta, field)


def test_a_record_without_decoding_time_has_none() -> None:
    assert record_from(record_to("video", Meta(5, 0, 0), b"")).meta.dts is None


@pytest.mark.parametrize("ahead_s", [0, 3, 1 << 20])
def test_nothing_arrives_before_it_has_come(ahead_s: int) -> None:
    message = media_pb2.Record(arrived_at=utc_ns() + ahead_s * NS, captured_at=utc_ns() + ahead_s * NS)
    assert record_from(message).meta.arrived_ns <= monotonic_ns()


def test_numbers_that_the_bus_cannot_carry_are_taken_as_unknown() -> None:
    received = record_from(
        media_pb2.Record(duration=1 << 40, flags=0xFFFFFFFF, clock=cast(Any, 77), arrived_at=-(1 << 62))
    )
    assert received.meta.duration == 0
    assert received.meta.clock is Clock.ARRIVAL
    assert received.meta.arrived_ns == 0
    assert received.meta.flags == Flag.KEY | Flag.DISCONTINUITY | Flag.CORRUPT | Flag.HIDDEN


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "../etc"},
        {"kind": "magic"},
        {"time_base": "1/0"},
        {"time_base": "-1/5"},
        {"time_base": "x"},
        {"rate": "0"},
        {"picture": streams_pb2.Picture(format="i420", width=0, height=5)},
        {"picture": streams_pb2.Picture(format="yuv", width=5, height=5)},
    ],
)
def test_a_track_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    message = track_to(VIDEO)
    assert track_from(message) == VIDEO
    for field, value in wrong.items():
        if isinstance(value, str):
            setattr(message, field, value)
        else:
            getattr(message, field).CopyFrom(value)
    with pytest.raises(Invalid, match="invalid description of track"):
        track_from(message)


def test_a_stream_of_a_newer_node_is_read_as_far_as_it_is_known() -> None:
    message = streams_pb2.Stream(
        name="a", tracks=[track_to(SOUND), streams_pb2.Track(name="smell", kind="odours")]
    )
    stream = stream_from(message)
    assert stream.state is State.CONNECTING
    assert [track.name for track in stream.tracks] == ["audio"]
    assert stream.to_json()["tracks"][0]["codec"] == "aac"
