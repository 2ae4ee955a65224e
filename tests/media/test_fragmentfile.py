"""Fragments begin at key frames and hold both tracks; what waits is bounded."""

import io
from collections.abc import Iterator
from fractions import Fraction

import pytest

from framecast.media import fragmentfile, initsegment
from framecast.media.encoder import VideoEncoder
from framecast.media.fragmentfile import FileTrack, FragmentFile
from framecast.model import Kind, Picture, TrackInfo

RATE, SOUND_RATE = 25, 48000


def video_info() -> TrackInfo:
    encoder = VideoEncoder(Picture("i420", 64, 48), Fraction(1, RATE), Fraction(RATE))
    info = TrackInfo(
        "video",
        Kind.PACKETS,
        Fraction(1, 90000),
        "h264",
        encoder.extradata,
        width=64,
        height=48,
        rate=Fraction(RATE),
    )
    return initsegment.described(info)


def sound_info() -> TrackInfo:
    info = TrackInfo(
        "audio", Kind.PACKETS, Fraction(1, SOUND_RATE), "aac", sample_rate=SOUND_RATE, channels=2
    )
    return initsegment.described(info)


def add_picture(file: FragmentFile, track: FileTrack, number: int, *, is_key: bool, size: int = 100) -> None:
    lasts = track.timescale // RATE
    file.add(track, b"v" * size, number * lasts, number * lasts, lasts, is_key=is_key)


def add_sound(file: FragmentFile, track: FileTrack, until_s: float) -> None:
    while track.end < until_s * SOUND_RATE:
        file.add(track, b"a" * 10, track.end, track.end, 1024, is_key=True)


def boxes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        yield at, data[at + 4 : at + 8]
        at += int.from_bytes(data[at : at + 4], "big")


def fragments(opened: io.BytesIO) -> list[int]:
    return [at for at, kind in boxes(opened.getvalue()) if kind == b"moof"]


@pytest.fixture
def opened() -> io.BytesIO:
    return io.BytesIO()


def test_segments_begin_at_key_frames_when_they_are_long_enough(opened: io.BytesIO) -> None:
    file = FragmentFile(opened, tracks=2)
    video, sound = file.add_track(video_info()), file.add_track(sound_info())
    for number in range(150):
        add_picture(file, video, number, is_key=number % 25 == 0)
        add_sound(file, sound, number / RATE)
    file.finish()
    assert [segment.duration_s for segment in file.segments[:2]] == [2, 2]
    assert len(file.segments) == 3
    assert [segment.offset for segment in file.segments] == fragments(opened)
    assert file.segments[-1].offset + file.segments[-1].size == len(opened.getvalue()) == file.size


def test_cut_waits_for_sound_that_comes_later_in_the_file(opened: io.BytesIO) -> None:
    file = FragmentFile(opened, tracks=2)
    video, sound = file.add_track(video_info()), file.add_track(sound_info())
    for number in range(101):
        add_picture(file, video, number, is_key=number % 50 == 0)
    assert not file.size
    add_sound(file, sound, 2.1)
    assert len(fragments(opened)) == 1
    first = opened.getvalue()[file.init_size :]
    assert first.endswith(b"v" + b"a" * 10 * 94), "the sound of two seconds stands behind the pictures"


def test_video_without_key_frames_is_written_in_parts_of_one_segment(
    opened: io.BytesIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragmentfile, "_MOST_WAITING", 5000)
    file = FragmentFile(opened)
    video = file.add_track(video_info())
    for number in range(500):
        add_picture(file, video, number, is_key=number == 0)
        assert sum(video.sizes) <= 5200
    file.finish()
    assert len(fragments(opened)) > 5
    (segment,) = file.segments
    assert segment.duration_s == 20
    assert segment.size == file.size - file.init_size


def test_sound_alone_is_cut_by_time(opened: io.BytesIO) -> None:
    file = FragmentFile(opened)
    sound = file.add_track(sound_info())
    sound.lead = 1024
    add_sound(file, sound, 7)
    file.finish()
    starts = [Fraction(0)]
    for segment in file.segments:
        starts.append(starts[-1] + segment.duration_s)
    assert [round(float(start)) for start in starts] == [0, 2, 4, 6, 7]
    assert all(abs(float(start) - round(float(start))) < 0.03 for start in starts[:-1])


def test_nothing_is_written_before_all_tracks_are_there(opened: io.BytesIO) -> None:
    file = FragmentFile(opened, tracks=2)
    video = file.add_track(video_info())
    for number in range(200):
        add_picture(file, video, number, is_key=number % 50 == 0)
    assert not file.size
    file.finish()
    assert len(file.segments) == 4
