"""The media files are what they say they are."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.support import media_files
from tests.support.media_files import Clip, frame_number

SMALL = (640, 360)


def numbers(path: Path) -> list[int]:
    with av.open(str(path)) as container:
        return [frame_number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]


@pytest.mark.parametrize(
    "clip",
    [
        Clip(size=SMALL, seconds=2, audio="aac"),
        Clip("h265", size=SMALL, seconds=2, audio="opus"),
        Clip("vp8", size=SMALL, seconds=2, audio="opus"),
        Clip("vp9", size=SMALL, seconds=2),
        Clip("av1", size=SMALL, seconds=2),
        Clip("mjpeg", size=SMALL, seconds=2, audio="pcma"),
        Clip("h264", size=(853, 481), seconds=2),
        Clip("vp9", size=(853, 481), seconds=2),
        Clip("h264", size=(480, 854), seconds=2, fps=Fraction(30000, 1001)),
    ],
    ids=lambda clip: f"{clip.video}-{clip.audio}-{clip.size[0]}x{clip.size[1]}",
)
def test_clip_has_its_codec_size_rate_and_numbers(clip: Clip) -> None:
    with av.open(str(clip.path())) as container:
        video = container.streams.video[0]
        assert (
            video.codec_context.name.replace("hevc", "h265").replace("libdav1d", "av1").startswith(clip.video)
        )
        assert (video.width, video.height) == clip.size
        assert video.average_rate == pytest.approx(clip.fps)
        assert bool(container.streams.audio) == (clip.audio != "none")
    assert numbers(clip.path()) == list(range(clip.frames))


def test_number_survives_scaling() -> None:
    path = Clip(size=SMALL, seconds=2, first=40_000).path()
    with av.open(str(path)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="gray")
    assert frame_number(picture) == 40_000
    assert frame_number(np.ascontiguousarray(picture[::2, ::2])) == 40_000


def test_constant_rate_is_kept() -> None:
    clip = Clip(size=(1920, 1080), seconds=4, bitrate_kbps=4000)
    assert clip.path().stat().st_size * 8 / 4 / 1000 == pytest.approx(4000, rel=0.1)


def test_changing_size_changes_and_numbers_go_on() -> None:
    with av.open(str(media_files.changing_size())) as container:
        frames = list(container.decode(video=0))
    assert {(frame.width, frame.height) for frame in frames} == {(640, 360), (320, 240), (854, 480)}
    assert [frame_number(frame.to_ndarray(format="gray")) for frame in frames] == list(range(150))


@pytest.mark.parametrize("make", [media_files.truncated, media_files.text_named_mp4, media_files.empty])
def test_what_is_no_video_does_not_open(make: object) -> None:
    assert callable(make)
    with pytest.raises(av.error.FFmpegError), av.open(str(make())):
        pass


def test_corrupt_file_opens() -> None:
    with av.open(str(media_files.corrupt())) as container:
        assert container.streams.video


def test_hls_folder_plays() -> None:
    folder = media_files.hls_folder()
    assert len(list(folder.glob("part*.ts"))) >= 4
    assert numbers(folder / "index.m3u8") == list(range(100))
