"""`ladder`: all renditions have the same pictures at the same times, and their groups of pictures begin together."""

import asyncio
import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import simplejpeg

from framecast.processing import ladder, playlists
from framecast.processing.run import run_task
from framecast.processing.tasks import TASKS
from tests.processing.results import assert_in_time, clicking, seen
from tests.support.media_files import Clip, frame_number, made

# Not after everything else that this machine does.
AT_ONCE = replace(TASKS["ladder"].limits, nice=0)
CLIP = Clip(size=(640, 360), seconds=5, gop_s=5)


def laddered(source: Path, output: Path, **more: object) -> dict:
    output.mkdir(exist_ok=True)
    return ladder.run({"input": str(source), "output": str(output), **more}, lambda _: None)


@pytest.fixture(scope="module")
def made_of_clip(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    folder = tmp_path_factory.mktemp("ladder")
    before = {
        "download": "main.mp4",
        "poster": "poster.jpg",
        "files": {"main.mp4": {"size": 5}, "poster.jpg": {"size": 6}},
    }
    source = clicking("click-ladder.mp4", CLIP)
    return folder, laddered(source, folder, manifest=before, generation="g0123456789ab")


def keys_of(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        packets = list(container.demux(container.streams.video[0]))
        return [
            float(packet.pts * packet.time_base)
            for packet in packets
            if packet.is_keyframe and packet.pts is not None
        ]


def test_every_rendition_plays_in_time(made_of_clip: tuple[Path, dict]) -> None:
    folder, result = made_of_clip
    assert [one["name"] for one in result["renditions"]] == ["360p", "240p"]
    for name, size in (("v360", (640, 360)), ("v240", (426, 240))):
        found = seen(folder / f"{name}.m3u8")
        assert_in_time(found, Fraction(25))
        assert len(found.numbers) == CLIP.frames
        assert found.size == size
    with_sound = seen(folder / "index.m3u8")
    assert [round(click, 2) for click in with_sound.clicks[1:]] == [1, 2, 3, 4]


def test_groups_of_pictures_begin_together_every_two_seconds(made_of_clip: tuple[Path, dict]) -> None:
    folder, _ = made_of_clip
    assert keys_of(folder / "v360.mp4") == keys_of(folder / "v240.mp4") == [0.0, 2.0, 4.0]
    for name in ("v360", "v240"):
        text = (folder / f"{name}.m3u8").read_text()
        entries = playlists.parse_media(text, (folder / f"{name}.mp4").stat().st_size).entries
        assert [entry.duration_s for entry in entries] == [2.0, 2.0, 1.0]


def test_what_was_made_before_stays_where_it_is(made_of_clip: tuple[Path, dict]) -> None:
    _, result = made_of_clip
    assert result["is_final"]
    assert result["download"] == "main.mp4"
    assert result["files"]["main.mp4"] == {"size": 5, "from": "g0123456789ab"}
    assert result["files"]["poster.jpg"] == {"size": 6, "from": "g0123456789ab"}
    assert result["encoder"] == "libx264"


def test_storyboard_shows_what_is_shown_at_each_time(made_of_clip: tuple[Path, dict]) -> None:
    folder, result = made_of_clip
    board = result["storyboard"]
    assert (board["tile_width"], board["tile_height"], board["every_s"], board["count"]) == (160, 90, 1.0, 5)
    sheet = simplejpeg.decode_jpeg((folder / board["sheets"][0]).read_bytes(), colorspace="GRAY")[..., 0]
    numbers = [frame_number(sheet[:90, at * 160 : (at + 1) * 160]) for at in range(5)]
    assert numbers == [0, 25, 50, 75, 100]
    cues = (folder / "storyboard.vtt").read_text()
    assert "00:00:01.000 --> 00:00:02.000\nstoryboard-0.jpg#xywh=160,0,160,90" in cues


def test_waveform_is_loud_where_the_sound_clicks(made_of_clip: tuple[Path, dict]) -> None:
    folder, _ = made_of_clip
    wave = json.loads((folder / "waveform.json").read_text())
    loud = [round(at * wave["every_s"], 1) for at, peak in enumerate(wave["peaks"]) if peak > 60]
    assert loud == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_pictures_of_a_variable_rate_keep_their_times(tmp_path: Path) -> None:
    """Every third picture is missing, and one second is empty: key frames still come by time."""
    variable = made(
        "click-vfr.mp4", "-i", str(clicking("click-ladder.mp4", CLIP)), "-vf",
        "select='not(eq(mod(n,3),1))*not(between(n,30,55))'", *["-vsync", "vfr", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy"],
    )  # fmt: skip
    laddered(variable, tmp_path / "out")
    found = seen(tmp_path / "out" / "index.m3u8")
    late = [at - number / 25 for at, number in zip(found.times, found.numbers, strict=True)]
    assert max(map(abs, late)) < 0.002
    assert len(found.numbers) == len([n for n in range(125) if n % 3 != 1 and not 30 <= n <= 55])
    keys = keys_of(tmp_path / "out" / "v360.mp4")
    assert keys == keys_of(tmp_path / "out" / "v240.mp4")
    assert [round(key, 2) for key in keys] == [0.0, 2.24, 4.04]


def test_portrait_of_a_phone_is_upright_in_every_rendition(tmp_path: Path) -> None:
    turned = made(
        "click-ladder-turned.mp4",
        "-i",
        str(clicking("click-ladder.mp4", CLIP)),
        *["-c", "copy", "-metadata:s:v", "rotate=90"],
    )
    result = laddered(turned, tmp_path / "out")
    assert [(one["width"], one["height"]) for one in result["renditions"]] == [(360, 640), (240, 426)]
    assert (result["storyboard"]["tile_width"], result["storyboard"]["tile_height"]) == (90, 160)
    numbers = tuple(range(CLIP.frames))
    assert numbers in {seen(tmp_path / "out" / "v240.mp4", turn=turn).numbers for turn in (1, 3)}


def test_sound_alone_has_a_waveform_and_one_playlist(tmp_path: Path) -> None:
    alone = made(
        "click-alone.m4a",
        "-i",
        str(clicking("click.mp4", Clip(size=(320, 180), seconds=5, gop_s=2))),
        *["-vn", "-c", "copy"],
    )
    result = laddered(alone, tmp_path / "out")
    assert result["renditions"] == []
    assert result["waveform"] == "waveform.json"
    assert len(seen(tmp_path / "out" / "index.m3u8").clicks) == 5


def test_encoder_that_is_not_there_is_replaced_and_named(tmp_path: Path) -> None:
    result = laddered(Clip(size=(320, 180), seconds=1).path(), tmp_path / "out", encoder="h264_nvenc")
    assert result["encoder"] == "libx264"


def test_task_runs_in_its_sandbox_with_subtitles(tmp_path: Path) -> None:
    texts = tmp_path / "texts.srt"
    texts.write_text("1\n00:00:01,000 --> 00:00:02,000\nGuten <script>Tag</script>\n")
    source = tmp_path / "input"
    whole = made(
        "click-sub.mkv",
        "-i",
        str(clicking("click-ladder.mp4", CLIP)),
        "-i",
        str(texts),
        *["-map", "0", "-map", "1", "-c", "copy", "-c:s", "subrip", "-metadata:s:s", "language=ger"],
    )
    source.write_bytes(whole.read_bytes())
    (tmp_path / "out").mkdir()
    request = {"input": str(source), "output": str(tmp_path / "out"), "facts": {"container": "matroska"}}
    result = asyncio.run(
        run_task("ladder", request, inputs=[source], output=tmp_path / "out", limits=AT_ONCE)
    )
    assert result["subtitles"] == [{"name": "sub-de.vtt", "language": "de", "label": "Deutsch"}]
    text = (tmp_path / "out" / "sub-de.vtt").read_text()
    assert "00:00:01.000 --> 00:00:02.000\nGuten Tag" in text
    assert set(result["files"]) == {path.name for path in (tmp_path / "out").iterdir()}
    assert np.diff(seen(tmp_path / "out" / "index.m3u8").times).max() < 0.05
