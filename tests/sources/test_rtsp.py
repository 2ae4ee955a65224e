"""Cameras over RTSP: real servers, with the faults that cameras have."""

from __future__ import annotations

import itertools
import time
from urllib.parse import quote

import pytest

from framecast.clock import NS, Clock
from framecast.errors import SourceError
from framecast.model import Flag
from tests.sources.running import Running, number
from tests.support.hostile_rtsp import BEHAVIOURS, HostileRtsp
from tests.support.media_files import Clip
from tests.support.rtsp_server import RtspServer

SMALL = (640, 360)


@pytest.mark.parametrize(
    ("video", "audio"), [("h264", "aac"), ("h265", "opus"), ("mjpeg", "pcma")], ids=["h264", "h265", "mjpeg"]
)
def test_a_camera_gives_packets_pictures_and_sound(video: str, audio: str) -> None:
    with RtspServer(Clip(video, audio, SMALL)) as camera, Running(camera.url(), timeout_s=20.0) as source:
        packet, *_ = source.take(3, "video")
        assert packet.flags & Flag.KEY
        assert packet.info.codec == {"h264": "h264", "h265": "hevc", "mjpeg": "mjpeg"}[video]
        assert (packet.info.width, packet.info.height) == SMALL
        pictures = [number(record) for record in source.take(10)]
        assert [(b - a) % 100 for a, b in itertools.pairwise(pictures)] == [1] * 9
        sound = source.take(3, "audio")
        assert sound[0].info.codec == {"aac": "aac", "opus": "opus", "pcma": "pcm_alaw"}[audio]
        samples = source.take(5, "samples")
        assert all(b.pts == a.pts + a.duration for a, b in itertools.pairwise(samples))
        assert len(samples[0].payload) == samples[0].duration * samples[0].info.channels * 2
        assert source.states == [("live", "")]


@pytest.mark.parametrize(("video", "client"), [("h264", "framecast"), ("mjpeg", "FFmpeg: video as JPEG")])
def test_over_udp(video: str, client: str) -> None:
    with RtspServer(Clip(video, size=SMALL)) as camera, Running(camera.url(), transport="udp") as source:
        pictures = [number(record) for record in source.take(10)]
        assert [(b - a) % 100 for a, b in itertools.pairwise(pictures)] == [1] * 9
        assert (source.facts["transport"], source.facts["client"]) == ("udp", client)


def test_audio_can_be_left_out() -> None:
    with RtspServer(Clip(size=SMALL, audio="aac")) as camera, Running(camera.url(), audio=False) as source:
        source.take(2, "video")
        assert set(source.publisher.tracks) == {"video", "frames"}


@pytest.mark.parametrize("auth", ["basic", "digest"])
def test_the_right_password_is_let_in_and_never_told(auth: str) -> None:
    server = RtspServer(Clip(size=SMALL), user="me", password="s3cret@x", auth=auth)
    with server as camera, Running(camera.url()) as source:
        source.take(2, "video")
        assert "s3cret" not in repr(source.facts) + repr(source.spec)


def test_a_wrong_password_is_told_as_one() -> None:
    with (
        RtspServer(Clip(size=SMALL), user="me", password="right") as camera,
        Running(camera.url(password="wrong-one")) as source,
    ):
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "bad-auth"
    assert "wrong-one" not in str(error)


def test_an_unknown_path_is_not_found() -> None:
    with RtspServer(Clip(size=SMALL)) as camera, Running(camera.url("/nothing")) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "not-found"


def test_a_cut_connection_ends_the_try() -> None:
    with RtspServer(Clip(size=SMALL)) as camera, Running(camera.url()) as source:
        source.take(2, "video")
        camera.cut()
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "closed"


def test_a_killed_camera_ends_the_try() -> None:
    with RtspServer(Clip(size=SMALL)) as camera, Running(camera.url()) as source:
        source.take(2, "video")
        camera.kill()
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason == "closed"


def test_a_silent_camera_is_reported_as_stalled() -> None:
    with RtspServer(Clip(size=SMALL)) as camera, Running(camera.url(), stall_s=1) as source:
        source.take(2, "video")
        camera.stall()
        error = source.wait_for_end()
        assert source.wait_for_state("stalled") == "stalled"
    assert isinstance(error, SourceError)
    assert error.reason == "stalled"


@pytest.mark.parametrize("hours", [1, -1])
def test_a_wrong_camera_clock_is_corrected(hours: int) -> None:
    with (
        RtspServer(Clip(size=SMALL, audio="aac"), clock_offset_s=3600 * hours) as camera,
        Running(camera.url()) as source,
    ):
        source.wait_for_fact("clock")
        records = source.take(50)
        now = time.time_ns()
        assert "wrong by" in source.facts["clock"]
    assert records[-1].clock is Clock.ARRIVAL
    assert abs(now - records[-1].captured_at) < 2 * NS
    spacing = [(b.captured_at - a.captured_at) / 1e6 for a, b in itertools.pairwise(records)]
    assert all(35 <= step <= 45 for step in spacing), spacing


def test_a_right_camera_clock_is_taken() -> None:
    with (
        RtspServer(Clip(size=SMALL, audio="aac")) as camera,
        Running(camera.url()) as source,
        source.read("video") as reader,
    ):
        record = next(record for record in reader if record.clock is Clock.RTCP)
        assert abs(time.time_ns() - record.captured_at) < NS


def test_a_new_resolution_midway_is_a_new_epoch() -> None:
    with (
        RtspServer(Clip(size=SMALL)) as camera,
        Running(camera.url()) as source,
        source.read("frames") as frames,
        source.read("video") as video,
    ):
        before = frames.read(30)
        first = video.read(30)
        camera.set_size(320, 240)
        after = next(record for record in frames if record.epoch != before.epoch)
        changed = next(record for record in video if record.epoch != first.epoch)
    assert after.info.picture is not None
    assert (after.info.picture.width, after.info.picture.height) == (320, 240)
    assert (changed.info.width, changed.info.height) == (320, 240)
    assert changed.flags & Flag.KEY
    assert changed.info.extradata != first.info.extradata


HOSTILE = {
    "closes": {"closed", "bad-data"},
    "closes_after_play": {"closed", "bad-data"},
    "redirect": {"forbidden", "bad-data", "unknown-host"},
    "garbage": {"bad-data", "timeout"},
    "huge_content_length": {"bad-data", "timeout", "memory"},
    "endless_headers": {"timeout"},
    "endless_line": {"timeout"},
    "silent": {"timeout"},
    "garbage_media": {"stalled", "bad-data", "timeout"},
    "half_packet": {"stalled", "timeout"},
    "no_media": {"stalled", "timeout"},
}


def test_every_hostile_behaviour_is_expected() -> None:
    assert set(HOSTILE) == set(BEHAVIOURS)


@pytest.mark.parametrize("behaviour", HOSTILE)
def test_a_hostile_server_ends_the_try_with_a_reason(behaviour: str) -> None:
    with HostileRtsp(behaviour) as server, Running(server.url(), timeout_s=1, stall_s=1) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError), repr(error)
    assert error.reason in HOSTILE[behaviour], error


def test_password_of_any_letters_is_the_one_that_the_camera_gets() -> None:
    """As typed where it has an end, as %XX where it has none."""
    password = "x!)@^[y],%0X-_'*"
    with RtspServer(Clip(size=SMALL), user="Viewer", password=password) as camera:
        raw = camera.url().replace(quote(password, safe=""), password)
        assert password in raw
        with Running(raw) as source:
            assert source.take(1, "video")
    with (
        RtspServer(Clip(size=SMALL), user="a:b@c", password="a/b?c#d e%41") as camera,
        Running(camera.url()) as source,
    ):
        assert source.take(1, "video")
