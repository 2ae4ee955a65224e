"""Who makes which track: the table of docs/architecture.md."""

from dataclasses import replace

import pytest

from framecast.model import Kind, TrackInfo, TrackName
from framecast.streams import Made, Maker, maker

CAMERA = ("video", "audio", "frames", "samples")


def announce(*names: str, codec: str = "h264") -> dict[str, TrackInfo]:
    """Tracks as a source announces them; `codec` is that of its video."""
    return {
        name: TrackInfo(name, TrackName.parse(name).kind, codec=codec if name == "video" else "")
        for name in names
    }


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
        ("video/h264", CAMERA, "h264"),
        ("video/h264", ("frames",), "copy"),
        ("video/h264/640x360", ("frames",), "h264"),
        ("video/h264/640x0", ("video",), "h264"),
        ("audio/aac", ("samples",), "aac"),
        ("audio/aac", ("audio",), "aac"),
    ],
)
def test_rendition_makes_what_the_source_does_not(
    track: str, announced: tuple[str, ...], recipe: str
) -> None:
    assert maker(TrackName.parse(track), announce(*announced), ready=True) == Made(Maker.RENDITION, recipe)


@pytest.mark.parametrize("track", [*CAMERA, "data", "jpeg/75"])
def test_source_makes_what_it_announces(track: str) -> None:
    assert maker(TrackName.parse(track), announce(*CAMERA, "data", "jpeg/75"), ready=False) == Made(
        Maker.SOURCE
    )


@pytest.mark.parametrize(
    ("track", "announced"),
    [
        ("data", CAMERA),
        ("video", ("data",)),
        ("frames", ("audio",)),
        ("jpeg/75", ("audio",)),
        ("audio", ("video",)),
        ("audio/aac", ("video",)),
        ("video/h264", ("audio",)),
    ],
)
def test_what_cannot_be_converted_is_made_by_nobody(track: str, announced: tuple[str, ...]) -> None:
    assert maker(TrackName.parse(track), announce(*announced), ready=True) == Made(Maker.NOBODY)


@pytest.mark.parametrize("track", ["video", "audio", "frames", "samples", "data"])
def test_plain_track_is_unknown_until_the_source_is_ready(track: str) -> None:
    assert maker(TrackName.parse(track), {}, ready=False) == Made(Maker.UNKNOWN)


@pytest.mark.parametrize("track", ["video/h264", "audio/aac", "jpeg/75"])
def test_conversion_that_depends_on_the_source_is_unknown_until_it_says_what_it_has(track: str) -> None:
    assert maker(TrackName.parse(track), {}, ready=False) == Made(Maker.UNKNOWN)


def test_sound_of_a_camera_that_sends_aac_is_passed_on() -> None:
    camera = {"audio": TrackInfo("audio", Kind.PACKETS, codec="aac")}
    assert maker(TrackName.parse("audio/aac"), camera, ready=True) == Made(Maker.RENDITION, "copy")


@pytest.mark.parametrize("track", ["jpeg/75/640x0", "frames/bgr", "video/h264/640x360"])
def test_conversion_of_pictures_is_begun_before_the_source_is_ready(track: str) -> None:
    assert maker(TrackName.parse(track), {}, ready=False).by is Maker.RENDITION


def test_jpeg_of_a_camera_that_sends_jpeg_is_passed_on() -> None:
    camera = announce(*CAMERA, codec="mjpeg")
    assert maker(TrackName.parse("jpeg/75"), camera, ready=True) == Made(Maker.RENDITION, "pass")
    assert maker(TrackName.parse("jpeg/75"), announce("video", codec="mjpeg"), ready=False).recipe == "pass"


def test_jpeg_that_has_to_be_turned_is_not_passed_on() -> None:
    camera = announce(*CAMERA, codec="mjpeg")
    details = {"display_matrix": "0 65536 0 -65536 0 0 0 0 1073741824"}
    camera["video"] = replace(camera["video"], details=details)
    assert maker(TrackName.parse("jpeg/75"), camera, ready=True) == Made(Maker.RENDITION, "jpeg")


@pytest.mark.parametrize(("track", "recipe"), [("jpeg/75/640x0", "jpeg"), ("frames/bgr", "convert")])
def test_other_sizes_and_formats_of_a_camera_that_sends_jpeg_are_made_of_its_frames(
    track: str, recipe: str
) -> None:
    camera = announce(*CAMERA, codec="mjpeg")
    assert maker(TrackName.parse(track), camera, ready=True) == Made(Maker.RENDITION, recipe)


def test_recipe_of_jpeg_is_unknown_until_the_source_has_said_what_its_video_is() -> None:
    jpeg = TrackName.parse("jpeg/75")
    assert maker(jpeg, {}, ready=False) == Made(Maker.UNKNOWN)
    assert maker(jpeg, announce("audio"), ready=False) == Made(Maker.UNKNOWN)
    assert maker(jpeg, announce("video"), ready=False) == Made(Maker.RENDITION, "jpeg")
    assert maker(jpeg, announce("frames"), ready=False) == Made(Maker.RENDITION, "jpeg")
