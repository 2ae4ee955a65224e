"""`framecast.open` and `framecast.snapshot`: what they take, and what they refuse before anything happens."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

import framecast
from framecast.errors import Invalid, NodeUnavailable, NotFound, SourceError, WouldBlock
from framecast.model import State
from tests.client.nodes import TestNode
from tests.support.media_files import Clip
from tests.support.waiting import until


@pytest.fixture
def demo(node: TestNode) -> TestNode:
    """Give a node with a pattern named demo."""
    with framecast.NodeClient(node.folder) as client:
        client.put("demo", "pattern:?size=320x240&fps=25")
    return node


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({}, ("i420", 320, 240)),
        ({"format": "bgr"}, ("bgr", 320, 240)),
        ({"size": (160, 0)}, ("i420", 160, 120)),
        ({"format": "gray", "size": (0, 60)}, ("gray", 80, 60)),
        ({"track": "frames/rgb/100x80"}, ("rgb", 100, 80)),
    ],
)
def test_format_and_size_are_those_that_were_asked_for(
    wish: dict[str, Any], expected: tuple[str, int, int], demo: TestNode
) -> None:
    with framecast.open("demo", node=demo.folder, timeout_s=30, **wish) as camera:
        frame = camera.read()
        assert (frame.format, frame.width, frame.height) == expected
        assert camera.name == "demo"
        assert camera.state is State.LIVE


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"format": "yuyv"}, "pixel format 'yuyv'"),
        ({"size": (99999, 10)}, "sides of a picture must be"),
        ({"size": (0, 0)}, "sides of a picture must be"),
        ({"track": "frames/bgr", "format": "bgr"}, "either track= or format="),
        ({"track": "video"}, r"use \.packets\(\)"),
        ({"track": "nothing"}, "not a track name"),
        ({"policy": "newest"}, "policy 'newest'"),
        ({"policy": "queue(0)"}, "policy"),
        ({"max_fps": -1}, "max_fps must be between"),
        ({"max_fps": 1e9}, "max_fps"),
        ({"loop": False}, "address of a source"),
    ],
)
def test_wish_that_cannot_be_is_refused_at_once(wish: dict[str, Any], words: str, demo: TestNode) -> None:
    with pytest.raises(Invalid, match=words):
        framecast.open("demo", node=demo.folder, **wish)


def test_name_without_a_node_and_unknown_name_are_told_apart(demo: TestNode, tmp_path: Path) -> None:
    with pytest.raises(NodeUnavailable, match="framecast serve"):
        framecast.open("demo", node=tmp_path / "nowhere")
    with pytest.raises(NotFound, match="nobody"):
        framecast.open("nobody", node=demo.folder, wait=False)
    with framecast.open("nobody", node=demo.folder) as patient, pytest.raises(framecast.WouldBlock):
        patient.read(0.05)


def test_stream_may_come_after_its_reader_who_hears_of_it(node: TestNode) -> None:
    heard: list[State] = []
    with (
        framecast.open(
            "later", node=node.folder, timeout_s=30, on_state=lambda state, _: heard.append(state)
        ) as camera,
        framecast.NodeClient(node.folder) as client,
    ):
        with pytest.raises(framecast.WouldBlock):
            camera.read(0.05)
        client.put("later", "pattern:?size=160x120")
        assert camera.read().width == 160
        client.delete("later")
        assert all(frame.width == 160 for frame in camera)
    assert heard[-1] is State.ENDED
    assert State.LIVE in heard


def test_address_that_fails_is_waited_for_or_told(free_port: int) -> None:
    url = f"rtsp://me:secret@127.0.0.1:{free_port}/"
    with framecast.open(url, wait=False) as camera, pytest.raises(SourceError) as caught:
        camera.read(30)
    assert caught.value.reason == "refused"
    assert "secret" not in str(caught.value)
    with framecast.open(url) as camera:
        with pytest.raises(framecast.WouldBlock):
            camera.read(0.1)
        until(lambda: _nothing_from(camera) is State.OFFLINE)
        assert "refuses" in camera.detail


def _nothing_from(camera: framecast.Reader) -> State:
    """The state that a vain look at a stream gives."""
    with pytest.raises(framecast.WouldBlock):
        camera.read(0.05)
    return camera.state


def test_rate_is_thinned_at_the_source(demo: TestNode) -> None:
    with framecast.open("demo", node=demo.folder, max_fps=5, policy="queue(50)", timeout_s=30) as camera:
        frames = [camera.read() for _ in range(6)]
    apart = [(after.captured_at - before.captured_at) / 1e9 for before, after in pairwise(frames)]
    assert min(apart) > 0.1
    assert sum(frame.dropped for frame in frames) == 0


def test_file_path_device_number_and_text_are_addresses(tmp_path: Path) -> None:
    clip = Clip(size=(320, 240), seconds=2.0).path()
    for what in (clip, str(clip)):
        with framecast.open(what, timeout_s=30, loop=False) as camera:
            assert camera.read().width == 320
    with framecast.open(77, wait=False) as device, pytest.raises(SourceError):
        device.read(30)
    with pytest.raises(Invalid, match="leave out node="):
        framecast.open(clip, node=tmp_path)


def test_snapshot_has_the_size_and_quality_that_were_asked_for(demo: TestNode) -> None:
    sizes = []
    for quality in (20, 95):
        data = framecast.snapshot("demo", quality=quality, size=(160, 0), node=demo.folder, timeout_s=30)
        with av.open(io.BytesIO(data), "r", format="jpeg_pipe") as picture:
            assert (picture.streams.video[0].width, picture.streams.video[0].height) == (160, 120)
        sizes.append(len(data))
    assert sizes[0] < sizes[1]
    with pytest.raises(Invalid):
        framecast.snapshot("demo", quality=0, node=demo.folder)


def test_picture_that_was_kept_since_its_source_stopped_is_no_snapshot(node: TestNode) -> None:
    with framecast.publish("door", node=node.folder) as out:
        out.send(np.zeros((48, 64, 3), np.uint8))
        kept = framecast.snapshot("door", node=node.folder, timeout_s=30, max_age_s=3600)
        with pytest.raises(WouldBlock, match=r"old, expected at most 0\.01 s"):
            framecast.snapshot("door", node=node.folder, timeout_s=0.5, max_age_s=0.01)
        assert framecast.snapshot("door", node=node.folder, timeout_s=30, max_age_s=3600) == kept
