"""Long ones of `publish` and `ladder`: other muxers, ten minutes at 29.97, an hour of copying in little memory. `make soak` runs them."""

import asyncio
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from framecast.processing import ladder, playlists, publish
from framecast.processing.run import run_task
from framecast.processing.tasks import TASKS
from tests.processing.results import assert_in_time, clicking, seen
from tests.support.media_files import Clip, made

pytestmark = pytest.mark.slow

NTSC = Fraction(30000, 1001)
LONG = Clip(size=(144, 80), seconds=600, fps=NTSC, gop_s=5)
MUXERS = {
    "mp4mux": "mp4",
    "mp4mux fragment-duration=1000": "mp4",
    "qtmux": "mov",
    "matroskamux": "mkv",
    "mpegtsmux": "ts",
}


@pytest.mark.parametrize("task", [publish, ladder], ids=["publish", "ladder"])
def test_ten_minutes_of_29_97_do_not_drift(task: object, tmp_path: Path) -> None:
    source = clicking("click-long.mp4", LONG)
    assert task in (publish, ladder)
    run = publish.run if task is publish else ladder.run
    run({"input": str(source), "output": str(tmp_path)}, lambda _: None)
    found = seen(tmp_path / "index.m3u8")
    assert len(found.numbers) == LONG.frames
    assert_in_time(found, NTSC, tolerance_s=0.001)
    assert all(abs(click - round(click)) < 0.04 for click in found.clicks)
    assert len(found.clicks) == 600
    name = "main" if task is publish else "v80"
    playlist = playlists.parse_media((tmp_path / f"{name}.m3u8").read_text(), 1 << 40)
    assert abs(playlist.duration_s - 600) < 0.1


@pytest.mark.parametrize("muxer", MUXERS)
def test_files_of_gstreamer_play_from_the_beginning_to_the_end(muxer: str, tmp_path: Path) -> None:
    source = tmp_path / f"gst.{MUXERS[muxer]}"
    pictures = "videotestsrc num-buffers=125 ! video/x-raw,format=I420,width=320,height=180,framerate=25/1 ! x264enc key-int-max=50 ! h264parse ! queue ! mux."
    sound = "audiotestsrc num-buffers=235 samplesperbuffer=1024 ! audio/x-raw,rate=48000 ! avenc_aac ! aacparse ! queue ! mux."
    graph = f"{muxer} name=mux ! filesink location={source} {pictures} {sound}"
    subprocess.run(["gst-launch-1.0", "-q", *graph.split()], check=True, timeout=60)
    (tmp_path / "out").mkdir()
    result = publish.run({"input": str(source), "output": str(tmp_path / "out")}, lambda _: None)
    assert result["is_copy"]
    with_times = seen(tmp_path / "out" / "index.m3u8")
    assert len(with_times.times) == 125
    assert abs(with_times.times[-1] - 4.96) < 0.005
    assert abs(with_times.sound_s - 5.0) < 0.1


def test_two_hours_are_copied_in_little_memory(tmp_path: Path) -> None:
    clip = Clip(size=(640, 360), seconds=20, gop_s=2, audio="aac", bitrate_kbps=2000)
    source = made("two-hours.mp4", "-stream_loop", "359", "-i", str(clip.path()), "-c", "copy")
    limits = replace(TASKS["publish"].limits, memory_bytes=256 << 20, nice=0)
    request = {"input": str(source), "output": str(tmp_path), "facts": {"container": "mov"}}
    result = asyncio.run(run_task("publish", request, inputs=[source], output=tmp_path, limits=limits))
    assert abs(result["duration_s"] - 7200) < 10
