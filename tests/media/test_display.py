"""Turned, mirrored and stretched pictures: from a container, through the decoder, into another container."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from framecast.media.coding import Coding
from framecast.media.decoder import Decoder
from framecast.media.demux import Demuxer
from framecast.media.display import shown
from framecast.media.fmp4 import Fmp4Muxer
from framecast.media.opening import Opening
from framecast.media.pixels import planes
from framecast.media.planes import PlaneCopier
from framecast.media.recording import Recording
from framecast.model import UPRIGHT, Flag, Kind, Meta, Orientation, Picture, TrackInfo
from tests.support import media_files
from tests.support.media_files import Clip

ONE = 65536
MATRICES = {
    "90": (0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30),
    "180": (-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30),
    "270": (0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30),
    "0 mirrored": (-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30),
    "180 mirrored": (ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30),
    "90 mirrored": (0, -ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30),
    "270 mirrored": (0, ONE, 0, ONE, 0, 0, 0, 0, 1 << 30),
}


def opened(path: Path) -> Demuxer:
    return Demuxer(Opening(f"file:{path}", "file", "mov,mp4,matroska,avi", 5, 5))


def turned(source: Path, out: Path, matrix: tuple[int, ...]) -> Path:
    """Copy a file's video, with a display matrix."""
    with av.open(str(source)) as given, av.open(str(out), "w") as container:
        stream = container.add_stream_from_template(given.streams.video[0], opaque=True)
        stream.set_display_matrix(matrix)
        for packet in given.demux(video=0):
            if packet.size:
                packet.stream = stream
                container.mux(packet)
    return out


def pictures(path: Path) -> Iterator[tuple[Picture, NDArray[np.uint8]]]:
    with opened(path) as demuxer:
        decoder = Decoder(demuxer.coding)
        for packet in demuxer.packets():
            for found in decoder.decode(packet.payload, packet.pts, packet.dts):
                out = np.zeros(found.picture.layout.size_bytes, np.uint8)
                found.copy_into(out)
                yield found.picture, out


def by_ffmpeg(path: Path, folder: Path) -> NDArray[np.uint8]:
    """The first picture as the ffmpeg command shows it, planes after each other."""
    raw = folder / "first.raw"
    media_files._ffmpeg("-i", str(path), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "yuv420p", str(raw))
    return np.fromfile(raw, np.uint8)


@pytest.mark.parametrize("ending", ["mp4", "mkv"])
@pytest.mark.parametrize("words", MATRICES)
def test_pictures_are_shown_as_ffmpeg_shows_them(words: str, ending: str, tmp_path: Path) -> None:
    clip = Clip(size=(320, 240), seconds=0.4).path()
    matrix = MATRICES[words]
    path = turned(clip, tmp_path / f"turned.{ending}", matrix)
    with opened(path) as demuxer:
        info = demuxer.video
    assert info is not None
    assert (info.details["rotation"], info.display_matrix) == (words, matrix)
    picture, out = next(pictures(path))
    assert info.picture == picture
    assert (info.width, info.height) == (320, 240)
    assert (picture.width, picture.height) == ((240, 320) if words[:2] in ("90", "27") else (320, 240))
    # FFmpeg 5.1 reads no rotation from Matroska: the same picture from MP4 shows what is right.
    same = turned(clip, tmp_path / "same.mp4", matrix)
    expected = by_ffmpeg(same, tmp_path)
    assert np.array_equal(out, expected)


def test_any_other_angle_is_carried_but_not_followed(tmp_path: Path) -> None:
    matrix = (46341, 46341, 0, -46341, 46341, 0, 0, 0, 1 << 30)
    path = turned(Clip(size=(320, 240), seconds=0.4).path(), tmp_path / "turned.mp4", matrix)
    with opened(path) as demuxer:
        assert demuxer.video is not None
        assert demuxer.video.display_matrix == matrix
        assert demuxer.coding.orientation == UPRIGHT
    picture, _ = next(pictures(path))
    assert (picture.width, picture.height) == (320, 240)


@pytest.mark.parametrize("size", [(15, 9), (16, 9), (15, 10), (1, 1), (2, 1)])
@pytest.mark.parametrize("pixels", ["yuv420p", "nv12", "gray", "yuv444p10le", "rgb24"])
def test_every_layout_and_odd_sizes_are_turned(size: tuple[int, int], pixels: str) -> None:
    width, height = size
    dice = np.random.default_rng(1)
    frame = av.VideoFrame(width, height, pixels)
    for part in frame.planes:
        part.update(dice.integers(0, 256, part.buffer_size, np.uint8).tobytes())

    def copied(orientation: Orientation) -> tuple[Picture, NDArray[np.uint8]]:
        copier = PlaneCopier(orientation)
        picture = copier.picture(frame)
        out = np.zeros(picture.layout.size_bytes, np.uint8)
        copier.copy(frame, picture, out)
        return picture, out

    plain = planes(*copied(UPRIGHT))
    right = planes(*copied(Orientation(transpose=True, flip_x=True)))
    over = planes(*copied(Orientation(flip_x=True, flip_y=True)))
    for index, plane in enumerate(plain):
        assert np.array_equal(np.rot90(plane, -1), right[index])
        assert np.array_equal(np.rot90(plane, 2), over[index])


def test_a_picture_that_says_itself_how_it_is_turned_is_believed(tmp_path: Path) -> None:
    """JPEG with Exif: orientation 6 is shown after a quarter turn clockwise."""
    image = tmp_path / "image.jpg"
    media_files._ffmpeg("-f", "lavfi", "-i", "testsrc2=size=64x32", "-frames:v", "1", str(image))
    tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    head = b"Exif\0\0" + tiff
    plain = image.read_bytes()
    tagged = plain[:2] + b"\xff\xe1" + (len(head) + 2).to_bytes(2, "big") + head + plain[2:]
    decoder = Decoder(Coding("mjpeg", "mjpeg"))
    seen = []
    for payload in (plain, tagged):
        (found,) = decoder.decode(payload, 0, 0)
        out = np.zeros(found.picture.layout.size_bytes, np.uint8)
        found.copy_into(out)
        seen.append(planes(found.picture, out)[0])
    assert np.array_equal(np.rot90(seen[0], -1), seen[1])


@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
@pytest.mark.parametrize("words", ["90", "180 mirrored"])
def test_recordings_and_live_mp4_keep_the_matrix(words: str, ending: str, tmp_path: Path) -> None:
    path = turned(Clip(size=(320, 240), seconds=0.4).path(), tmp_path / "in.mp4", MATRICES[words])
    copy = tmp_path / f"out.{ending}"
    with opened(path) as demuxer:
        info = demuxer.video
        assert info is not None
        recording = Recording(copy, [info])
        key = b""
        for packet in demuxer.packets():
            flags = Flag.KEY if packet.is_key else Flag.NONE
            assert packet.pts is not None
            meta = Meta(packet.pts, 0, 0, dts=packet.dts, duration=packet.duration, flags=flags)
            key = key or bytes(packet.payload)
            recording.write("video", bytes(packet.payload), meta, Fraction(0))
        recording.finish()
    live = Fmp4Muxer(info, None, key).init_segment
    (tmp_path / "live.mp4").write_bytes(live)
    with opened(copy) as demuxer:
        assert demuxer.video is not None
        assert demuxer.video.details == info.details
    with opened(tmp_path / "live.mp4") as demuxer:
        assert demuxer.video is not None
        assert demuxer.video.details == info.details


def test_pixels_that_are_no_squares_are_told_to_files_and_to_what_was_turned(tmp_path: Path) -> None:
    path = tmp_path / "sar.mkv"
    picture = "testsrc2=size=160x120:rate=25:duration=0.2,setsar=64/45"
    media_files._ffmpeg("-f", "lavfi", "-i", picture, "-c:v", "ffv1", str(path))
    with opened(path) as demuxer:
        assert demuxer.video is not None
        info = demuxer.video
    assert info.pixel_ratio == Fraction(64, 45)
    assert shown(info) == {"sample_aspect_ratio": "64:45"}
    standing = replace(
        info, details={**info.details, "display_matrix": "0 65536 0 -65536 0 0 0 0 1073741824"}
    )
    assert shown(standing) == {"sample_aspect_ratio": "45:64"}
    coded = replace(info, codec="vp9", extradata=b"")
    (tmp_path / "live.mp4").write_bytes(Fmp4Muxer(coded, None).init_segment)
    with av.open(str(tmp_path / "live.mp4")) as container:
        assert container.streams.video[0].sample_aspect_ratio == Fraction(64, 45)


@pytest.mark.parametrize("text", ["0:1", "4:0", "-4:3", "4/3", "9999999999:1", "x", ""])
def test_a_shape_of_pixels_that_is_none_counts_as_square(text: str) -> None:
    info = TrackInfo("video", Kind.PACKETS, details={"sample_aspect_ratio": text})
    assert info.pixel_ratio == 1
