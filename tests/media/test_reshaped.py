"""Pictures in the format and size that their only reader wants are those that a reader of shared ones would make."""

from __future__ import annotations

import numpy as np
import pytest
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from framecast.media import pixels
from framecast.media.planes import PlaneCopier
from framecast.media.reshaped import Reshaper
from framecast.model import UPRIGHT, Orientation, TrackName
from tests.media.pictures import distance, scene

TURNED = Orientation(transpose=True, flip_x=True)


def frame(width: int, height: int, format: str = "yuv420p") -> VideoFrame:
    return VideoFrame.from_ndarray(scene(width, height), format="bgr24").reformat(format=format)


def reshaped(source: VideoFrame, track: str, orientation: Orientation = UPRIGHT) -> NDArray[np.uint8]:
    reshaper = Reshaper(orientation, TrackName.parse(track))
    picture = reshaper.picture(source)
    out = np.empty(picture.layout.size_bytes, np.uint8)
    reshaper.copy(source, picture, out)
    return out


def converted(source: VideoFrame, track: str, orientation: Orientation = UPRIGHT) -> NDArray[np.uint8]:
    """The same in two steps, as readers of shared pictures get it."""
    copier, name = PlaneCopier(orientation), TrackName.parse(track)
    native = copier.picture(source)
    shared = np.empty(native.layout.size_bytes, np.uint8)
    copier.copy(source, native, shared)
    assert name.format is not None
    out = np.empty(pixels.converted(native, name.format, name.size).layout.size_bytes, np.uint8)
    pixels.convert(native, shared, name.format, out, name.size)
    return out


@pytest.mark.parametrize("track", ["frames/bgr", "frames/rgb", "frames/gray", "frames/nv12"])
@pytest.mark.parametrize("orientation", [UPRIGHT, TURNED])
@pytest.mark.parametrize("source", ["yuv420p", "yuv422p"])
def test_picture_looks_like_a_shared_one_that_is_converted(
    track: str, orientation: Orientation, source: str
) -> None:
    given = frame(160, 96, source)
    found, expected = reshaped(given, track, orientation), converted(given, track, orientation)
    assert found.shape == expected.shape
    assert distance(found, expected) < 2


@pytest.mark.parametrize(
    ("track", "size"), [("frames/bgr/80x48", (80, 48)), ("frames/gray/320x192", (320, 192))]
)
def test_size_is_the_one_that_is_wanted(track: str, size: tuple[int, int]) -> None:
    given = frame(160, 96)
    picture = Reshaper(UPRIGHT, TrackName.parse(track)).picture(given)
    assert (picture.width, picture.height) == size
    assert distance(reshaped(given, track), converted(given, track)) < 1


@pytest.mark.parametrize("size", [(161, 97), (3, 5)])
def test_odd_picture_in_colour_has_every_row_and_column(size: tuple[int, int]) -> None:
    given = frame(*size, "rgb24")  # no chroma that is shared by four pixels
    found = reshaped(given, "frames/bgr").reshape(size[1], size[0], 3)
    assert distance(found, scene(*size)) < 2


def test_description_is_made_once_for_pictures_of_one_kind_and_again_for_others() -> None:
    reshaper = Reshaper(UPRIGHT, TrackName.parse("frames/bgr"))
    small, large = frame(160, 96), frame(320, 96)
    first = reshaper.picture(small)
    assert reshaper.picture(small) is first
    assert reshaper.picture(large).width == 320
    assert reshaper.picture(small) == first


def test_sizes_may_change_from_picture_to_picture() -> None:
    reshaper = Reshaper(UPRIGHT, TrackName.parse("frames/gray"))
    for width in (160, 320, 160):
        given = frame(width, 96)
        picture = reshaper.picture(given)
        out = np.empty(picture.layout.size_bytes, np.uint8)
        reshaper.copy(given, picture, out)
        assert np.array_equal(out, converted(given, "frames/gray"))
