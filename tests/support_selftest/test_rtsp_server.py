"""The RTSP server is a camera, with its faults."""

import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice, pairwise
from typing import Any

import av
import pytest

from tests.support.media_files import Clip, frame_number
from tests.support.rtsp_server import RtspServer

SMALL = Clip(size=(640, 360), seconds=2)
TCP = {"rtsp_transport": "tcp"}
UDP = {"rtsp_transport": "udp"}


def connect(url: str, options: dict[str, str] = TCP) -> av.container.InputContainer:
    return av.open(url, options=options, timeout=10)


def frames(url: str, count: int, options: dict[str, str] = TCP) -> list[av.VideoFrame]:
    with connect(url, options) as container:
        return list(islice(container.decode(video=0), count))


def drain(container: av.container.InputContainer) -> None:
    """Read until the stream breaks, with an error even where it merely ends."""
    for _ in islice(container.decode(video=0), 1000):
        pass
    raise av.error.EOFError(0, "the stream ended")


def number(frame: av.VideoFrame) -> int:
    return frame_number(frame.to_ndarray(format="gray"))


@pytest.fixture
def camera() -> Iterator[RtspServer]:
    with RtspServer(SMALL) as server:
        yield server


@pytest.mark.parametrize("video", ["h264", "h265", "mjpeg"])
@pytest.mark.parametrize("options", [TCP, UDP], ids=["tcp", "udp"])
def test_pictures_arrive_in_order(video: str, options: dict[str, str]) -> None:
    with RtspServer(replace(SMALL, video=video)) as camera:
        seen = [number(frame) for frame in frames(camera.url(), 20, options)]
    assert seen == list(range(seen[0], seen[0] + 20))


@pytest.mark.parametrize(("audio", "name"), [("aac", "aac"), ("opus", "opus"), ("pcma", "pcm_alaw")])
def test_audio_comes_along(audio: str, name: str) -> None:
    with RtspServer(replace(SMALL, audio=audio)) as camera, connect(camera.url()) as container:
        assert container.streams.audio[0].codec_context.name.removeprefix("lib") == name
        kinds = {packet.stream.type for packet in islice(container.demux(), 60)}
    assert kinds == {"video", "audio"}


def test_times_go_on_over_the_loop() -> None:
    clip = replace(SMALL, seconds=1, fps=Fraction(30000, 1001), audio="aac")
    with RtspServer(clip) as camera:
        seen = frames(camera.url(), 75)
    numbers = [number(frame) for frame in seen]
    assert [(numbers[0] + index) % 30 for index in range(75)] == numbers
    times: list[Any] = [frame.pts for frame in seen[1:]]  # FFmpeg knows no time for the first packet
    assert all(abs(later - earlier - 3003) <= 2 for earlier, later in pairwise(times))


@pytest.mark.parametrize("auth", ["digest", "basic"])
def test_password_is_asked_for(auth: str) -> None:
    with RtspServer(SMALL, user="me", password="p@ss:w/rd", auth=auth) as camera:
        assert len(frames(camera.url(), 3)) == 3
        for url in (camera.url(user=""), camera.url(password="wrong")):
            with pytest.raises(av.error.HTTPUnauthorizedError):
                frames(url, 1)


def wall_clock_error_s(camera: RtspServer) -> float:
    """Return by how much the camera's sender reports are wrong."""
    with connect(camera.url()) as container:
        for _ in container.demux(video=0):
            if container.start_time_realtime:
                return container.start_time_realtime / 1e6 - time.time()
    raise AssertionError("no RTCP sender report came")


def test_wall_clock_is_right() -> None:
    with RtspServer(SMALL) as camera:
        assert abs(wall_clock_error_s(camera)) < 60


@pytest.mark.parametrize("offset_s", [3600, -3600])
def test_wall_clock_is_wrong_when_asked(offset_s: int) -> None:
    with RtspServer(SMALL, clock_offset_s=offset_s) as camera:
        assert wall_clock_error_s(camera) == pytest.approx(offset_s, abs=60)


def test_odd_size_and_portrait() -> None:
    clips = {"/odd": replace(SMALL, size=(853, 481)), "/tall": replace(SMALL, size=(480, 854), video="h265")}
    with RtspServer(clips) as camera:
        assert [(f.width, f.height) for f in frames(camera.url("/odd"), 2)] == [(853, 481)] * 2
        assert [(f.width, f.height) for f in frames(camera.url("/tall"), 2)] == [(480, 854)] * 2


@pytest.mark.parametrize("video", ["h264", "h265"])
def test_size_changes_while_connected(video: str) -> None:
    with RtspServer(replace(SMALL, video=video)) as camera, connect(camera.url()) as container:
        pictures = container.decode(video=0)
        assert next(pictures).width == 640
        camera.set_size(320, 240)
        sizes = set()
        for frame in islice(pictures, 1000):  # what is on its way has the size before
            sizes.add((frame.width, frame.height))
            if (320, 240) in sizes:
                break
        assert sizes == {(640, 360), (320, 240)}
        assert camera.plays() == 1


def test_clients_are_counted(camera: RtspServer) -> None:
    assert camera.connections() == 0
    with connect(camera.url()), connect(camera.url()) as second:
        assert (camera.connections(), camera.plays()) == (2, 2)
        assert number(next(second.decode(video=0))) < 50


def test_cut_ends_every_client_and_new_ones_are_welcome(camera: RtspServer) -> None:
    with connect(camera.url()) as container:
        next(container.decode(video=0))
        camera.cut()
        assert camera.connections() == 0
        with pytest.raises(av.error.FFmpegError):
            drain(container)
    assert len(frames(camera.url(), 5)) == 5


@pytest.mark.parametrize("end", [RtspServer.stop, RtspServer.kill])
def test_starts_again_on_the_same_port(camera: RtspServer, end: Any) -> None:
    for _ in range(2):
        assert len(frames(camera.url(), 3)) == 3
        end(camera)
        with pytest.raises(av.error.ConnectionRefusedError):
            frames(camera.url(), 1)
        camera.start()
    assert len(frames(camera.url(), 3)) == 3


def test_stall_keeps_the_connection_and_resume_goes_on(camera: RtspServer) -> None:
    with av.open(camera.url(), options=TCP, timeout=(10, 1)) as container:
        next(container.decode(video=0))
        camera.stall()
        with pytest.raises(av.error.FFmpegError):  # a second without a packet
            drain(container)
        camera.resume()
        assert camera.connections() == 1
        assert camera.plays() == 1
