"""Which subscription starts which track."""

import pytest

from framecast.model import TrackName
from framecast.servers.zmq.dialect import ImageZmq, Native

NAMES = {"door", "door2", "garden"}


@pytest.mark.parametrize(
    ("topic", "tracks"),
    [
        ("door/video$", ["door/video"]),
        ("door/video", ["door/video"]),
        ("door/video/", ["door/video"]),
        ("door/frames/bgr/640x360$", ["door/frames/bgr/640x360"]),
        ("door/jpeg/75$", ["door/jpeg/75"]),
        ("door/jpeg", ["door/jpeg/75"]),
        ("door/", ["door/data", "door/jpeg/75"]),
        ("door/d", ["door/data"]),
        ("garden", ["garden/data", "garden/jpeg/75"]),
        ("door", ["door/data", "door/jpeg/75", "door2/data", "door2/jpeg/75"]),
        ("not-yet/data$", ["not-yet/data"]),
        ("nobody", []),
        ("door/frames/pink$", []),
        ("..//data$", []),
        ("\x01\xff", []),
    ],
)
def test_subscription_starts_what_it_names(topic: str, tracks: list[str]) -> None:
    found = Native().wanted(topic.encode("latin-1"), NAMES)
    assert [f"{stream}/{track}" for stream, track in found] == tracks


def test_everything_is_every_stream() -> None:
    assert len(Native().wanted(b"", NAMES)) == 2 * len(NAMES)


def test_imagezmq_gets_every_stream_or_those_that_are_named() -> None:
    track = TrackName.parse("jpeg/80")
    assert [name for name, _ in ImageZmq(track).wanted(b"", NAMES)] == sorted(NAMES)
    assert ImageZmq(track, ["garden"]).wanted(b"", NAMES) == [("garden", track)]
