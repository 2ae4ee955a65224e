"""Pictures of every shape come through in every form: converted, scaled, as JPEG; also where the size changes midway."""

from __future__ import annotations

import time
import urllib.request
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray

import framecast
from framecast.clock import NS, Clock
from tests.support.media_files import Clip, frame_number
from tests.support.rtsp_server import RtspServer
from tests.system.house import House

SHAPES = {
    "odd": Clip(video="vp9", size=(853, 481), seconds=2),
    "odd-444": Clip(size=(853, 481), seconds=2),
    "portrait": Clip(size=(360, 640), seconds=2),
}
# Coding, other rounding, another upsampling of colour: a picture that is shifted, sheared or tinted is far above.
CLOSE, JPEG_CLOSE = 3.0, 6.0

Image = NDArray[np.uint8]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_form_of_a_picture_shows_the_same(shape: str, tmp_path: Path) -> None:
    clip = SHAPES[shape]
    width, height = clip.size
    expected = decoded(clip.path())
    with House(tmp_path, f"clip={clip.path()}") as house:
        with framecast.open("clip", node=house.runtime) as stream:
            frame = stream.read(30)
            assert (frame.width, frame.height) == clip.size
            number = frame_number(frame.gray)
            assert difference(frame.bgr, expected[number]) < CLOSE
            assert frame_number(gray(simplejpeg.decode_jpeg(frame.jpeg(90), "BGR"))) == number
        with framecast.open("clip", node=house.runtime, format="bgr") as stream:
            image = stream.read(30).bgr
            assert image.shape == (height, width, 3)
            assert difference(image, expected[frame_number(gray(image))]) < CLOSE
        with framecast.open("clip", node=house.runtime, format="rgb", size=(width // 2, 0)) as stream:
            small = stream.read(30)
            assert small.width == width // 2
            assert abs(small.height - height / 2) <= 1
            assert frame_number(gray(small.bgr)) in expected
        with urllib.request.urlopen(f"{house.url}api/frame.jpeg?src=clip", timeout=30) as answer:
            image = simplejpeg.decode_jpeg(answer.read(), "BGR")
        assert image.shape == (height, width, 3)
        assert difference(image, expected[frame_number(gray(image))]) < JPEG_CLOSE


def test_the_check_itself_sees_exchanged_colours_and_a_shift() -> None:
    image = decoded(SHAPES["portrait"].path())[7]
    assert difference(image[..., ::-1], image) > 2 * JPEG_CLOSE
    assert difference(np.roll(image, 2, axis=1), image) > JPEG_CLOSE / 2


def test_a_size_that_changes_midway_reaches_every_reader(tmp_path: Path) -> None:
    with RtspServer(Clip(size=(640, 360))) as camera, House(tmp_path) as house:
        house.client.put("door", camera.url())
        with (
            framecast.open("door", node=house.runtime, policy="queue(200)") as frames,
            framecast.open("door", node=house.runtime, format="bgr", policy="queue(100)") as images,
            frames.packets(track="jpeg/80", policy="queue(100)") as jpegs,
        ):
            assert frames.read(30).width == 640
            assert images.read(30).width == 640
            assert simplejpeg.decode_jpeg_header(jpegs.read(30).payload)[:2] == (360, 640)
            camera.set_size(320, 240)
            frame = next(frame for frame in frames if frame.width == 320)
            assert (frame.height, frame.bgr.shape) == (240, (240, 320, 3))
            image = next(frame.bgr for frame in images if frame.width == 320)
            assert image.shape == (240, 320, 3)
            headers = (simplejpeg.decode_jpeg_header(packet.payload)[:2] for packet in jpegs)
            assert next(size for size in headers if size != (360, 640)) == (240, 320)
            number = frame_number(frames.read(30).gray)
            assert (frame_number(frames.read(30).gray) - number) % 100 == 1
        assert house.state("door").reconnects == 0


@pytest.mark.parametrize("hours", [1, -1])
def test_a_camera_whose_clock_is_an_hour_off_makes_nobody_wait(hours: int, tmp_path: Path) -> None:
    with (
        RtspServer(Clip(size=(320, 240)), clock_offset_s=3600 * hours) as camera,
        House(tmp_path) as house,
    ):
        house.client.put("door", camera.url())
        with framecast.open("door", node=house.runtime, policy="queue(200)") as reader:
            frames = []
            for _ in range(300):  # past the first sender reports, which come within five seconds
                frame = reader.read(30)
                assert abs(time.time_ns() - frame.captured_at) < 2 * NS
                frames.append((frame.captured_at, frame.clock, frame.dropped))
        assert "clock is wrong" in house.state("door").facts["clock"]
    assert {clock for _, clock, _ in frames} == {Clock.ARRIVAL}
    assert not any(dropped for _, _, dropped in frames)
    steps = [(b[0] - a[0]) / 1e6 for a, b in pairwise(frames)]
    assert all(abs(step - 40) <= 5 for step in steps), [step for step in steps if abs(step - 40) > 5]


def decoded(path: Path) -> dict[int, Image]:
    """Return every picture of a clip in BGR, as FFmpeg sees it, by its number."""
    with av.open(str(path)) as container:
        images = [
            np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)
        ]
    return {frame_number(gray(image)): image for image in images}


def gray(image: Image) -> Image:
    return np.asarray(image[..., 1])


def difference(one: Image, other: Image) -> float:
    """Mean of the absolute difference, in levels of 255."""
    return float(np.abs(np.asarray(one, np.int16) - np.asarray(other, np.int16)).mean())
