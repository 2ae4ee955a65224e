"""Recording what a program publishes, through its absences."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count, pairwise
from pathlib import Path

import av
import pytest

import framecast
from framecast.client.node_client import NodeClient
from framecast.client.recorder import Order, Progress, record
from framecast.errors import Invalid, WouldBlock
from tests.client.nodes import TestNode
from tests.media.packets import Packet, tracks_of
from tests.support import media_files
from tests.support.media_files import Clip, frame_number
from tests.support.waiting import until

_numbers = count()
SMALL, SMALLER = (640, 360), (320, 240)


class Recorder:
    """A recording in a thread of its own, and how far it is."""

    def __init__(self, node: TestNode, path: Path, seconds: float | None = None) -> None:
        self.node = node
        # A name of its own: the node may not have noticed yet that the writer of the test before has left.
        self.name = f"door-{next(_numbers)}"
        self._news = threading.Condition()
        self._seconds = 0.0
        self.order = Order(path, seconds, patience_s=60, on_progress=self._hear)
        self._pool = ThreadPoolExecutor(1)
        self._done: Future[Progress] = self._pool.submit(self._run)

    def wait_for(self, seconds: float) -> None:
        """Return when so much is in the file."""
        with self._news:
            assert self._news.wait_for(lambda: self._seconds >= seconds or self._done.done(), 60)

    def finish(self) -> Progress:
        self.order.stop.set()
        return self._done.result(60)

    def _run(self) -> Progress:
        with framecast.open(self.name, node=self.node.folder) as reader:
            return record(reader, self.order)

    def _hear(self, progress: Progress) -> None:
        with self._news:
            self._seconds = progress.seconds
            self._news.notify_all()


@contextmanager
def recording(node: TestNode, path: Path) -> Iterator[Recorder]:
    recorder = Recorder(node, path)
    try:
        yield recorder
    finally:
        recorder.order.stop.set()


def play(node: TestNode, clip: Clip, recorder: Recorder, *, at_s: float = 0.0, until_s: float = 0.0) -> None:
    """Publish a clip that was captured from `at_s` on, as soon as it is wanted; leave when `until_s` is recorded."""
    infos, packets = tracks_of(clip.path())
    with (
        framecast.publish(recorder.name, tracks=tuple(infos.values()), node=node.folder) as writer,
        NodeClient(node.folder) as client,
    ):
        until(
            lambda: (
                [bool(track["readers"]) for track in client.stats()[recorder.name]["tracks"]]
                == [True] * len(infos)
            )
        )
        for packet in packets:
            send(writer, packet, at_s)
        recorder.wait_for((until_s or at_s + clip.seconds) - 0.01)


def send(writer: framecast.Writer, packet: Packet, at_s: float) -> None:
    writer.send_packet(
        packet.payload,
        track=packet.info.name,
        is_key=packet.is_key,
        pts=packet.pts,
        dts=packet.dts,
        duration=packet.duration,
        captured_at=packet.captured_at + int(at_s * 1e9),
    )


def pictures(path: Path) -> list[float]:
    with av.open(str(path)) as container:
        return [frame.time or 0.0 for frame in container.decode(video=0)]


def test_outage_leaves_a_gap_of_its_own_length_in_one_file(node: TestNode, tmp_path: Path) -> None:
    clip, path = Clip(size=SMALL, seconds=2), tmp_path / "a.mkv"
    with recording(node, path) as recorder:
        play(node, clip, recorder)
        play(node, clip, recorder, at_s=7)
        done = recorder.finish()
    times = pictures(path)
    assert done.files == (path,)
    assert len(times) == 100
    assert times[50] - times[49] == pytest.approx(5.04, abs=0.02)


def test_camera_that_comes_back_in_another_size_goes_on_in_a_next_file(
    node: TestNode, tmp_path: Path
) -> None:
    path = tmp_path / "a.mp4"
    with recording(node, path) as recorder:
        play(node, Clip(size=SMALL, seconds=2), recorder)
        play(node, Clip(size=SMALLER, seconds=2), recorder, at_s=3, until_s=4)
        done = recorder.finish()
    assert done.files == (path, tmp_path / "a-2.mp4")
    assert [len(pictures(file)) for file in done.files] == [50, 50]
    assert done.seconds == pytest.approx(4, abs=0.1)


def test_sound_stands_beside_its_picture(node: TestNode, tmp_path: Path) -> None:
    clip, path = Clip(size=SMALL, audio="aac", seconds=2), tmp_path / "a.mkv"
    with recording(node, path) as recorder:
        play(node, clip, recorder)
        recorder.finish()
    with av.open(str(path)) as container:
        first = {stream.type: stream.start_time * stream.time_base for stream in container.streams}  # type: ignore[operator]
    assert set(first) == {"video", "audio"}
    assert abs(first["audio"] - first["video"]) < 0.03


def test_as_long_as_was_asked_for(node: TestNode, tmp_path: Path) -> None:
    clip, path = Clip(size=SMALL, seconds=4), tmp_path / "a.mkv"
    recorder = Recorder(node, path, seconds=1.5)
    play(node, clip, recorder, until_s=1.5)
    assert recorder.finish().seconds == pytest.approx(1.5, abs=0.1)


def test_silence_is_told_and_leaves_no_file(node: TestNode, tmp_path: Path) -> None:
    with framecast.open("nobody", node=node.folder) as reader, pytest.raises(WouldBlock, match=r"0\.3 s"):
        record(reader, Order(tmp_path / "a.mkv", 1, patience_s=0.3))
    assert not list(tmp_path.iterdir())


def test_stopping_before_anything_came_leaves_no_file(node: TestNode, tmp_path: Path) -> None:
    order = Order(tmp_path / "a.mkv")
    order.stop.set()
    with framecast.open("nobody", node=node.folder) as reader:
        assert record(reader, order).files == ()
    assert not list(tmp_path.iterdir())


def test_unknown_ending_is_refused_before_the_camera_is_asked(node: TestNode, tmp_path: Path) -> None:
    with framecast.open("door", node=node.folder) as reader, pytest.raises(Invalid):
        record(reader, Order(tmp_path / "a.avi"))


def frames_of(path: Path) -> dict[str, list[float]]:
    """When the pictures and blocks of sound that a file shows begin."""
    found: dict[str, list[float]] = {"video": [], "audio": []}
    with av.open(str(path)) as container:
        for packet in container.demux():
            for frame in packet.decode():
                assert frame.pts is not None  # type: ignore[union-attr]
                assert frame.time_base is not None  # type: ignore[union-attr]
                found[packet.stream.type].append(float(frame.pts * frame.time_base))  # type: ignore[union-attr]
    return found


def test_who_joins_amid_a_group_of_pictures_gets_sound_from_the_first_picture_on(tmp_path: Path) -> None:
    source = tmp_path / "source.mp4"
    inputs = [
        "-i",
        str(Clip(size=SMALLER, seconds=4, gop_s=1).path()),
        "-f",
        "lavfi",
        "-i",
        "sine=d=4:r=48000",
    ]
    coder = ["-c:v", "libx264", "-bf", "2", "-g", "25", "-preset", "veryfast", "-c:a", "aac"]
    media_files._ffmpeg(*inputs, *coder, str(source))
    with framecast.open(source) as reader, reader.packets() as pictures:
        key = next(packet for packet in pictures if packet.is_key)
        while pictures.read().time_s < key.time_s + 0.5:
            continue
        done = record(reader, Order(tmp_path / "out.mp4", seconds=1.5))
    found = frames_of(done.files[0])
    assert found["video"][0] == pytest.approx(0, abs=0.002)
    assert -0.002 <= found["audio"][0] <= 0.05
    assert all(b - a == pytest.approx(0.04, abs=0.002) for a, b in pairwise(found["video"]))


def test_of_a_cut_file_only_what_is_behind_the_cut_is_recorded_as_shown(tmp_path: Path) -> None:
    clip, source = Clip(size=SMALLER, seconds=3, gop_s=2), tmp_path / "cut.mp4"
    media_files._ffmpeg("-ss", "1.32", "-i", str(clip.path()), "-c", "copy", str(source))
    with framecast.open(source, loop=False) as reader:
        done = record(reader, Order(tmp_path / "out.mp4"))
    assert done.seconds == pytest.approx(1.68, abs=0.05)
    with av.open(str(done.files[0])) as container:
        shown = [frame_number(frame.to_ndarray(format="gray")) for frame in container.decode(video=0)]
    assert shown == list(range(33, 75))
