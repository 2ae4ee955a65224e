"""Playing files whose pictures last as long as they like, with a clock that does not wait."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import pytest

from framecast.bus import Record
from framecast.clock import NS
from framecast.model import Flag
from framecast.sources import playback
from framecast.sources.pacing import Paced
from tests.sources.running import Running, number
from tests.support import media_files
from tests.support.media_files import Clip

WALL = 1_700_000_000 * NS


class Leaping:
    """A clock that is always there at once; `now` is how far it has come."""

    def __init__(self) -> None:
        self.now = 1000 * NS

    def __call__(self) -> int:
        return self.now

    def wall(self) -> int:
        return WALL + self.now

    def wait(self, due_ns: int, stop: threading.Event) -> bool:
        self.now = max(self.now, due_ns)
        return not stop.is_set()


@pytest.fixture
def leaping(monkeypatch: pytest.MonkeyPatch) -> Leaping:
    time = Leaping()
    monkeypatch.setattr(playback, "Paced", lambda stop: Paced(stop, time, time.wall, time.wait))
    return time


def seconds(records: list[Record]) -> list[float]:
    """When the pictures were shown, from the first one on."""
    return [round((record.captured_at - records[0].captured_at) / NS, 2) for record in records]


def hole(path: Path, *options: str) -> Path:
    """Pictures 0 to 24, nothing for 13 s, pictures 350 to 399."""
    select = ["-vf", "select='lt(n,25)+gte(n,350)'", "-fps_mode", "vfr"]
    clip = Clip(size=(320, 240), seconds=16, video="mjpeg", container="mkv")
    media_files._ffmpeg("-i", str(clip.path()), *select, "-pix_fmt", "yuv420p", *options, str(path))
    return path


X264 = ("-c:v", "libx264", "-preset", "veryfast")


@pytest.mark.parametrize("name", ["hole.mp4", "hole.mkv", "hole.avi", "hole.ts", "hole.flv", "hole.mov"])
def test_a_hole_lasts_as_long_as_the_file_says(name: str, leaping: Leaping, tmp_path: Path) -> None:
    path = hole(tmp_path / name, *X264)
    with Running(path, loop=False) as source, source.read() as reader:
        records = [reader.read(30) for _ in range(75)]
        assert source.wait_for_end() is None
    assert [number(record) for record in records] == [*range(25), *range(350, 400)]
    assert seconds(records) == [n / 25 for n in (*range(25), *range(350, 400))]
    times = [round(float((r.pts - records[0].pts) * r.info.time_base), 2) for r in records]
    assert times == seconds(records)
    assert {state for state, _ in source.states} == {"live"}
    assert not any(record.flags & Flag.DISCONTINUITY for record in records[1:])
    assert 15.9 < (leaping.now - 1000 * NS) / NS < 16.3


def test_slides_have_their_time_in_every_loop_and_the_last_one_too(leaping: Leaping, tmp_path: Path) -> None:
    path = tmp_path / "slides.mp4"
    clip = Clip(size=(320, 240), seconds=4, fps=1, video="mjpeg", container="mkv")  # type: ignore[arg-type]
    media_files._ffmpeg(
        "-r", "1/60", "-i", str(clip.path()), *X264, "-pix_fmt", "yuv420p", "-bf", "2", str(path)
    )
    with Running(path) as source, source.read() as reader:
        records = [reader.read(30) for _ in range(12)]
    assert [number(record) for record in records] == [0, 1, 2, 3] * 3
    assert seconds(records) == [60.0 * n for n in range(12)]
    before = leaping.now
    with Running(path, loop=False) as source, source.read() as reader:
        assert number(reader.read(30)) == 0
        assert source.wait_for_end() is None
    assert leaping.now - before >= 239 * NS


@pytest.mark.parametrize("name", ["b.avi", "b.h264", "b.mkv", "b.mp4"])
def test_pictures_in_the_order_of_decoding_loop_without_a_gap(
    name: str, leaping: Leaping, tmp_path: Path
) -> None:
    clip = Clip(size=(320, 240), seconds=1, video="mjpeg", container="mkv")
    media_files._ffmpeg(
        "-i", str(clip.path()), "-pix_fmt", "yuv420p", *X264, "-bf", "3", str(tmp_path / name)
    )
    with Running(tmp_path / name) as source, source.read() as reader:
        records = [reader.read(30) for _ in range(75)]
    assert [number(record) for record in records] == [*range(25)] * 3
    assert all(abs(b - a - 0.04) < 0.002 for a, b in itertools.pairwise(seconds(records)))


def test_one_damaged_time_stamp_is_no_hole(leaping: Leaping) -> None:
    with Running(media_files.corrupt(), loop=False) as source, source.read("video") as reader:
        reader.read(30)
        assert source.wait_for_end() is None
    assert leaping.now - 1000 * NS < 6 * NS
