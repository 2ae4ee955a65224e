"""Decoding: every picture, in order, by one copy, in the layout that it came in."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from framecast.errors import SourceError
from framecast.media.coding import Coding
from framecast.media.decoder import Damaged, Decoded, Decoder
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.model import Picture
from tests.support import media_files
from tests.support.media_files import Clip, frame_number


def decode(path: Path, hwaccel: str = "") -> Iterator[Decoded]:
    with Demuxer(Opening(f"file:{path}", "file", "mov,matroska,mpegts", 10, 10, audio=False)) as demuxer:
        decoder = Decoder(demuxer.coding, hwaccel)
        for packet in demuxer.packets():
            yield from decoder.decode(packet.payload, packet.pts, packet.dts)
        yield from decoder.finish()


def pixels(decoded: Decoded) -> NDArray[np.uint8]:
    out = np.zeros(decoded.picture.layout.size_bytes, np.uint8)
    decoded.copy_into(out)
    return out


def luma(decoded: Decoded) -> NDArray[np.uint8]:
    plane = decoded.picture.layout.planes[0]
    rows = pixels(decoded)[: plane.rows * plane.stride].reshape(plane.rows, plane.stride)
    return rows[:, : plane.columns]


@pytest.mark.parametrize("video", ["h264", "h265", "mjpeg", "vp8", "vp9", "av1"])
def test_every_picture_comes_once_and_in_order(video: str) -> None:
    clip = Clip(video, size=(640, 360), seconds=1)
    assert [frame_number(luma(one)) for one in decode(clip.path())] == list(range(clip.frames))


def test_planes_are_the_decoders_own() -> None:
    path = Clip(size=(640, 360), seconds=1).path()
    with av.open(str(path)) as container:
        expected = [frame.to_ndarray().reshape(-1) for frame in container.decode(video=0)]
    for one, want in zip(decode(path), expected, strict=True):
        assert np.array_equal(pixels(one), want)


def test_a_picture_is_copied_once() -> None:
    for one in decode(Clip(size=(1920, 1080), seconds=1).path()):
        out = np.zeros(one.picture.layout.size_bytes, np.uint8)
        tracemalloc.start()
        one.copy_into(out)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert peak < out.nbytes / 50  # no second picture on the way
        assert out.any()


@pytest.mark.parametrize("size", [(853, 481), (359, 641)])
def test_odd_sides_are_padded_by_their_last_pixels(size: tuple[int, int]) -> None:
    one = next(decode(Clip(size=size, seconds=1).path()))
    layout = one.picture.layout
    plane = layout.planes[0]
    rows = pixels(one)[: layout.padded_width * layout.padded_height].reshape(
        layout.padded_height, layout.padded_width
    )
    assert (plane.columns, plane.rows) == size
    assert np.array_equal(rows[:, -1], rows[:, -2])
    assert np.array_equal(rows[-1], rows[-2])


@pytest.mark.parametrize(
    ("pixel_format", "tags", "picture"),
    [
        ("yuv420p", ["-colorspace", "bt709"], Picture("i420", 320, 240, "bt709")),
        ("yuvj420p", [], Picture("i420", 320, 240, "bt601", True)),
        ("yuv422p", [], Picture("i420", 320, 240)),
        ("yuv444p", ["-color_range", "pc"], Picture("i420", 320, 240, "bt601", True)),
        ("yuv420p10le", ["-colorspace", "bt2020nc"], Picture("i420", 320, 240, "bt2020")),
        ("gray", ["-c:v", "ffv1"], Picture("gray", 320, 240, "bt601", True)),
    ],
)
def test_colours_are_told_as_they_are_tagged(
    tmp_path: Path, pixel_format: str, tags: list[str], picture: Picture
) -> None:
    path = tmp_path / "clip.mkv"
    source = ["-f", "lavfi", "-i", "color=0x808080:size=320x240:duration=0.2"]
    media_files._ffmpeg(*source, "-c:v", "libx264", "-pix_fmt", pixel_format, *tags, str(path))
    one = next(decode(path))
    assert one.picture == picture
    # Grey stays grey on the way, whatever the format is.
    middle = 128 if picture.full_range else 16 + 128 * 219 / 255
    assert abs(int(luma(one)[120, 160]) - middle) <= 3


def test_rgb_becomes_limited_range(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    source = ["-f", "lavfi", "-i", "color=white:size=320x240:duration=0.2"]
    media_files._ffmpeg(*source, "-c:v", "ffv1", "-pix_fmt", "bgr0", str(path))
    one = next(decode(path))
    assert one.picture == Picture("i420", 320, 240)
    assert abs(int(luma(one)[120, 160]) - 235) <= 2


def test_damage_is_told_and_survived() -> None:
    coding = Coding("h264", "h264", width=320, height=240)
    decoder = Decoder(coding)
    with pytest.raises(Damaged):
        decoder.decode(b"\xff" * 500, 0, 0)
    shown = list(decode(media_files.corrupt()))
    assert len(shown) > 50


def test_hardware_that_is_not_there_is_said_to_be_missing() -> None:
    decoder = Decoder(Coding("h264", "h264"), "cuda-of-tomorrow")
    assert "software" in decoder.name
    assert "cuda-of-tomorrow" in decoder.name


def test_a_codec_that_nobody_knows_is_unsupported() -> None:
    with pytest.raises(SourceError) as caught:
        Decoder(Coding("h299", "h299"))
    assert caught.value.reason == "unsupported"
