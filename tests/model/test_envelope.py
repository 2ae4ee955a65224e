"""Headers of records outside of this host: what is written can be read."""

import json
from fractions import Fraction

import numpy as np
import pytest

from framecast.clock import Clock
from framecast.errors import Invalid
from framecast.model import Flag, Kind, Picture, TrackInfo, TrackName
from framecast.model.envelope import Envelope, describe, parse_topic, shape_of, topic_of

INFOS = [
    TrackInfo("frames", Kind.FRAMES, Fraction(1, 25), picture=Picture("nv12", 33, 17, "bt709"), width=33, height=17),
    TrackInfo("frames", Kind.FRAMES, picture=Picture("gray", 5, 3, full_range=True), width=5, height=3),
    TrackInfo("video", Kind.PACKETS, Fraction(1, 90000), "hevc", width=64, height=48, rate=Fraction(30000, 1001)),
    TrackInfo("video", Kind.PACKETS, codec="h264", details={"display_matrix": "0 65536 0 -65536 0 0 0 0 1073741824"}),
    TrackInfo("audio", Kind.PACKETS, Fraction(1, 48000), "aac", sample_rate=48000, channels=2),
    TrackInfo("samples", Kind.SAMPLES, Fraction(1, 8000), "s16", sample_rate=8000, channels=1),
    TrackInfo("data", Kind.DATA, Fraction(1)),
]  # fmt: skip


@pytest.mark.parametrize("info", INFOS, ids=lambda info: f"{info.name} {info.codec}")
def test_description_survives_the_wire(info: TrackInfo) -> None:
    size = info.picture.layout.size_bytes if info.picture else 8
    fields = describe(info) | {
        "type": "bytes",
        "seq": 3,
        "pts": -5,
        "clock": "rtcp",
        "captured_at": 9,
        "dropped": 2,
    }
    found = Envelope.parse(TrackName.parse(info.name), json.dumps(fields).encode(), size)
    assert found.info == info
    assert (found.seq, found.pts, found.captured_at, found.dropped) == (3, -5, 9, 2)
    assert found.clock is Clock.RTCP
    assert bool(found.flags & Flag.KEY) == (info.name != "video")
    assert not found.flags & Flag.HIDDEN
    hidden = Envelope.parse(TrackName.parse(info.name), json.dumps({**fields, "hidden": True}).encode(), size)
    assert hidden.flags & Flag.HIDDEN


@pytest.mark.parametrize("format", ["i420", "nv12", "bgr", "rgb", "gray"])
@pytest.mark.parametrize("size", [(64, 48), (33, 17), (1, 1)])
def test_shape_has_exactly_the_bytes_of_the_picture(format: str, size: tuple[int, int]) -> None:
    picture = Picture(format, *size)
    assert np.prod(shape_of(picture)) == picture.layout.size_bytes


def test_topics_are_prefixes_of_themselves_only() -> None:
    tracks = [
        "frames",
        "frames/bgr",
        "frames/bgr/640x360",
        "video",
        "video/h264",
        "jpeg/7",
        "jpeg/75",
        "data",
    ]
    topics = [topic_of(name, track) for name in ("door", "door2") for track in tracks]
    for topic in topics:
        assert [other for other in topics if other.startswith(topic)] == [topic]
        stream, track = parse_topic(topic.encode())
        assert topic_of(stream, track) == topic


@pytest.mark.parametrize(
    "topic", [b"", b"door", b"door/video", b"/video$", b"do or/video$", b"door/nothing$", b"\xff$"]
)
def test_topics_that_cannot_be_are_refused(topic: bytes) -> None:
    with pytest.raises(Invalid):
        parse_topic(topic)
