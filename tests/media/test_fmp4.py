"""Live fragments of MP4."""

import io
import json
import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from framecast.errors import Invalid
from framecast.media.audio import AudioEncoder
from framecast.media.encoder import VideoEncoder
from framecast.media.fmp4 import Fmp4Muxer, fits
from framecast.media.testpicture import Pattern
from framecast.model import Kind, TrackInfo
from tests.media.packets import Packet, tracks_of
from tests.support import media_files, needs
from tests.support.media_files import Clip


def muxed(video: TrackInfo | None, audio: TrackInfo | None, packets: list[Packet]) -> tuple[Fmp4Muxer, bytes]:
    first = next((packet.payload for packet in packets if packet.is_key and packet.info is video), b"")
    key = next((packet for packet in packets if packet.is_key and packet.info is video), None)
    muxer = Fmp4Muxer(video, audio, first, lead=key.pts - key.dts if key else 0)
    return muxer, muxer.init_segment + b"".join(muxer.fragment(packet) for packet in packets)


def probe(data: bytes, tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "live.mp4"
    path.write_bytes(data)
    command = [
        needs.ffprobe(),
        "-v",
        "error",
        "-show_streams",
        "-show_packets",
        "-show_format",
        "-of",
        "json",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def decoded(data: bytes) -> dict[str, list[Any]]:
    frames: dict[str, list[Any]] = {"video": [], "audio": []}
    with av.open(io.BytesIO(data), "r") as container:
        for packet in container.demux():
            for frame in packet.decode():
                assert not frame.is_corrupt  # type: ignore[union-attr]
                frames[packet.stream.type].append(frame)
    return frames


CLIPS = [
    (Clip(video="h264", audio="aac", size=(640, 360), seconds=2), "avc1.", "mp4a.40.2"),
    (Clip(video="h264", audio="aac", size=(640, 360), seconds=2, container="ts"), "avc1.", "mp4a.40.2"),
    (Clip(video="h265", audio="opus", size=(640, 360), seconds=2), "hvc1.1.6.L", "opus"),
    (Clip(video="h265", audio="aac", size=(640, 360), seconds=2, container="ts"), "hvc1.1.6.L", "mp4a.40.2"),
    (Clip(video="av1", audio="opus", size=(640, 360), seconds=2), "av01.0.", "opus"),
    (Clip(video="vp9", audio="opus", size=(640, 360), seconds=2), "vp09.00.", "opus"),
]


@pytest.mark.parametrize(("clip", "video_codec", "audio_codec"), CLIPS)
def test_init_and_fragments_play(clip: Clip, video_codec: str, audio_codec: str, tmp_path: Path) -> None:
    infos, packets = tracks_of(clip.path())
    muxer, data = muxed(infos["video"], infos["audio"], packets)
    strings = muxer.codecs.split(",")
    assert strings[0].startswith(video_codec)
    assert strings[1] == audio_codec
    found = probe(data, tmp_path)
    video, audio = found["streams"]
    assert (video["width"], video["height"]) == (640, 360)
    assert video["codec_name"] == infos["video"].codec
    assert audio["codec_name"] == infos["audio"].codec
    assert float(found["format"]["start_time"]) == pytest.approx(0, abs=0.1)
    assert float(found["format"]["duration"]) == pytest.approx(2, abs=0.15)
    shown = [packet for packet in found["packets"] if packet["codec_type"] == "video"]
    assert len(shown) == 50
    for packets_of_one in (shown, [packet for packet in found["packets"] if packet["codec_type"] == "audio"]):
        assert all(int(a["dts"]) < int(b["dts"]) for a, b in pairwise(packets_of_one))
    # ffprobe 5.1 knows no durations of the packets that it read while probing.
    durations = [float(packet["duration_time"]) for packet in shown if "duration_time" in packet]
    assert durations == pytest.approx([0.04] * len(durations), abs=0.002)
    frames = decoded(data)
    assert len(frames["video"]) == 50
    sent = [packet.dts for packet in packets if packet.info.name == "audio"]
    heard_s = sum(frame.samples for frame in frames["audio"]) / 48000
    assert heard_s == pytest.approx(float((sent[-1] - sent[0]) * infos["audio"].time_base), abs=0.1)


def test_each_fragment_says_its_own_duration() -> None:
    infos, packets = tracks_of(CLIPS[0][0].path())
    video = [packet for packet in packets if packet.info.name == "video"]
    muxer = Fmp4Muxer(infos["video"], None)
    bare = Fmp4Muxer(infos["video"], None)
    for packet in video[:10]:
        for fragment in (muxer.fragment(packet), bare.fragment(replace(packet, duration=0))):
            at = fragment.index(b"trun") + 16
            assert Fraction(int.from_bytes(fragment[at : at + 4], "big"), 12800) == Fraction(1, 25)


def test_late_joiner_starts_at_a_key_frame_and_at_zero() -> None:
    infos, packets = tracks_of(CLIPS[0][0].path())
    late = packets[20:]
    muxer = Fmp4Muxer(infos["video"], infos["audio"])
    fragments = [muxer.fragment(packet) for packet in late]
    first = next(index for index, packet in enumerate(late) if packet.is_key and packet.info.name == "video")
    assert first > 0
    assert not any(fragments[:first])
    frames = decoded(muxer.init_segment + b"".join(fragments))
    assert frames["video"][0].key_frame
    assert frames["video"][0].time == 0
    assert len(frames["video"]) == sum(packet.info.name == "video" for packet in late[first:])


def test_parameters_are_taken_from_a_key_frame_where_the_track_has_none() -> None:
    for clip in (CLIPS[1][0], CLIPS[3][0], CLIPS[4][0]):
        infos, packets = tracks_of(clip.path())
        bare = replace(infos["video"], extradata=b"")
        packets = [replace(packet, info=bare) for packet in packets if packet.info.name == "video"]
        if infos["video"].extradata[:1] == b"\x01":
            continue
        with pytest.raises(Invalid, match="pass its first key frame"):
            Fmp4Muxer(bare, None)
        _, data = muxed(bare, None, packets)
        assert len(decoded(data)["video"]) == 50


def test_encoder_of_the_house_plays_at_its_exact_rate() -> None:
    rate = Fraction(30000, 1001)
    pattern = Pattern(320, 240)
    encoder = VideoEncoder(pattern.picture, 1 / rate, rate)
    info = TrackInfo(
        "video", Kind.PACKETS, 1 / rate, "h264", encoder.extradata, width=320, height=240, rate=rate
    )
    packets = []
    for number in range(1000, 1090):
        buffer = np.zeros(pattern.picture.layout.size_bytes, np.uint8)
        pattern.draw(buffer, number, number * 33)
        encoded = encoder.encode(buffer, number)
        packets += [Packet(info, one.payload, one.pts, one.dts, 1, one.is_key, 0) for one in encoded]
    _, data = muxed(info, None, packets)
    frames = decoded(data)["video"]
    assert [frame.time for frame in frames] == pytest.approx(
        [float(index / rate) for index in range(90)], abs=1e-6
    )


def test_sound_alone_plays() -> None:
    encoder = AudioEncoder("aac", 48000, 1)
    info = TrackInfo(
        "audio", Kind.PACKETS, Fraction(1, 48000), "aac", encoder.extradata, sample_rate=48000, channels=1
    )
    packets = [
        Packet(info, one.payload, one.pts, one.dts, one.duration, is_key=True, captured_at=0)
        for block in range(50)
        for one in encoder.encode(np.zeros(960, np.int16), block * 960)
    ]
    muxer, data = muxed(None, info, packets)
    assert muxer.mime == 'audio/mp4; codecs="mp4a.40.2"'
    assert sum(frame.samples for frame in decoded(data)["audio"]) >= 45 * 1024


def test_adts_becomes_plain_aac() -> None:
    encoder = AudioEncoder("aac", 44100, 2)
    bare = TrackInfo("audio", Kind.PACKETS, Fraction(1, 44100), "aac", sample_rate=44100, channels=2)
    packets = []
    for block in range(20):
        for one in encoder.encode(np.zeros(2 * 1024, np.int16), block * 1024):
            size = len(one.payload) + 7
            head = bytes([0xFF, 0xF1, 0x50, 0x80 | size >> 11, size >> 3 & 255, (size & 7) << 5 | 0x1F, 0xFC])
            packets.append(
                Packet(bare, head + one.payload, one.pts, one.dts, one.duration, is_key=True, captured_at=0)
            )
    muxer, data = muxed(None, bare, packets)
    assert muxer.codecs == "mp4a.40.2"
    frames = decoded(data)["audio"]
    assert len(frames) >= 18
    assert (frames[0].sample_rate, frames[0].layout.nb_channels) == (44100, 2)


def test_time_that_stands_still_or_runs_backwards_does_not_break_the_file(tmp_path: Path) -> None:
    infos, packets = tracks_of(CLIPS[0][0].path())
    packets = [packet for packet in packets if packet.info.name == "video"]
    packets[5].pts = packets[5].dts = packets[4].dts
    packets[6].pts = packets[6].dts = packets[3].dts
    _, data = muxed(infos["video"], None, packets)
    found = probe(data, tmp_path)["packets"]
    assert all(int(a["dts"]) < int(b["dts"]) for a, b in pairwise(found))


@pytest.mark.parametrize("step", [0, 1, -12800], ids=["stands still", "crawls", "goes back"])
def test_times_of_a_useless_clock_move_with_the_capture_times(step: int) -> None:
    infos, packets = tracks_of(CLIPS[0][0].path())
    video = [packet for packet in packets if packet.info.name == "video"]
    muxer = Fmp4Muxer(infos["video"], None)
    times = []
    for index, packet in enumerate(video):
        moved = replace(packet, pts=10**6 + index * step, dts=10**6 + index * step)
        fragment = muxer.mux(moved)
        assert fragment is not None
        times.append(fragment.dts)
    assert all(a < b for a, b in pairwise(times))
    assert (times[-1] - times[10]) / 12800 == pytest.approx((len(video) - 11) / 25, abs=0.1)


def test_a_picture_lasts_as_long_as_the_ones_before() -> None:
    """MSE: where times go ahead by more than two durations, all pictures up to the next key frame are left out."""
    infos, packets = tracks_of(CLIPS[0][0].path())
    video = [packet for packet in packets if packet.info.name == "video"][::5]
    muxer = Fmp4Muxer(infos["video"], None)
    fragments = [muxer.mux(replace(packet, is_key=True)) for packet in video]
    durations = [fragment.duration for fragment in fragments if fragment is not None]
    assert durations == [512, 512, *[2560] * (len(video) - 2)]


def test_sound_with_another_zero_is_placed_by_its_capture_time() -> None:
    infos, packets = tracks_of(CLIPS[0][0].path())
    for packet in packets:
        if packet.info.name == "audio":
            packet.pts += 48000 * 5000
            packet.dts += 48000 * 5000
    _, data = muxed(infos["video"], infos["audio"], packets)
    frames = decoded(data)
    assert frames["audio"][0].time < 0.2


def test_codecs_that_browsers_do_not_play_from_mp4_are_refused() -> None:
    info = TrackInfo("audio", Kind.PACKETS, codec="pcm_alaw", sample_rate=8000, channels=1)
    assert not fits(info)
    with pytest.raises(Invalid, match="MP4 for players cannot hold pcm_alaw"):
        Fmp4Muxer(None, info)
    assert fits(replace(info, codec="opus"))


@pytest.mark.parametrize(
    "coder",
    ["libx264 -bf 2", "libx264 -bf 3 -b_strategy 0", "libx265 -x265-params log-level=none", "libx264 -bf 0"],
)
@pytest.mark.parametrize("container", ["mp4", "ts"])
def test_pictures_that_were_reordered_are_in_step_with_the_sound(
    coder: str, container: str, tmp_path: Path
) -> None:
    source = tmp_path / f"source.{container}"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=2", "-f", "lavfi", "-i", "sine=d=2:r=48000"]
    media_files._ffmpeg(*inputs, "-c:v", *coder.split(), "-g", "25", "-c:a", "aac", str(source))
    infos, packets = tracks_of(source)
    _, data = muxed(infos["video"], infos["audio"], packets)
    found = probe(data, tmp_path)["packets"]
    key = next(packet for packet in packets if packet.info is infos["video"])
    zero = key.pts * key.info.time_base
    for track in ("video", "audio"):
        told = [float(packet["pts_time"]) for packet in found if packet["codec_type"] == track]
        sent = [float(p.pts * p.info.time_base - zero) for p in packets if p.info is infos[track]]
        sent = [time for time in sent if track == "video" or time >= 0]
        assert told[-len(sent) :] == pytest.approx(sent, abs=0.002)
    assert all(float(packet["pts_time"]) >= float(packet["dts_time"]) for packet in found)
