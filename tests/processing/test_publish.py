"""`publish`: files of many kinds become one that FFmpeg's HLS client plays in time: every picture carries its number, the sound clicks each second."""

import asyncio
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from framecast.processing import playlists, publish
from framecast.processing.outcome import Refused
from framecast.processing.run import run_task
from framecast.processing.tasks import TASKS
from tests.processing.results import assert_in_time, clicking, probe, seen
from tests.support.media_files import Clip, made, noise

CLIP = Clip(size=(320, 180), seconds=5, gop_s=2)
NTSC = Clip(size=(320, 180), seconds=5, gop_s=2, fps=Fraction(30000, 1001))


def published(source: Path, output: Path) -> dict:
    output.mkdir(exist_ok=True)
    return publish.run({"input": str(source), "output": str(output)}, lambda _: None)


def h264() -> Path:
    return clicking("click.mp4", CLIP)


def with_b_frames(container: str) -> Path:
    whole = made(
        "click-b.mp4",
        "-i",
        str(h264()),
        *["-c:v", "libx264", "-bf", "3", "-vsync", "passthrough", "-c:a", "copy"],
    )
    return made(f"click-b.{container}", "-i", str(whole), "-c", "copy")


def recoded(name: str, *options: str) -> Path:
    return made(name, "-i", str(h264()), *options, "-vsync", "passthrough")


COPIED: dict[str, Callable[[], Path]] = {
    "mp4": h264,
    "matroska": lambda: clicking("click.mkv", CLIP),
    "ts that begins at 50000 s": lambda: made(
        "click-50000.ts", "-i", str(h264()), *["-c", "copy", "-output_ts_offset", "50000"]
    ),
    "flv": lambda: clicking("click.flv", CLIP),
    "matroska with B frames": lambda: with_b_frames("mkv"),
    "mono of 44.1 kHz": lambda: clicking("click-mono.mp4", CLIP, audio="aac -ac 1 -ar 44100"),
    "opus": lambda: clicking("click-opus.mkv", CLIP, audio="libopus"),
    "pcm": lambda: clicking("click-pcm.mov", CLIP, audio="pcm_s16le"),
    "5.1": lambda: clicking("click-51.mp4", CLIP, audio="ac3 -ac 6"),
    "sound that begins late": lambda: made(
        "click-late.mp4",
        "-itsoffset",
        "1",
        "-i",
        str(h264()),
        "-i",
        str(h264()),
        *["-map", "1:v", "-map", "0:a", "-c", "copy"],
    ),
}
ENCODED: dict[str, Callable[[], Path]] = {
    "hevc": lambda: recoded(
        "click-hevc.mp4",
        *["-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none", "-c:a", "copy"],
    ),
    "vp9": lambda: recoded(
        "click.webm", *["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"]
    ),
    "av1": lambda: recoded("click-av1.mp4", *["-c:v", "libsvtav1", "-preset", "12", "-c:a", "copy"]),
    "mpeg-2": lambda: recoded("click.mpg", *["-c:v", "mpeg2video", "-q:v", "3", "-c:a", "mp2"]),
    "10 bit": lambda: recoded(
        "click-10.mp4",
        *["-c:v", "libx264", "-pix_fmt", "yuv420p10le", "-preset", "ultrafast", "-c:a", "copy"],
    ),
    "interlaced": lambda: recoded(
        "click-i.mp4", *["-c:v", "libx264", "-flags", "+ildct+ilme", "-preset", "ultrafast", "-c:a", "copy"]
    ),
}


@pytest.mark.parametrize("kind", COPIED)
def test_h264_is_copied_and_plays_in_time(kind: str, tmp_path: Path) -> None:
    result = published(COPIED[kind](), tmp_path / "out")
    assert result["is_copy"]
    found = seen(tmp_path / "out" / "index.m3u8")
    assert_in_time(found, Fraction(25))
    assert len(found.numbers) == CLIP.frames
    shift = 1 if "late" in kind else 0
    assert_clicks(found.clicks, shift)


@pytest.mark.parametrize("kind", ENCODED)
def test_other_codecs_are_encoded_and_play_in_time(kind: str, tmp_path: Path) -> None:
    result = published(ENCODED[kind](), tmp_path / "out")
    assert not result["is_copy"]
    assert result["renditions"][0]["codecs"].startswith("avc1.64")
    found = seen(tmp_path / "out" / "index.m3u8")
    assert_in_time(found, Fraction(25))
    assert len(found.numbers) == CLIP.frames
    assert_clicks(found.clicks, 0)


def assert_clicks(clicks: tuple[float, ...], shift: int) -> None:
    """80 ms is what people notice; coders differ by less than half of it."""
    later = [click for click in clicks if click > 0.5]
    assert len(later) >= 4
    assert all(abs(click - round(click)) < 0.04 for click in later), clicks
    assert round(later[0]) == 1, shift


def test_29_97_does_not_drift(tmp_path: Path) -> None:
    published(clicking("click-ntsc.mp4", NTSC), tmp_path / "out")
    found = seen(tmp_path / "out" / "index.m3u8")
    assert_in_time(found, NTSC.fps, tolerance_s=0.001)
    playlist = playlists.parse_media((tmp_path / "out" / "main.m3u8").read_text(), 1 << 40)
    assert abs(playlist.duration_s - found.sound_s) < 0.05
    assert [round(entry.duration_s, 3) for entry in playlist.entries[:2]] == [2.002, 2.002]


def test_rotation_of_phones_stays_in_the_file_and_in_the_size(tmp_path: Path) -> None:
    turned = made("click-turned.mp4", "-i", str(h264()), *["-c", "copy", "-metadata:s:v", "rotate=90"])
    result = published(turned, tmp_path / "out")
    assert result["is_copy"]
    assert (result["renditions"][0]["width"], result["renditions"][0]["height"]) == (180, 320)
    assert "RESOLUTION=180x320" in (tmp_path / "out" / "index.m3u8").read_text()
    shown = probe(tmp_path / "out" / "main.mp4", "-show_entries", "stream_side_data=rotation")
    assert "rotation=-90" in shown or "rotation=90" in shown


def test_encoded_pictures_are_upright(tmp_path: Path) -> None:
    coded = recoded(
        "click-turned-hevc.mov",
        *[
            "-c:v",
            "libx265",
            "-preset",
            "ultrafast",
            "-tag:v",
            "hvc1",
            "-x265-params",
            "log-level=none",
            "-c:a",
            "copy",
        ],
    )
    turned = made("click-turned-hevc.mp4", "-i", str(coded), *["-c", "copy", "-metadata:s:v", "rotate=90"])
    result = published(turned, tmp_path / "out")
    assert (result["renditions"][0]["width"], result["renditions"][0]["height"]) == (180, 320)
    # The coded picture is shown turned by a quarter: turned back, its number is along the top again.
    found = seen(tmp_path / "out" / "main.mp4", turn=1)
    back = seen(tmp_path / "out" / "main.mp4", turn=3)
    assert tuple(range(CLIP.frames)) in (found.numbers, back.numbers)


def test_what_an_edit_list_hides_is_not_published(tmp_path: Path) -> None:
    """Somebody has cut the beginning off: a copy would show it, because it begins at the key frame before."""
    cut = made("click-cut.mp4", "-ss", "1", "-i", str(h264()), "-c", "copy")
    result = published(cut, tmp_path / "out")
    assert not result["is_copy"]
    found = seen(tmp_path / "out" / "index.m3u8")
    assert found.numbers[0] == 25
    assert_in_time(found, Fraction(25), first=25)


def test_metadata_does_not_leave_the_file(tmp_path: Path) -> None:
    place = "+52.5200+013.4050/"
    tagged = made(
        "click-tagged.mp4", "-i", str(h264()), "-c", "copy", "-movflags", "use_metadata_tags",
        *("-metadata", f"location={place}", "-metadata", "title=at home", "-metadata", "artist=Somebody"),
        *("-bsf:v", "h264_metadata=sei_user_data=086f3693-b7b3-4f2c-9653-21492feee5b8+lat52.5200lon13.4050"),
    )  # fmt: skip
    content = tagged.read_bytes()
    assert b"52.5200" in content
    assert b"lat52.5200" in content
    published(tagged, tmp_path / "out")
    written = (tmp_path / "out" / "main.mp4").read_bytes()
    for secret in (b"52.5200", b"at home", b"Somebody"):
        assert secret not in written


def test_sound_alone_has_a_playlist_and_a_poster(tmp_path: Path) -> None:
    alone = made("click-alone.m4a", "-i", str(h264()), *["-vn", "-c", "copy"])
    result = published(alone, tmp_path / "out")
    assert result["renditions"] == []
    found = seen(tmp_path / "out" / "index.m3u8")
    assert_clicks(found.clicks, 0)
    assert (tmp_path / "out" / "poster.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_file_without_a_picture_that_can_be_decoded_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="damaged"):
        published(noise(), tmp_path / "out")


def test_playlists_describe_what_is_in_the_file(tmp_path: Path) -> None:
    result = published(h264(), tmp_path / "out")
    out = tmp_path / "out"
    size = result["files"]["main.mp4"]["size"]
    playlist = playlists.parse_media((out / "main.m3u8").read_text(), size)
    content = (out / "main.mp4").read_bytes()
    assert playlist.entries[0].offset == playlist.init_size
    assert playlist.entries[-1].offset + playlist.entries[-1].size == size
    assert all(content[entry.offset + 4 : entry.offset + 8] == b"moof" for entry in playlist.entries)
    found = playlists.parse_main((out / "index.m3u8").read_text(), ["main.m3u8"])
    assert found.variants[0].codecs == "avc1.64000c,mp4a.40.2"
    assert (found.variants[0].width, found.variants[0].height, found.variants[0].rate) == (320, 180, 25.0)
    assert json.loads(json.dumps(result)) == result


def test_task_runs_in_its_sandbox(tmp_path: Path) -> None:
    """With the parts that need the most: an encoder with threads, filters, sound that is converted."""
    source = shutil.copy(ENCODED["vp9"](), tmp_path / "input")
    (tmp_path / "out").mkdir()
    seen_progress: list[float] = []
    result = asyncio.run(
        run_task(
            "publish",
            {"input": str(source), "output": str(tmp_path / "out")},
            inputs=[Path(source)],
            output=tmp_path / "out",
            limits=replace(TASKS["publish"].limits, nice=0),
            on_progress=seen_progress.append,
        )
    )
    assert not result["is_copy"]
    assert_in_time(seen(tmp_path / "out" / "index.m3u8"), Fraction(25))
