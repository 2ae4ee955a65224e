"""Files at the pace of their reader: every picture once, in order, however slow it is, and nothing that runs ahead of it."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import av
import pytest

import framecast
from framecast.client.node_client import NodeClient
from framecast.client.private import private_node
from framecast.client.recorder import Order, record
from tests.client.nodes import TestNode
from tests.support.film_shelf import COUNT, film
from tests.support.media_files import Clip, corrupt, frame_number

LONG = Clip(size=(160, 120), seconds=8.0)


def held(name: str) -> int:
    """How many pictures the reader of a private stream has been lent and has not given back."""
    with NodeClient(socket=private_node().socket) as node:
        tracks = node.stats()[name]["tracks"]
    return sum(reader["held"] for track in tracks for reader in track["readers"])


def published(name: str) -> int:
    """How many pictures the source of a private stream has published."""
    with NodeClient(socket=private_node().socket) as node:
        return sum(track["records"] for track in node.stats()[name]["tracks"] if track["name"] == "frames")


def await_full(name: str, credits: int) -> None:
    """Wait until the source has nothing left that it may do."""
    while held(name) < credits:
        pass


def test_every_picture_comes_once_and_the_end_is_clean() -> None:
    with framecast.open(LONG.path(), pace="fastest", loop=False) as reader:
        frames = [(frame.seq, frame.dropped, frame_number(frame.gray)) for frame in reader]
        assert frames == [(number, 0, number) for number in range(LONG.frames)]
        assert reader.stats().dropped == 0
        with pytest.raises(framecast.Ended):
            reader.read()


@pytest.mark.parametrize(("policy", "credits"), [("queue(2)", 5), ("latest", 4), ("queue(40)", 43)])
def test_the_source_waits_for_a_slow_reader_and_is_ahead_by_its_credits_alone(
    policy: str, credits: int
) -> None:
    with framecast.open(LONG.path(), pace="fastest", loop=False, policy=policy) as reader:
        first = reader.read()
        await_full(reader.name, credits)
        assert published(reader.name) <= credits
        rest = [frame.seq for frame in reader]
        assert rest == list(range(1, LONG.frames))
        assert first.seq == 0


def test_a_file_with_a_queue_waits_at_its_own_rate() -> None:
    with framecast.open(film("b-frames.mp4"), loop=False, policy="queue(2)") as reader:
        reader.read()
        await_full(reader.name, 5)
        assert [frame.seq for frame in reader] == list(range(1, COUNT))
        assert reader.stats().dropped == 0


def test_a_loop_has_no_end_and_no_gap() -> None:
    with framecast.open(film("b-frames.mp4"), pace="fastest", loop=True) as reader:
        times = []
        for number, frame in enumerate(itertools.islice(reader, 3 * COUNT + 7)):
            assert frame.seq == number
            assert frame.dropped == 0
            assert frame_number(frame.gray) == number % COUNT
            times.append(frame.time_s)
        steps = {round(later - earlier, 6) for earlier, later in itertools.pairwise(times)}
        assert steps == {0.04}


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({"format": "bgr"}, (120, 160, 3)),
        ({"format": "rgb", "size": (80, 0)}, (60, 80, 3)),
        ({"format": "gray"}, (120, 160)),
        ({"size": (80, 60)}, (90, 80)),
        ({"track": "frames/nv12"}, (180, 160)),
    ],
)
def test_formats_and_sizes_lose_nothing(options: dict[str, object], shape: tuple[int, ...]) -> None:
    with framecast.open(film("b-frames.mp4"), pace="fastest", loop=False, **options) as reader:  # type: ignore[arg-type]
        seqs = []
        for frame in reader:
            assert frame.as_format(frame.format).shape == shape
            assert reader.info is not None
            assert reader.info.picture == frame.picture
            seqs.append(frame.seq)
    assert seqs == list(range(COUNT))


def test_max_fps_counts_by_the_time_of_the_file() -> None:
    with framecast.open(LONG.path(), pace="fastest", loop=False, max_fps=5) as reader:
        numbers = [frame_number(frame.gray) for frame in reader]
    assert numbers == list(range(0, LONG.frames, 5))


def test_packets_sound_fragments_and_recordings_lose_nothing(tmp_path: Path) -> None:
    path = film("sound.mp4")
    with av.open(str(path)) as file:
        stored = [(packet.stream_index, bytes(packet)) for packet in file.demux() if packet.size]
    with framecast.open(path, pace="fastest", loop=False) as reader, reader.packets(audio=True) as packets:
        found = list(packets)
        assert packets.stats().dropped == 0
    for index, track in enumerate(("video", "audio")):
        expected = [payload for number, payload in stored if number == index]
        read = [packet.payload for packet in found if packet.track == track]
        assert read == expected[len(expected) - len(read) :]
        assert len(expected) - len(read) <= 2 * index  # sound before the first picture is left out
    with framecast.open(path, pace="fastest", loop=False) as reader, reader.samples() as sound:
        assert sum(len(block) for block in sound) >= 0.95 * 48000 * COUNT / 25 * (44100 / 48000)
    with framecast.open(path, pace="fastest", loop=False) as reader, reader.fmp4(audio=True) as fragments:
        kinds = [fragment.kind for fragment in fragments]
        assert kinds.count("video") == COUNT
    with framecast.open(path, pace="fastest", loop=False) as reader:
        done = record(reader, Order(tmp_path / "copy.mp4"))
    with av.open(str(done.files[0])) as copy:
        assert sum(1 for _ in copy.decode(video=0)) == COUNT


def test_asyncio_gets_every_picture() -> None:
    async def read() -> list[int]:
        async with framecast.open(LONG.path(), pace="fastest", loop=False) as reader:
            return [frame.seq async for frame in reader]

    assert asyncio.run(read()) == list(range(LONG.frames))


def test_a_reader_seeks_at_any_time_and_at_the_end() -> None:
    with framecast.open(LONG.path(), pace="fastest", loop=False) as reader:
        for number in (100, 3, LONG.frames - 1, 0, 57):
            assert reader.seek(frame=number) == number
            assert frame_number(reader.read().gray) == number
        assert reader.seek(time_s=4.0) == 100
        assert [frame_number(frame.gray) for frame in reader] == list(range(100, LONG.frames))
        assert reader.seek(frame=10**6) == LONG.frames
        with pytest.raises(framecast.Ended):
            reader.read()
        assert reader.seek(frame=LONG.frames - 2) == LONG.frames - 2
        assert [frame_number(frame.gray) for frame in reader] == [LONG.frames - 2, LONG.frames - 1]
        assert reader.stats().dropped == 0


def test_pictures_that_the_program_keeps_survive_a_seek() -> None:
    with framecast.open(LONG.path(), pace="fastest", loop=False) as reader:
        kept = [reader.read() for _ in range(6)]
        assert reader.seek(frame=50) == 50
        later = [reader.read() for _ in range(6)]
        assert [frame_number(frame.gray) for frame in kept] == list(range(6))
        assert [frame_number(frame.gray) for frame in later] == list(range(50, 56))


def test_one_reader_has_the_file() -> None:
    with framecast.open(LONG.path(), pace="fastest") as reader:
        reader.read()
        folder = private_node().socket.parent
        with (
            framecast.open(reader.name, node=folder) as second,
            pytest.raises(framecast.Conflict, match="one reader"),
        ):
            second.read(10)
        with pytest.raises(framecast.Conflict, match="one reader"):
            reader.packets().read(10)
        assert reader.read().seq == 1


def test_closing_the_reader_ends_the_source() -> None:
    with framecast.open(LONG.path(), pace="fastest") as reader:
        reader.read()
        name = reader.name
    with NodeClient(socket=private_node().socket) as node:
        assert name not in {status.name for status in node.streams()}


def test_shared_streams_and_live_sources_wait_for_nobody(
    node: TestNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAMECAST_RUNTIME_DIR", str(node.folder))
    with framecast.publish("x"), pytest.raises(framecast.Invalid, match="does not wait for readers"):
        framecast.open("x", pace="fastest")
    for address in ("pattern:", "rtsp://127.0.0.1/x", 0):
        with pytest.raises(framecast.Invalid, match="is for files"):
            framecast.open(address, pace="fastest")
    with pytest.raises(framecast.Invalid, match="pace must be one of"):
        framecast.open(LONG.path(), pace="slow")


def test_what_is_made_by_another_process_is_refused_with_a_reason() -> None:
    with framecast.open(LONG.path(), pace="fastest") as reader:
        for track in ("jpeg/75", "video/h264"):
            with pytest.raises(framecast.Invalid, match="delivers every picture"):
                reader.packets(track=track)
    with (
        framecast.open(LONG.path()) as reader,
        pytest.raises(framecast.Invalid, match="cannot seek: open the file"),
    ):
        reader.seek(frame=3)


def test_a_file_that_fails_says_so(tmp_path: Path) -> None:
    with pytest.raises(framecast.SourceError, match="there is no file"):
        framecast.open(tmp_path / "nothing.mp4", pace="fastest")
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film at all" * 100)
    with framecast.open(broken, pace="fastest") as reader, pytest.raises(framecast.SourceError):
        reader.read(20)


def test_a_damaged_file_is_read_to_its_end() -> None:
    with framecast.open(corrupt(), pace="fastest", loop=False) as reader:
        seqs = [frame.seq for frame in reader]
    assert len(seqs) > 20
    assert seqs == list(range(len(seqs)))
