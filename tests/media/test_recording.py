"""Recorded files, read back by FFmpeg."""

import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from framecast.errors import Invalid
from framecast.media.recording import Recording, container_of
from framecast.model import Flag, Kind, Meta, TrackInfo
from tests.media.packets import Packet, tracks_of
from tests.support import media_files
from tests.support.media_files import Clip, frame_number

SMALL = (320, 240)
ZERO = Fraction(0)


def write(recording: Recording, packets: Iterable[Packet], at: Fraction = ZERO) -> None:
    for packet in packets:
        flags = Flag.KEY if packet.is_key else Flag.NONE
        meta = Meta(packet.pts, packet.captured_at, 0, dts=packet.dts, duration=packet.duration, flags=flags)
        recording.write(packet.info.name, packet.payload, meta, at + packet.pts * packet.info.time_base)


def record(path: Path, source: Path, fragmented: bool = False) -> Counter[str]:
    """Write every packet of a file into another, and return how many of each codec."""
    infos, packets = tracks_of(source)
    recording = Recording(path, tuple(infos.values()), fragmented=fragmented)
    write(recording, packets)
    recording.finish()
    return Counter(packet.info.codec for packet in packets)


def decoded(path: Path) -> dict[str, list[Any]]:
    frames: dict[str, list[Any]] = {"video": [], "audio": []}
    with av.open(str(path)) as container:
        for packet in container.demux():
            for frame in packet.decode():
                assert not frame.is_corrupt  # type: ignore[union-attr]
                frames[packet.stream.type].append(frame)
    return frames


@pytest.mark.parametrize(
    ("clip", "endings"),
    [
        (Clip(size=SMALL, audio="aac", seconds=2), ("mp4", "mov", "mkv")),
        (Clip(size=SMALL, audio="aac", seconds=2, container="ts"), ("mp4", "mov", "mkv")),
        (Clip("h265", "opus", size=SMALL, seconds=2), ("mp4", "mkv")),
        (Clip("h264", "pcma", size=SMALL, seconds=2), ("mp4", "mov", "mkv")),
        (Clip("av1", size=SMALL, seconds=2), ("mp4", "mkv")),
        (Clip("vp8", "opus", size=SMALL, seconds=2), ("mkv",)),
        (Clip("vp9", "opus", size=SMALL, seconds=2), ("mp4", "mkv")),
        (Clip("mjpeg", size=SMALL, seconds=2), ("mp4", "mov", "mkv")),
        (Clip("none", "aac", seconds=2), ("mp4", "mov", "mkv")),
    ],
    ids=lambda value: f"{value.video}-{value.audio}-{value.container}" if isinstance(value, Clip) else "",
)
def test_every_picture_and_all_sound_come_back(clip: Clip, endings: tuple[str, ...], tmp_path: Path) -> None:
    for ending in endings:
        path = tmp_path / f"a.{ending}"
        record(path, clip.path())
        frames = decoded(path)
        if clip.video != "none":
            numbers = [frame_number(frame.to_ndarray(format="gray")) for frame in frames["video"]]
            assert numbers == list(range(clip.frames))
        if clip.audio != "none":
            before = sum(frame.samples for frame in decoded(clip.path())["audio"])
            assert sum(frame.samples for frame in frames["audio"]) == pytest.approx(before, abs=2048)


def test_g711_becomes_pcm_without_loss(tmp_path: Path) -> None:
    source, path = Clip("h264", "pcma", size=SMALL, seconds=2).path(), tmp_path / "a.mkv"
    record(path, source)
    before, after = (
        np.concatenate([frame.to_ndarray().reshape(-1) for frame in decoded(file)["audio"]])
        for file in (source, path)
    )
    assert np.array_equal(before, after)


def test_codec_that_the_container_cannot_hold_is_named(tmp_path: Path) -> None:
    infos, _ = tracks_of(Clip("vp8", size=SMALL, seconds=2).path())
    with pytest.raises(Invalid, match="vp8"):
        Recording(tmp_path / "a.mp4", tuple(infos.values()))


def test_unknown_ending_names_those_that_are_known() -> None:
    with pytest.raises(Invalid, match=r"\.mp4"):
        container_of(Path("a.avi"))
    assert container_of(Path("A.MP4"))[0] == "mp4"


def test_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    infos, packets = tracks_of(Clip(size=SMALL, seconds=2).path())
    recording = Recording(tmp_path / "nowhere" / "a.mp4", tuple(infos.values()))
    with pytest.raises(FileNotFoundError, match="nowhere"):
        write(recording, packets)
    recording.abort()


def test_recording_without_a_packet_makes_no_file(tmp_path: Path) -> None:
    infos, _ = tracks_of(Clip(size=SMALL, seconds=2).path())
    for ending in ("mp4", "mkv"):
        Recording(tmp_path / f"a.{ending}", tuple(infos.values())).finish()
    assert not list(tmp_path.iterdir())


def test_track_that_begins_anew_goes_on_where_it_belongs(tmp_path: Path) -> None:
    infos, packets = tracks_of(Clip(size=SMALL, seconds=2).path())
    path = tmp_path / "a.mkv"
    recording = Recording(path, tuple(infos.values()))
    write(recording, packets)
    recording.resume("video")
    write(recording, packets, at=Fraction(5))
    recording.finish()
    times = [frame.time for frame in decoded(path)["video"]]
    assert times[0] == pytest.approx(0, abs=0.01)
    assert times[50] == pytest.approx(5, abs=0.01)
    assert times[-1] == pytest.approx(6.96, abs=0.01)
    assert recording.duration_s == pytest.approx(7, abs=0.01)


def test_times_that_run_backwards_are_squeezed_and_nothing_is_lost(tmp_path: Path) -> None:
    infos, packets = tracks_of(Clip(size=SMALL, seconds=2).path())
    path = tmp_path / "a.mp4"
    recording = Recording(path, tuple(infos.values()))
    write(recording, packets)
    write(recording, packets)  # the same times again, without `resume`
    recording.finish()
    assert len(decoded(path)["video"]) == 100


def test_what_may_go_on_in_a_file_is_told_from_what_may_not(tmp_path: Path) -> None:
    infos, _ = tracks_of(Clip(size=SMALL, seconds=2).path())
    video: TrackInfo = infos["video"]
    recording = Recording(tmp_path / "a.mp4", [video])
    assert recording.fits(video.at_epoch(7))
    assert not recording.fits(replace(video, width=640))
    assert not recording.fits(replace(video, name="audio"))
    recording.finish()


def test_parameters_that_stand_only_in_the_packets_are_found(tmp_path: Path) -> None:
    clip = Clip(size=SMALL, seconds=2, container="ts")
    _, packets = tracks_of(clip.path())
    bare = replace(packets[0].info, extradata=b"")
    for ending in ("mp4", "mkv"):
        path = tmp_path / f"a.{ending}"
        recording = Recording(path, [bare])
        write(recording, packets)
        recording.finish()
        assert len(decoded(path)["video"]) == clip.frames


@pytest.mark.parametrize("fragmented", [False, True])
@pytest.mark.parametrize("ending", ["mp4", "mov", "mkv"])
def test_reordered_pictures_are_in_step_with_the_sound(ending: str, fragmented: bool, tmp_path: Path) -> None:
    """In the finished file, and in what is there of one that is killed."""
    source = tmp_path / "source.mp4"
    inputs = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=25:d=5", "-f", "lavfi", "-i", "sine=d=5:r=48000"]
    media_files._ffmpeg(*inputs, "-c:v", "libx264", "-bf", "2", "-g", "25", "-c:a", "aac", str(source))
    infos, packets = tracks_of(source)
    recording = Recording(tmp_path / f"whole.{ending}", tuple(infos.values()), fragmented=fragmented)
    write(recording, [packet for packet in packets if packet.pts >= 0])
    killed = tmp_path / f"killed.{ending}"
    shutil.copy(recording.path, killed)
    recording.finish()
    for path in (recording.path, killed):
        frames = decoded(path)
        first = {kind: float(frames[kind][0].pts * frames[kind][0].time_base) for kind in frames}
        assert first == {"video": pytest.approx(0, abs=0.002), "audio": pytest.approx(0, abs=0.002)}, (
            path.name
        )
        assert len(frames["video"]) >= (125 if path is recording.path else 50)


@pytest.mark.parametrize("ending", ["mp4", "mov"])
def test_what_lies_before_the_beginning_is_not_shown(ending: str, tmp_path: Path) -> None:
    infos, packets = tracks_of(Clip(size=SMALL, seconds=1).path())
    recording = Recording(tmp_path / f"cut.{ending}", [infos["video"]])
    write(recording, packets, at=-10 * Fraction(1, 25))
    recording.finish()
    shown = decoded(recording.path)["video"]
    assert [frame_number(frame.to_ndarray(format="gray")) for frame in shown] == list(range(10, 25))


def test_pcm_of_many_channels_is_refused_where_it_cannot_be(tmp_path: Path) -> None:
    info = TrackInfo("audio", Kind.PACKETS, codec="pcm_s16le", sample_rate=48000, channels=16)
    with pytest.raises(Invalid, match="MP4 cannot hold PCM sound of 16 channels"):
        Recording(tmp_path / "a.mp4", [info])
