"""Who makes which track: the table of docs/architecture.md."""

import pytest

from framecast.model import TrackName
from framecast.streams import Made, Maker, maker

CAMERA = ("video", "audio", "frames", "samples")


@pytest.mark.parametrize(
    ("track", "announced", "recipe"),
    [
        ("frames", ("video",), "decode"),
        ("video", ("frames",), "h264"),
        ("audio", ("samples",), "aac"),
        ("samples", ("audio",), "pcm"),
        ("frames/bgr", ("frames",), "convert"),
        ("frames/bgr/640x360", ("video",), "convert"),
        ("jpeg/75", CAMERA, "jpeg"),
        ("jpeg/75/640x0", ("video",), "jpeg"),
    ],
)
def test_rendition_makes_what_the_source_does_not(
    track: str, announced: tuple[str, ...], recipe: str
) -> None:
    assert maker(TrackName.parse(track), announced, ready=True) == Made(Maker.RENDITION, recipe)


@pytest.mark.parametrize("track", [*CAMERA, "data", "jpeg/75"])
def test_source_makes_what_it_announces(track: str) -> None:
    assert maker(TrackName.parse(track), (*CAMERA, "data", "jpeg/75"), ready=False) == Made(Maker.SOURCE)


@pytest.mark.parametrize(
    ("track", "announced"),
    [
        ("data", CAMERA),
        ("video", ("data",)),
        ("frames", ("audio",)),
        ("jpeg/75", ("audio",)),
        ("audio", ("video",)),
    ],
)
def test_what_cannot_be_converted_is_made_by_nobody(track: str, announced: tuple[str, ...]) -> None:
    assert maker(TrackName.parse(track), announced, ready=True) == Made(Maker.NOBODY)


@pytest.mark.parametrize("track", ["video", "audio", "frames", "samples", "data"])
def test_plain_track_is_unknown_until_the_source_is_ready(track: str) -> None:
    assert maker(TrackName.parse(track), (), ready=False) == Made(Maker.UNKNOWN)


def test_conversion_is_begun_before_the_source_is_ready() -> None:
    assert maker(TrackName.parse("jpeg/75"), (), ready=False) == Made(Maker.RENDITION, "jpeg")
