"""Files: every codec, at their own rate, once or over and over; and files that are none."""

from __future__ import annotations

import itertools
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from framecast.clock import NS, Clock
from framecast.errors import SourceError
from framecast.model import Flag, Source
from framecast.sources import file
from tests.sources.running import Running, luma, number
from tests.support import media_files
from tests.support.media_files import Clip, frame_number

SMALL = (640, 360)


@pytest.mark.parametrize("video", ["h264", "h265", "mjpeg", "vp8", "vp9", "av1"])
def test_every_codec_of_pictures_is_carried_and_decoded(video: str) -> None:
    with Running(Clip(video, size=SMALL).path()) as source:
        packet = source.take(1, "video")[0]
        assert packet.info.codec == {"h265": "hevc"}.get(video, video)
        pictures = [number(record) for record in source.take(10)]
        assert [b - a for a, b in itertools.pairwise(pictures)] == [1] * 9


@pytest.mark.parametrize("audio", ["aac", "opus", "pcma"])
def test_every_codec_of_sound_is_carried_and_decoded(audio: str) -> None:
    with Running(Clip("none", audio, seconds=2).path()) as source:
        assert set(source.publisher.tracks) <= {"audio", "samples"}
        packet = source.take(1, "audio")[0]
        assert packet.info.codec == {"pcma": "pcm_alaw"}.get(audio, audio)
        blocks = source.take(10, "samples")
        assert all(b.pts == a.pts + a.duration for a, b in itertools.pairwise(blocks))


@pytest.mark.parametrize("size", [(853, 481), (360, 640), (1920, 1080)])
def test_every_size_is_decoded(size: tuple[int, int]) -> None:
    with Running(Clip(size=size, seconds=1).path()) as source:
        records = source.take(5)
    assert luma(records[0]).shape == (size[1], size[0])
    assert [number(b) - number(a) for a, b in itertools.pairwise(records)] == [1] * 4


def test_video_of_a_phone_is_upright_and_its_packets_say_how_they_are_turned(tmp_path: Path) -> None:
    path = tmp_path / "phone.mp4"
    turned = ["-c", "copy", "-metadata:s:v:0", "rotate=90"]  # counted anticlockwise
    media_files._ffmpeg("-i", str(Clip(size=SMALL, seconds=1).path()), *turned, str(path))
    with Running(path) as source:
        records = source.take(5)
        packet = source.take(1, "video")[0]
    assert (records[0].info.width, records[0].info.height) == (360, 640)
    uprights = [frame_number(np.rot90(luma(record), -1)) for record in records]
    assert [b - a for a, b in itertools.pairwise(uprights)] == [1] * 4
    assert (packet.info.width, packet.info.height, packet.info.orientation.rotation) == (640, 360, 270)
    assert packet.info.picture == records[0].info.picture


@pytest.mark.parametrize("sound", ["none", "aac"])
def test_of_a_cut_file_every_loop_shows_what_is_behind_the_cut(sound: str, tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    clip = Clip(size=(320, 240), seconds=3, gop_s=2, audio=sound)
    media_files._ffmpeg("-ss", "1.32", "-i", str(clip.path()), "-c", "copy", str(path))
    with Running(path) as source, source.read() as reader:
        records = [reader.read(30) for _ in range(3 * 42)]
    pictures = [number(record) for record in records]
    assert set(pictures) == set(range(33, 75))
    assert all(b == a + 1 if a < 74 else b == 33 for a, b in itertools.pairwise(pictures))
    times = [record.pts * record.info.time_base for record in records]
    assert all(abs(b - a - Fraction(1, 25)) < Fraction(1, 1000) for a, b in itertools.pairwise(times))
    captured = [b.captured_at - a.captured_at for a, b in itertools.pairwise(records)]
    assert all(abs(gap - NS // 25) < NS // 100 for gap in captured)
    assert not any(record.flags & Flag.DISCONTINUITY for record in records[1:])


def test_packets_before_a_cut_are_marked_and_take_no_time(tmp_path: Path) -> None:
    path = tmp_path / "cut.mp4"
    clip = Clip(size=(320, 240), seconds=3, gop_s=2)
    media_files._ffmpeg("-ss", "1.32", "-i", str(clip.path()), "-c", "copy", str(path))
    with Running(path) as source:
        records = source.take(2 * 75, "video")
    assert [bool(record.flags & Flag.HIDDEN) for record in records] == 2 * ([True] * 33 + [False] * 42)
    assert records[0].flags & records[75].flags & Flag.KEY
    assert all(b.dts > a.dts for a, b in itertools.pairwise(records))
    shown = [record.pts for record in records if not record.flags & Flag.HIDDEN]
    assert {b - a for a, b in itertools.pairwise(shown)} == {512}


def test_a_clip_of_29_97_plays_on_over_its_loops_without_a_gap() -> None:
    clip = Clip(size=(320, 240), fps=Fraction(30000, 1001), seconds=1)
    with Running(clip.path()) as source:
        records = source.take(100)
    assert [b.seq - a.seq for a, b in itertools.pairwise(records)] == [1] * 99
    pictures = [number(record) for record in records]
    assert [(b - a) % clip.frames for a, b in itertools.pairwise(pictures)] == [1] * 99
    step = Fraction(1001, 30000)
    times = [record.pts * record.info.time_base for record in records]
    assert all(b - a == step for a, b in itertools.pairwise(times))
    captured = [b.captured_at - a.captured_at for a, b in itertools.pairwise(records)]
    assert all(abs(gap - step * NS) <= 1000 for gap in captured)
    assert records[0].clock is Clock.FILE


def test_sound_and_pictures_stay_together_over_the_loops() -> None:
    with (
        Running(Clip(audio="aac", size=(320, 240), seconds=1).path()) as source,
        source.read("audio") as sounds,
        source.read("video") as pictures,
    ):
        heard = [sounds.read(30) for _ in range(150)]
        seen = [pictures.read(30) for _ in range(80)]
    assert all(b.dts > a.dts for a, b in itertools.pairwise(heard))
    assert {b.dts - a.dts for a, b in itertools.pairwise(seen)} == {seen[0].duration}
    # At one moment of the wall clock both show the same moment of the clip.
    last_heard, last_seen = heard[-1], seen[-1]
    clip_time = last_heard.pts * last_heard.info.time_base - last_seen.pts * last_seen.info.time_base
    assert abs(float(clip_time) - (last_heard.captured_at - last_seen.captured_at) / NS) < 0.01


def test_once_ends_cleanly_with_every_picture() -> None:
    clip = Clip(size=(320, 240), seconds=1)
    with Running(clip.path(), loop=False) as source, source.read() as reader:
        first = reader.read(30)
        assert source.wait_for_end() is None
        rest = [reader.read(30) for _ in range(clip.frames - 1 - number(first))]
    assert number(rest[-1]) == clip.frames - 1


def test_pictures_that_were_coded_out_of_order_come_in_order(tmp_path: Path) -> None:
    path = tmp_path / "b.mp4"
    picture = "testsrc2=size=320x240:rate=25:duration=2"
    coder = ["-c:v", "libx264", "-bf", "3", "-pix_fmt", "yuv420p"]
    media_files._ffmpeg("-f", "lavfi", "-i", picture, *coder, str(path))
    with Running(path) as source, source.read("video") as packets, source.read() as pictures:
        coded = [packets.read(30) for _ in range(80)]
        shown = [pictures.read(30) for _ in range(80)]
    assert any(record.pts != record.dts for record in coded)
    assert all(b.dts > a.dts for a, b in itertools.pairwise(coded))
    assert all(record.pts >= record.dts >= 0 for record in coded)
    assert len({b.pts - a.pts for a, b in itertools.pairwise(shown)}) == 1


def test_a_file_that_changes_its_size_goes_on_in_new_epochs() -> None:
    with (
        Running(media_files.changing_size()) as source,
        source.read() as pictures,
        source.read("video") as packets,
    ):
        sizes: list[tuple[int, int]] = []
        for record in pictures:
            if not sizes or (record.info.width, record.info.height) != sizes[-1]:
                sizes.append((record.info.width, record.info.height))
                assert luma(record).shape == sizes[-1][::-1]
            if len(sizes) == 4:
                break
        epochs = {record.epoch: record.info.width for record in (packets.read(30) for _ in range(140))}
    assert sizes == [(640, 360), (320, 240), (854, 480), (640, 360)]
    assert list(epochs.values()) == [640, 320, 854]


def test_a_damaged_file_plays_on_and_says_so() -> None:
    with Running(media_files.corrupt()) as source, source.read() as reader:
        records = [reader.read(30) for _ in range(120)]
    assert any(record.flags & (Flag.CORRUPT | Flag.DISCONTINUITY) for record in records)
    assert source.error is None


@pytest.mark.parametrize(
    ("make", "reasons"),
    [
        (media_files.text_named_mp4, {"bad-data", "unsupported"}),
        (media_files.empty, {"bad-data"}),
        (media_files.truncated, {"bad-data"}),
        (lambda: "/nowhere/at-all.mp4", {"not-found"}),
        (lambda: "/tmp", {"unsupported"}),
        (lambda: "/dev/zero", {"unsupported"}),
    ],
    ids=["text", "empty", "truncated", "absent", "folder", "endless"],
)
def test_what_is_no_media_file_is_refused_with_a_reason(make: object, reasons: set[str]) -> None:
    assert callable(make)
    with Running(make()) as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason in reasons


def test_a_file_that_was_cut_off_is_said_to_be_one() -> None:
    with Running(media_files.truncated()) as source:
        error = source.wait_for_end()
    assert str(error) == (
        "the source sends data that cannot be read: the file has no index (moov): "
        "it was cut off, or is still being written; record it again, or repair it"
    )


def test_a_playlist_on_disk_cannot_name_other_files(tmp_path: Path) -> None:
    (tmp_path / "list.ffconcat").write_text("ffconcat version 1.0\nfile /etc/passwd\n")
    with Running(tmp_path / "list.ffconcat") as source:
        error = source.wait_for_end()
    assert isinstance(error, SourceError)
    assert error.reason in ("unsupported", "bad-data")


def test_paths_may_begin_at_home_or_be_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/my-house")
    assert file.path_of(Source("~/clip.mp4")) == Path("/my-house/clip.mp4")
    assert file.path_of(Source("file:" + "//" + "/a%20b.mp4")) == Path("/a b.mp4")
    assert file.path_of(Source("file:clip.mp4")) == Path("clip.mp4")
    assert file.path_of(Source("./odd:name.mp4")) == Path("odd:name.mp4")


def test_a_file_that_is_replaced_shows_at_the_next_pass(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    shutil.copy(Clip(size=SMALL, seconds=1).path(), path)
    with Running(path) as source, source.read() as reader:
        assert luma(reader.read(30)).shape == (360, 640)
        new = tmp_path / "new.mp4"
        shutil.copy(Clip(size=(320, 240), seconds=1).path(), new)
        new.replace(path)
        changed = next(record for record in reader if record.info.width == 320)
        assert luma(changed).shape == (240, 320)


def made(path: Path, *options: str) -> Path:
    media_files._ffmpeg(*options, str(path))
    return path


@pytest.mark.parametrize(
    "pixels", ["yuv420p", "yuv422p", "yuv444p", "yuv411p", "gray", "yuv420p10le", "gray10le"]
)
def test_y4m_of_every_kind_is_shown(pixels: str, tmp_path: Path) -> None:
    clip = Clip(size=(320, 240), seconds=1, video="mjpeg", container="mkv")
    coded = ["-i", str(clip.path()), "-pix_fmt", pixels, "-strict", "-1"]
    with Running(made(tmp_path / "clip.y4m", *coded), loop=False) as source, source.read() as reader:
        assert [number(reader.read(30)) for _ in range(clip.frames)] == list(range(clip.frames))
        assert "video" not in source.publisher.tracks  # its packets would be whole pictures


def test_gif_keeps_its_delays(tmp_path: Path) -> None:
    """Transparent where nothing changes, 0.1 s each but the sixth, which lasts for 0.5 s."""
    clip = Clip(size=(320, 240), seconds=1, fps=Fraction(10), video="mjpeg", container="mkv")
    timed = ["-vf", "setpts='(N+4*gt(N,5))/10/TB'", "-fps_mode", "vfr", "-enc_time_base", "1/100"]
    path = made(tmp_path / "clip.gif", "-i", str(clip.path()), *timed)
    with Running(path, loop=False) as source, source.read() as reader:
        records = [reader.read(30) for _ in range(10)]
    assert [number(record) for record in records] == list(range(10))
    times = [float((r.pts - records[0].pts) * r.info.time_base) for r in records]
    assert times == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 1.0, 1.1, 1.2, 1.3], abs=0.011)


def test_the_main_track_is_shown_and_not_a_cover_or_a_preview(tmp_path: Path) -> None:
    main = ["-i", str(Clip(size=SMALL, seconds=1).path())]
    small = ["-i", str(Clip(size=(320, 240), seconds=1).path())]
    cover = made(tmp_path / "cover.png", "-f", "lavfi", "-i", "testsrc2=s=800x800", "-frames:v", "1")
    both = ["-map", "0:v", "-map", "1:v", "-c", "copy"]
    files = [
        made(tmp_path / "largest.mp4", *small, *main, *both),
        made(
            tmp_path / "default.mkv",
            *small,
            *main,
            *both,
            "-disposition:v:0",
            "0",
            "-disposition:v:1",
            "default",
        ),
        made(tmp_path / "attached.mp4", "-i", str(cover), *main, *both, "-disposition:v:0", "attached_pic"),
        made(tmp_path / "still.mp4", "-i", str(cover), *main, *both),
    ]
    for path in files:
        with Running(path) as source:
            (record,) = source.take(1)
        assert (record.info.width, record.info.height) == SMALL, path.name
    chosen = [*small, *main, *both, "-disposition:v:0", "default", "-disposition:v:1", "0"]
    with Running(made(tmp_path / "chosen.mkv", *chosen)) as source:
        (record,) = source.take(1)
    assert (record.info.width, record.info.height) == (320, 240)


@pytest.mark.parametrize("channels", [3, 6, 8, 16])
def test_sound_of_many_channels_is_carried(channels: int, tmp_path: Path) -> None:
    tones = "|".join(f"sin({200 + 50 * index}*2*PI*t)" for index in range(channels))
    sound = ["-f", "lavfi", "-i", f"aevalsrc='{tones}':d=1:s=48000", "-c:a", "pcm_s16le"]
    with Running(made(tmp_path / "sound.mkv", *sound)) as source:
        (record,) = source.take(1, "samples")
        (packet,) = source.take(1, "audio")
    assert record.info.channels == packet.info.channels == channels
    assert len(record.payload) == 2 * channels * record.duration
