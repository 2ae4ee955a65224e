"""What is pulled of a stream of another node."""

from __future__ import annotations

from fractions import Fraction

import pytest

from framecast.model import Kind, Picture, TrackInfo
from framecast.sources.peer_offer import offered

FRAMES = TrackInfo(
    "frames", Kind.FRAMES, Fraction(1, 25), picture=Picture("bgr", 640, 360), rate=Fraction(25)
)
VIDEO = TrackInfo("video", Kind.PACKETS, Fraction(1, 90000), "hevc", width=1920, height=1080, epoch=5)
AUDIO = TrackInfo("audio", Kind.PACKETS, Fraction(1, 48000), "opus")
SAMPLES = TrackInfo("samples", Kind.SAMPLES, Fraction(1, 48000), "s16", sample_rate=48000, channels=2)
DATA = TrackInfo("data", Kind.DATA)


@pytest.mark.parametrize(
    ("there", "raw", "pulled"),
    [
        ([VIDEO, AUDIO, FRAMES, SAMPLES], False, ["video", "audio"]),
        ([VIDEO, AUDIO, FRAMES, SAMPLES], True, ["video", "frames", "audio"]),
        ([VIDEO], True, ["video", "frames"]),
        ([FRAMES, SAMPLES], False, ["video", "samples"]),
        ([FRAMES, SAMPLES], True, ["frames", "samples"]),
        ([DATA], False, ["data"]),
        ([DATA, FRAMES], False, ["video", "data"]),
        ([TrackInfo("jpeg/80", Kind.PACKETS, codec="mjpeg")], False, []),
    ],
)
def test_what_is_pulled_follows_what_there_is(there: list[TrackInfo], raw: bool, pulled: list[str]) -> None:
    found = offered(there, raw=raw)
    assert [info.name for info in found] == pulled
    assert all(info.epoch == 0 for info in found)


def test_the_video_of_a_camera_is_its_own_and_of_pictures_h264() -> None:
    assert offered([VIDEO], raw=False)[0].codec == "hevc"
    made = offered([FRAMES], raw=False)[0]
    assert (made.codec, made.width, made.height, made.rate) == ("h264", 640, 360, Fraction(25))
