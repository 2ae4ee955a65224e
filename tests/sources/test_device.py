"""Video devices: what a driver's buffers become, and what an absent or busy device says."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from av.video.frame import VideoFrame

from framecast.clock import Clock, monotonic_ns
from framecast.errors import Invalid, SourceError
from framecast.media.camera import RAW, Buffer
from framecast.model import Source, StreamSpec
from framecast.sources import device
from tests.bus.switch import Switch
from tests.sources.running import PATIENCE_S, Running, luma, number
from tests.support.http_sources import pictures
from tests.support.media_files import Clip

CLIP = Clip(size=(640, 360))


class Recorded:
    """Buffers as a driver gives them, one at a time when the test asks for it."""

    def __init__(self, letters: str, payloads: Iterator[bytes]) -> None:
        self.letters, self.width, self.height, self.fps = letters, *CLIP.size, 25.0
        self._payloads = payloads
        self._turns = threading.Semaphore(1)

    def allow(self, count: int = 1) -> None:
        self._turns.release(count)

    def read(self) -> Buffer:
        assert self._turns.acquire(timeout=PATIENCE_S)
        payload = next(self._payloads, None)
        if payload is None:
            raise SourceError("stalled", "no more buffers")
        return Buffer(
            np.frombuffer(payload, np.uint8),
            self.letters,
            self.width,
            self.height,
            monotonic_ns() - 5_000_000,
        )


def raw(pixels: str) -> Iterator[bytes]:
    """Return the clip's pictures as a driver's bytes in FFmpeg's pixel format `pixels`."""
    with av.open(str(CLIP.path())) as container:
        for frame in container.decode(video=0):
            converted = frame.reformat(format=pixels)
            yield b"".join(bytes(plane) for plane in converted.planes)  # 640 needs no padding


def play(switch: Switch, recorded: Recorded) -> threading.Thread:
    spec = StreamSpec("camera", Source("0"))

    def run() -> None:
        with pytest.raises(SourceError, match="no more"):
            device.publish(switch.publisher, spec, threading.Event(), recorded)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_compressed_buffers_are_carried_and_decoded_on_demand() -> None:
    jpegs = pictures(CLIP)
    with Switch() as switch:
        recorded = Recorded("MJPG", iter(jpegs))
        thread = play(switch, recorded)
        switch.wait_for(lambda: "frames" in switch.publisher.tracks)
        with (
            switch.attached("video", "queue(200)") as packets,
            switch.attached("frames", "queue(200)") as frames,
        ):
            recorded.allow(20)
            first = packets.read(PATIENCE_S)
            assert first.payload == jpegs[0]
            assert first.info.codec == "mjpeg"
            assert first.clock is Clock.DEVICE
            shown = [frames.read(PATIENCE_S) for _ in range(5)]
        assert [number(b) - number(a) for a, b in itertools.pairwise(shown)] == [1] * 4
        assert luma(shown[0]).shape == (360, 640)
        recorded.allow(len(jpegs))
        thread.join(PATIENCE_S)


@pytest.mark.parametrize("letters", ["YUYV", "UYVY", "NV12", "YU12", "GREY", "BGR3"])
def test_raw_buffers_become_pictures(letters: str) -> None:
    with Switch() as switch:
        recorded = Recorded(letters, raw(RAW[letters]))
        thread = play(switch, recorded)
        switch.wait_for(lambda: "frames" in switch.publisher.tracks)
        assert set(switch.publisher.tracks) == {"frames"}
        with switch.attached("frames", "queue(200)") as frames:
            recorded.allow(4)
            shown = [frames.read(PATIENCE_S) for _ in range(4)]
            assert [number(record) for record in shown] == [1, 2, 3, 4]
            assert shown[0].clock is Clock.DEVICE
            assert 4 < (shown[0].published_ns - shown[0].arrived_ns) / 1e6 + 5 < 500
        recorded.allow(200)
        thread.join(PATIENCE_S)


def test_nothing_is_copied_while_nobody_looks() -> None:
    with Switch() as switch:
        recorded = Recorded("YUYV", raw("yuyv422"))
        thread = play(switch, recorded)
        recorded.allow(200)
        thread.join(PATIENCE_S)
        assert switch.publisher.tracks["frames"].published_records == 0


def test_short_buffers_are_bad_data() -> None:
    with Switch() as switch:
        recorded = Recorded("YUYV", iter([b"short"]))
        with pytest.raises(SourceError) as caught:
            device.publish(switch.publisher, StreamSpec("camera", Source("0")), threading.Event(), recorded)
    assert caught.value.reason == "bad-data"


def test_an_absent_device_says_how_to_find_those_that_are_there() -> None:
    with Running("/dev/video99") as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "not-found"
    assert "ls /dev/video*" in str(error)


def test_a_device_that_is_no_camera_is_refused(tmp_path: Path) -> None:
    with Running("v4l2:/dev/null") as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "busy"


def test_addresses_name_device_size_and_rate() -> None:
    assert device.path_of(Source("2")).path == Path("/dev/video2")
    wanted = device.path_of(Source("v4l2:/dev/video1?size=1280x720&fps=29.97"))
    assert (wanted.path, wanted.size, wanted.fps) == (Path("/dev/video1"), (1280, 720), 29.97)
    with pytest.raises(Invalid):
        device.path_of(Source("v4l2:0?size=big"))


def test_opencv_here_knows_v4l2() -> None:
    names = [
        cv2.videoio_registry.getBackendName(backend) for backend in cv2.videoio_registry.getCameraBackends()
    ]
    assert "V4L2" in names
    assert VideoFrame is not None
