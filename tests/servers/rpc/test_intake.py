"""What a client may publish, and what is refused."""

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from framecast.clock import Clock, monotonic_ns, utc_ns
from framecast.errors import Invalid
from framecast.model import Flag, Kind, TrackInfo
from framecast.model.data import pack
from framecast.servers.rpc.intake import meta, track_info
from framecast.v1 import media_pb2, streams_pb2

Track, Picture, Record = streams_pb2.Track, streams_pb2.Picture, media_pb2.Record
PACKETS = TrackInfo("video", Kind.PACKETS, codec="h264")
DATA = TrackInfo("data", Kind.DATA)


def test_tracks_of_every_kind_are_taken() -> None:
    video = track_info(
        Track(name="video", codec="h264", time_base="1/90000", rate="30000/1001", extradata=b"x")
    )
    assert (video.kind, video.time_base, video.rate) == (
        Kind.PACKETS,
        Fraction(1, 90000),
        Fraction(30000, 1001),
    )
    frames = track_info(
        Track(name="frames", picture=Picture(format="nv12", width=641, height=481, full_range=True))
    )
    assert frames.picture is not None
    assert (frames.width, frames.height, frames.picture.full_range) == (641, 481, True)
    sound = track_info(Track(name="samples", sample_rate=8000, channels=1))
    assert (sound.codec, sound.sample_rate) == ("s16", 8000)
    assert track_info(Track(name="jpeg/80", width=4, height=4)).codec == "mjpeg"
    assert track_info(Track(name="data")).kind is Kind.DATA


@pytest.mark.parametrize(
    ("track", "words"),
    [
        (Track(name="film"), "track name"),
        (Track(name=""), "track name"),
        (Track(name="frames/bgr"), "publish frames"),
        (Track(name="video", kind="data", codec="h264"), "packets"),
        (Track(name="video"), "codec"),
        (Track(name="video", codec="../etc"), "codec"),
        (Track(name="video", codec="h264", time_base="1/0"), "time_base"),
        (Track(name="video", codec="h264", time_base="0/5"), "time_base"),
        (Track(name="video", codec="h264", time_base="1e-9"), "time_base"),
        (Track(name="video", codec="h264", rate="-25"), "rate"),
        (Track(name="video", codec="h264", width=16385), "16384"),
        (Track(name="video", codec="h264", extradata=bytes(100_000)), "extradata"),
        (Track(name="video", codec="h264", details={str(n): "" for n in range(40)}), "details"),
        (Track(name="video", codec="h264", details={"a": "b" * 300}), "details"),
        (Track(name="frames"), "picture"),
        (Track(name="frames", picture=Picture(format="cmyk", width=4, height=4)), "cmyk"),
        (Track(name="frames", picture=Picture(format="bgr", width=0, height=4)), "0 x 4"),
        (Track(name="frames", picture=Picture(format="bgr", width=1 << 31, height=4)), "sides"),
        (Track(name="frames", picture=Picture(format="bgr", width=16384, height=16384)), "bytes"),
        (Track(name="frames", picture=Picture(format="bgr", width=4, height=4, matrix="x")), "matrix"),
        (Track(name="samples", sample_rate=0, channels=2), "sample_rate"),
        (Track(name="samples", sample_rate=48000, channels=65), "channels"),
        (Track(name="samples", sample_rate=48000, channels=1, codec="flt"), "s16"),
    ],
)
def test_track_that_cannot_be_is_refused(track: streams_pb2.Track, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        track_info(track)


@pytest.mark.parametrize(
    ("info", "record", "words"),
    [
        (PACKETS, Record(), "empty"),
        (PACKETS, Record(payload=b"x", duration=1 << 32), "duration"),
        (PACKETS, Record(payload=b"x", clock=99), "clock"),  # type: ignore[arg-type]
        (TrackInfo("samples", Kind.SAMPLES, channels=2), Record(payload=bytes(6)), "multiple of 4"),
        (DATA, Record(payload=b"x"), "too short"),
        (DATA, Record(payload=b"\xff\xff\xff\x7f" + bytes(100)), "header"),
        (DATA, Record(payload=bytes(pack(np.zeros(4)))[:-1]), "bytes"),
    ],
)
def test_record_that_is_not_what_its_track_says_is_refused(
    info: TrackInfo, record: media_pb2.Record, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        meta(info, record)


def test_times_that_are_missing_are_now_and_times_that_cannot_be_are_not_believed() -> None:
    now, here = utc_ns(), monotonic_ns()
    found = meta(PACKETS, Record(payload=b"x"))
    assert (found.clock, found.dts, found.flags) == (Clock.DEVICE, None, Flag.NONE)
    assert 0 <= found.captured_at - now < 10**9
    assert 0 <= found.arrived_ns - here < 10**9
    second = 10**9
    assert meta(PACKETS, Record(payload=b"x", arrived_at=now - 3 * second)).arrived_ns < here - 2 * second
    for wrong in (now + 60 * second, 1, now - 7200 * second):
        assert meta(PACKETS, Record(payload=b"x", arrived_at=wrong)).arrived_ns >= here


def test_dts_of_zero_is_not_the_same_as_none() -> None:
    assert meta(PACKETS, Record(payload=b"x", pts=9, dts=0)).dts == 0


def test_every_record_of_data_is_a_key_whatever_its_flags() -> None:
    given: dict[str, Any] = {"payload": bytes(pack(1)), "flags": 0xF8}
    assert meta(DATA, Record(**given)).flags is Flag.KEY
