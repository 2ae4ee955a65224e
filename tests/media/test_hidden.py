"""Edit lists: what is before a cut takes no time and is not shown."""

import json
import subprocess
from fractions import Fraction
from itertools import pairwise, takewhile
from pathlib import Path

import pytest

from framecast.media.decoder import Decoder
from framecast.media.demux import Demuxer
from framecast.media.opening import Opening
from framecast.model import EncodedPacket
from tests.support import media_files, needs
from tests.support.mp4_edits import NOTHING, edited

BASE = Fraction(1, 25)


def whole(folder: Path, *options: str, sound: bool = False) -> Path:
    """Five seconds, a key frame every two."""
    path = folder / "whole.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=5"]
    inputs += ["-f", "lavfi", "-i", "sine=d=5", "-c:a", "aac"] if sound else []
    media_files._ffmpeg(*inputs, "-c:v", "libx264", "-g", "50", *options, str(path))
    return path


def cut(source: Path) -> Path:
    path = source.with_name("cut.mp4")
    media_files._ffmpeg("-ss", "1.3", "-i", str(source), "-c", "copy", str(path))
    return path


def times_by_ffprobe(path: Path) -> list[Fraction]:
    """When the pictures that are shown are shown, in order."""
    command = [
        needs.ffprobe(),
        "-v",
        "error",
        "-select_streams",
        "v",
        "-show_frames",
        "-of",
        "json",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    times = [Fraction(frame["pts_time"]) for frame in json.loads(done.stdout)["frames"]]
    return [round(time / BASE) * BASE for time in times]


def opened(path: Path) -> Demuxer:
    return Demuxer(Opening(f"file:{path}", "file", "mov,mp4", 5, 5))


def check(path: Path, *, is_one: bool = True) -> None:
    """What comes out of the demuxer and the decoder is what ffprobe shows; of one edit, decoding times only grow."""
    with opened(path) as demuxer:
        assert demuxer.video is not None
        base = demuxer.video.time_base
        decoder = Decoder(demuxer.coding)
        packets: list[EncodedPacket] = []
        shown: list[Fraction] = []
        for packet in demuxer.packets():
            if packet.track == demuxer.video_index:
                packets.append(packet)
                shown += [
                    (one.pts or 0) * base for one in decoder.decode(packet.payload, packet.pts, packet.dts)
                ]
        shown += [(one.pts or 0) * base for one in decoder.finish()]
    assert [round(time / BASE) * BASE for time in shown] == times_by_ffprobe(path)
    assert packets[0].is_key
    assert not packets[-1].is_hidden
    assert all((packet.pts or 0) >= (packet.dts or 0) for packet in packets)
    if is_one:
        assert len({packet.pts for packet in packets}) == len(packets)
        assert all((b.dts or 0) > (a.dts or 0) for a, b in pairwise(packets))
    before = [packet.pts or 0 for packet in takewhile(lambda packet: packet.is_hidden, packets)]
    assert before
    assert 0 < shown[0] - before[0] * base <= 3 * BASE


@pytest.mark.parametrize("options", [("-bf", "0"), ("-bf", "2"), ("-bf", "3", "-b_strategy", "0")], ids=str)
@pytest.mark.parametrize("sound", [False, True])
def test_as_many_pictures_as_ffmpeg_shows(options: tuple[str, ...], sound: bool, tmp_path: Path) -> None:
    check(cut(whole(tmp_path, *options, sound=sound)))


@pytest.mark.parametrize(
    "edits",
    [
        [(2.0, 1.38)],
        [(1.0, NOTHING), (2.0, 1.38)],  # a delay comes first
        [(1.0, 0.58), (1.0, 3.38)],
        [(1.0, 1.38), (1.0, 1.38)],  # the same again
        [(1.0, 3.38), (1.0, 0.58)],
    ],
    ids=["end", "delay", "two", "again", "backwards"],
)
def test_other_edit_lists_show_what_ffmpeg_shows(edits: list[tuple[float, float]], tmp_path: Path) -> None:
    shown = [media for _, media in edits if media != NOTHING]
    path = edited(whole(tmp_path, "-bf", "2"), tmp_path / "edited.mp4", edits)
    check(path, is_one=len(shown) == 1)


def test_hidden_pictures_fit_into_coarse_ticks(tmp_path: Path) -> None:
    path = cut(whole(tmp_path, "-bf", "0", "-video_track_timescale", "25"))
    check(path)
    with opened(path) as demuxer:
        assert demuxer.video is not None
        assert demuxer.video.time_base < Fraction(1, 10_000)


def test_ticks_stay_as_they_are_where_nothing_is_hidden(tmp_path: Path) -> None:
    with opened(whole(tmp_path, "-bf", "0", "-video_track_timescale", "25")) as demuxer:
        assert demuxer.video is not None
        assert demuxer.video.time_base == BASE


def test_sound_before_the_cut_only_gets_a_decoder_under_way(tmp_path: Path) -> None:
    with opened(cut(whole(tmp_path, "-bf", "0", sound=True))) as demuxer:
        sound = [packet for packet in demuxer.packets() if packet.track == demuxer.audio_index]
        base = demuxer.time_base(demuxer.audio_index)
    assert [packet.is_hidden for packet in sound[:2]] == [True, False]
    assert -Fraction(1024, 44100) <= (sound[1].pts or 0) * base <= Fraction(1024, 44100)
