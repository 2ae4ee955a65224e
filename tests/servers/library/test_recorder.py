"""A stream becomes a file that plays while it grows: a real node with real sources, and FFmpeg as the player."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import framecast
from framecast.bus import Channel
from framecast.client.node_client import NodeClient
from framecast.client.private import PrivateNode
from framecast.errors import Conflict, FramecastError, NotFound
from framecast.fanout.growing_file import whole_part
from framecast.model import data_file
from framecast.model.data import unpack
from framecast.model.data_file import MAX_RECORD_BYTES
from framecast.servers.library.recorder import Listeners, StreamRecorder
from framecast.servers.library.recording_files import Progress, recovered_tracks, track_files


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateNode]:
    clip = tmp_path_factory.mktemp("clips") / "jpeg.mkv"
    pattern = "testsrc=size=320x180:rate=10:duration=4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", pattern, "-c:v", "mjpeg", str(clip)], check=True
    )
    node = PrivateNode()
    with NodeClient(socket=node.socket) as client:
        client.put("cam", "pattern:?size=320x180&fps=25&audio=1")
        client.put("jpeg", str(clip), loop=True)
    yield node
    node.close()


class Recording:
    """A recorder, and what it has said."""

    def __init__(self, node: PrivateNode, stream: str, folder: Path, about: Sequence[str] = ()) -> None:
        self.progress: list[Progress] = []
        self.ended: list[FramecastError | OSError | None] = []
        self.folder = folder
        listeners = Listeners(self._on_progress, self._on_end)
        self._came, self.over = asyncio.Event(), asyncio.Event()
        connect = partial(Channel.connect, node.socket)
        self.recorder = StreamRecorder(stream, connect, folder, listeners, about)

    def _on_progress(self, progress: Progress) -> None:
        self.progress.append(progress)
        self._came.set()

    def _on_end(self, error: FramecastError | OSError | None) -> None:
        self.ended.append(error)
        self.over.set()

    async def until(self, seconds: float) -> None:
        while not self.progress or self.progress[-1].seconds < seconds:
            self._came.clear()
            await self._came.wait()


def probed(path: Path) -> dict[str, Any]:
    """Return what ffprobe says of a file or playlist, with a count of its packets."""
    options = ["-allowed_extensions", "ALL"] if path.suffix == ".m3u8" else []
    command = ["ffprobe", "-v", "error", *options, "-count_packets", "-show_streams", "-show_format"]
    found = subprocess.run([*command, "-of", "json", str(path)], capture_output=True, check=True)
    return dict(json.loads(found.stdout))


async def _record(node: PrivateNode, stream: str, folder: Path, seconds: float) -> Recording:
    recording = Recording(node, stream, folder)
    await asyncio.wait_for(recording.until(seconds), 60)
    return recording


def test_recording_plays_while_it_grows_and_afterwards(node: PrivateNode, tmp_path: Path) -> None:
    async def act() -> None:
        recording = await _record(node, "cam", tmp_path, 4)
        growing = (tmp_path / "main.m3u8").read_text()
        assert "#EXT-X-PLAYLIST-TYPE:EVENT" in growing
        assert "ENDLIST" not in growing
        cut, size, seconds = whole_part(growing)
        assert size <= (tmp_path / "main.mp4").stat().st_size
        assert seconds >= 4
        half = tmp_path / "half"
        half.mkdir()
        (half / "main.mp4").write_bytes((tmp_path / "main.mp4").read_bytes()[:size])
        (half / "main.m3u8").write_text(cut)
        assert float(probed(half / "main.m3u8")["format"]["duration"]) == pytest.approx(seconds, abs=0.2)
        await recording.recorder.stop()
        assert recording.ended == [None]

    asyncio.run(act())
    whole = (tmp_path / "main.m3u8").read_text()
    assert whole.endswith("#EXT-X-ENDLIST\n")
    found = probed(tmp_path / "main.mp4")
    assert [one["codec_name"] for one in found["streams"]] == ["h264", "aac"]
    pictures = int(found["streams"][0]["nb_read_packets"])
    seconds = whole_part(whole.removesuffix("#EXT-X-ENDLIST\n"))[2]
    assert pictures == pytest.approx(seconds * 25, abs=2)
    index = (tmp_path / "index.m3u8").read_text()
    assert "avc1." in index
    assert "RESOLUTION=320x180" in index


def test_pictures_that_mp4_cannot_hold_are_recorded_as_h264(node: PrivateNode, tmp_path: Path) -> None:
    async def act() -> None:
        recording = await _record(node, "jpeg", tmp_path, 2)
        await recording.recorder.stop()

    asyncio.run(act())
    assert [one["codec_name"] for one in probed(tmp_path / "main.mp4")["streams"]] == ["h264"]


def test_stream_that_is_not_there_ends_the_recording(node: PrivateNode, tmp_path: Path) -> None:
    async def act() -> None:
        recording = Recording(node, "nothing", tmp_path)
        await asyncio.wait_for(recording.over.wait(), 60)
        assert isinstance(recording.ended[0], NotFound)

    asyncio.run(act())


def test_another_size_ends_the_file_whole(node: PrivateNode, tmp_path: Path) -> None:
    async def act() -> None:
        with NodeClient(socket=node.socket) as client:
            client.put("changing", "pattern:?size=320x180&fps=25")
            recording = await _record(node, "changing", tmp_path, 2)
            await asyncio.to_thread(client.put, "changing", "pattern:?size=192x108&fps=25")
            await asyncio.wait_for(recording.over.wait(), 60)
        assert isinstance(recording.ended[0], Conflict)

    asyncio.run(act())
    assert (tmp_path / "main.m3u8").read_text().endswith("#EXT-X-ENDLIST\n")
    assert probed(tmp_path / "main.mp4")["streams"][0]["width"] == 320


def test_data_of_an_analyser_is_recorded_at_its_pictures(node: PrivateNode, tmp_path: Path) -> None:
    """An analyser that answers late: every answer stands at the picture that it is about."""
    folder = tmp_path / "recording"
    folder.mkdir()
    stop = threading.Event()

    def analyse() -> None:
        node_folder = node.socket.parent
        with (
            framecast.open("cam", node=node_folder, policy="queue(8)", timeout_s=30) as camera,
            framecast.publish("cam.objects", tracks=["data"], node=node_folder) as out,
        ):
            late: list[framecast.Frame] = []
            while not stop.is_set():
                late.append(camera.read())
                if len(late) > 5:
                    frame = late.pop(0)
                    out.send_data({"boxes": [[1, 2, 3, 4]], "seq": frame.seq}, at=frame)
                    out.send_data(b"x" * (MAX_RECORD_BYTES + 1), at=frame)

    async def act() -> None:
        recording = Recording(node, "cam", folder, ["cam.objects"])
        await asyncio.wait_for(recording.until(4), 60)
        await recording.recorder.stop()
        assert [name for name, _ in recording.progress[-1].data] == ["cam.objects"]

    analyser = threading.Thread(target=analyse)
    analyser.start()
    try:
        asyncio.run(act())
    finally:
        stop.set()
        analyser.join()
    data, index = ((folder / name).read_bytes() for name in track_files(0))
    assert data_file.track_of(data[: data_file.MAX_HEAD_BYTES]) == "cam.objects"
    found = [
        one
        for entry in data_file.entries(index, len(data))
        for one in data_file.records(data[entry.offset : entry.end])
    ]
    assert len(found) > 20
    # The pictures are 40 ms apart, and so are the answers about them; each stands at a picture.
    times = [one.time_ns / 1e9 for one in found]
    assert all(abs(at * 25 - round(at * 25)) < 0.05 for at in times), times[:20]
    assert all(unpack(one.payload)["boxes"] == [[1, 2, 3, 4]] for one in found)  # type: ignore[index,call-overload]
    # Cut off by a crash, the last whole blocks are left.
    with (folder / "data-0.records").open("ab") as file:
        file.write(b"half a block")
    with (folder / "data-0.index").open("ab") as file:
        file.write(b"half")
    assert recovered_tracks(folder) == (("cam.objects", len(found)),)
    assert (folder / "data-0.records").read_bytes() == data
    assert (folder / "data-0.index").read_bytes() == index
