"""The pictures that a node keeps of streams whose source is away, and what becomes of them."""

import time

import pytest

from framecast.clock import NS
from framecast.errors import NotFound
from framecast.model import State
from framecast.model.last_picture import LONG_SIDE, LastPicture
from framecast.node.last_pictures import LastPictures
from tests.node.running import RunningNode, read
from tests.servers.web.mjpeg_reader import size_of
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer


def picture(size: int, at: int = 1) -> LastPicture:
    return LastPicture(b"\xff\xd8" + bytes(size - 2), at * NS)


def test_pictures_are_bounded_and_the_oldest_goes_first() -> None:
    kept = LastPictures(total_bytes=300)
    for number, name in enumerate(("a", "b", "a", "c", "d"), 1):
        kept.keep(name, picture(100, number))
    assert kept.find("b") is None
    assert [kept.time_of(name) for name in ("a", "b", "c", "d")] == [3, None, 4, 5]
    kept.forget("c")
    kept.forget("c")
    kept.keep("e", picture(100, 6))
    assert kept.time_of("a") == 3


def asked(node: RunningNode, name: str) -> LastPicture:
    return LastPicture.from_json(node.client.request({"op": "last_picture", "name": name}))


def test_picture_of_a_camera_that_went_away_is_kept_until_its_stream_shows_something_else(
    node: RunningNode,
) -> None:
    with RtspServer(Clip(size=(1280, 720))) as camera:
        node.put("door", camera.url())
        with pytest.raises(NotFound, match="no last picture of door is kept"):
            asked(node, "door")
        packets = node.subscribe("door", "video")
        shown = [read(packets) for _ in range(30)][-1]
        camera.kill()
        status = node.client.wait("door", State.OFFLINE)
    kept = asked(node, "door")
    assert status.last_picture_at == pytest.approx(kept.captured_at / NS)
    assert kept.captured_at >= shown.captured_at  # the newest, not the key frame before it
    assert kept.captured_at / NS <= time.time()
    assert max(size_of(kept.jpeg)) <= LONG_SIDE
    node.put("door", "rtsp://127.0.0.1:1/other")
    with pytest.raises(NotFound):
        asked(node, "door")


def test_picture_of_a_camera_that_nobody_reads_is_kept_too(node: RunningNode) -> None:
    with RtspServer(Clip(size=(1280, 720))) as camera:
        node.put("door", camera.url(), idle_s=0.1)
        packets = node.subscribe("door", "video")
        read(packets)
        packets.close()
        node.client.wait("door", State.IDLE)
    assert size_of(asked(node, "door").jpeg) == (640, 360)
    node.client.delete("door")
    with pytest.raises(NotFound, match="there is no stream"):
        asked(node, "door")
