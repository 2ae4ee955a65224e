"""`framecast record`: the files that come of it."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import COMMAND, Node, Running, environment, run
from tests.support import needs
from tests.support.media_files import Clip


def probe(file: Path, whole: bool = True) -> dict[str, dict[str, Any]]:
    """What ffprobe says about the streams of a file, by type; every packet is read. A `whole` one has no faults."""
    command = [needs.ffprobe(), "-v", "error", "-count_packets", "-show_streams", "-of", "json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert not (whole and done.stderr)
    return {stream["codec_type"]: stream for stream in json.loads(done.stdout)["streams"]}


def boxes(file: Path) -> list[str]:
    """The types of the outermost boxes of an MP4 (ISO/IEC 14496-12 section 4.2)."""
    content, at, found = file.read_bytes(), 0, []
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        found.append(content[at + 4 : at + 8].decode())
        at += size if size > 1 else int.from_bytes(content[at + 8 : at + 16], "big")
    return found


def decode(file: Path) -> str:
    """What FFmpeg complains about when it decodes a file from its beginning."""
    command = [needs.ffmpeg(), "-v", "error", "-xerror", "-i", str(file), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stderr


@pytest.mark.parametrize("ending", ["mp4", "mkv", "mov"])
def test_file_plays_from_its_first_picture_and_has_the_sound(ending: str, node: Node, place: Path) -> None:
    file = place / f"a.{ending}"
    done = node.command("record", "clip", str(file), "--seconds", "2")
    assert done.returncode == 0, done.stderr
    found = probe(file)
    assert found["video"]["codec_name"] == "h264"
    assert 50 <= int(found["video"]["nb_read_packets"]) <= 52
    assert found["audio"]["codec_name"] == "aac"
    assert decode(file) == ""
    assert "h264 640x360" in done.stdout


def test_finished_mp4_is_plain_and_a_fragmented_one_is_not(node: Node, place: Path) -> None:
    plain, fragmented = place / "plain.mp4", place / "fragmented.mp4"
    assert node.command("record", "clip", str(plain), "-s", "1").returncode == 0
    assert node.command("record", "clip", str(fragmented), "-s", "1", "--fragmented").returncode == 0
    assert boxes(plain) == ["ftyp", "free", "mdat", "moov"]
    assert boxes(fragmented)[:4] == ["ftyp", "moov", "moof", "mdat"]
    assert decode(fragmented) == ""


def test_sound_is_left_out_on_demand(node: Node, place: Path) -> None:
    file = place / "a.mp4"
    assert node.command("record", "clip", str(file), "-s", "1", "--no-audio").returncode == 0
    assert list(probe(file)) == ["video"]


def test_stream_of_pictures_alone_is_coded_for_the_recording(node: Node, place: Path) -> None:
    file = place / "a.mp4"
    done = node.command("record", "pattern", str(file), "-s", "1")
    assert done.returncode == 0, done.stderr
    found = probe(file)
    assert (found["video"]["codec_name"], found["video"]["width"]) == ("h264", 320)
    assert found["audio"]["codec_name"] == "aac"
    assert decode(file) == ""


def test_interrupt_finishes_the_file(node: Node, place: Path) -> None:
    file = place / "a.mp4"
    with Running(node.folder, "record", "clip", str(file)) as recording:
        wait_until_it_grows(recording, file)
        assert recording.end(signal.SIGINT) == 0
        assert f"{file}: " in recording.text
    assert decode(file) == ""
    assert boxes(file)[-1] == "moov"


def test_killed_recording_plays_up_to_its_last_seconds(node: Node, place: Path) -> None:
    for ending in ("mp4", "mkv"):
        file = place / f"a.{ending}"
        with Running(node.folder, "record", "clip", str(file)) as recording:
            wait_until_it_grows(recording, file)
            recording.process.kill()
        assert int(probe(file, whole=False)["video"]["nb_read_packets"]) >= 25


def wait_until_it_grows(recording: Running, file: Path, size: int = 100_000) -> None:
    """Return when the file has so many bytes: more than its first second."""
    while not file.exists() or file.stat().st_size < size:
        assert recording.process.poll() is None, recording.text
        os.sched_yield()


def test_full_disk_is_said_in_words(node: Node, place: Path) -> None:
    for ending in ("mp4", "mkv"):
        full = place / f"full.{ending}"
        full.symlink_to("/dev/full")
        done = node.command("record", "clip", str(full), "-s", "2")
        assert done.returncode == 9
        assert done.stderr.endswith(f"framecast: No space left on device: {full}\n")


def test_what_fitted_before_the_disk_was_full_plays(node: Node, place: Path) -> None:
    file = place / "a.mp4"
    limited = ["bash", "-c", 'ulimit -f 200; exec "$@"', "bash", *COMMAND]  # KiB
    command = [*limited, "record", "clip", str(file), "-s", "6"]
    done = subprocess.run(command, env=environment(node.folder), capture_output=True, text=True, timeout=60)
    assert done.returncode == 9
    assert done.stderr.endswith(f"framecast: File too large: {file}\n")
    assert int(probe(file, whole=False)["video"]["nb_read_packets"]) >= 25


def test_unknown_ending_is_refused_before_anything_begins(node: Node, place: Path) -> None:
    done = node.command("record", "clip", str(place / "a.txt"), "-s", "1")
    assert done.returncode == 2
    assert ".mkv" in done.stderr
    assert not list(place.iterdir())


def test_camera_that_is_away_is_told_with_its_reason(node: Node, place: Path) -> None:
    assert node.command("add", "away", "rtsp://user:hunter2@127.0.0.1:9/1").returncode == 0
    done = node.command("record", "away", str(place / "a.mp4"), "--timeout", "2")
    assert done.returncode == 7
    assert "offline" in done.stderr
    assert done.stderr.count("the address refuses connections") == 1
    assert "hunter2" not in done.stderr
    assert not list(place.iterdir())


def test_stream_or_file_that_does_not_exist_is_named_at_once_with_what_does(node: Node, place: Path) -> None:
    (place / "garden.mp4").touch()
    done = node.command("record", "clpi", "a.mkv", "--timeout", "1e6", cwd=place)
    assert done.returncode == 3
    assert "there is no stream 'clpi'; did you mean 'clip'? existing streams: " in done.stderr
    done = node.command("record", "gardn.mp4", "a.mkv", "--timeout", "1e6", cwd=place)
    assert done.returncode == 7
    assert f"there is no file {place}/gardn.mp4; similar names there: garden.mp4; and the node" in done.stderr
    done = node.command("add", "x", "./gardn.mp4", cwd=place)
    assert done.returncode == 7
    assert f"there is no file {place}/gardn.mp4; similar names there: garden.mp4" in done.stderr
    (place / "garden.mp4").unlink()
    assert not list(place.iterdir())


def test_file_that_plays_in_real_time_says_so(place: Path) -> None:
    clip = Clip(size=(320, 240), seconds=1.0).path()
    done = run(place, "record", str(clip), "a.mkv", "-s", "1")
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[0] == f"{clip} plays in real time: this takes 1 s"
    with Running(place, "record", str(clip), "b.mkv") as recording:
        recording.wait_for("plays in real time and begins again at its end: Ctrl-C finishes the recording")
        wait_until_it_grows(recording, place / "b.mkv", 1000)
        assert recording.end(signal.SIGINT) == 0
