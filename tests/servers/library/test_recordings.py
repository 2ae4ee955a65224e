"""Recordings from the first picture to the finished video: a real node, a real database and files, and a process that is gone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from framecast.bus import Channel
from framecast.client.node_client import NodeClient
from framecast.client.private import PrivateNode
from framecast.errors import Conflict, NotFound, WouldBlock
from framecast.library import Library, open_library
from framecast.model.library_layout import generation_prefix, original_key
from framecast.model.video import LOCAL, Video, VideoState
from framecast.model.video_job import JobKind
from framecast.servers.library.recordings import Order, Recordings
from framecast.store.objects import FolderObjects
from framecast.store.open import sqlite_url
from tests.servers.library.rig import settings
from tests.servers.library.test_recorder import probed

T = TypeVar("T")


@pytest.fixture(scope="module")
def node() -> Iterator[PrivateNode]:
    node = PrivateNode()
    with NodeClient(socket=node.socket) as client:
        client.put("cam", "pattern:?size=320x180&fps=25")
    yield node
    node.close()


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    library = open_library(sqlite_url(tmp_path / "framecast.db"))
    yield library
    library.close()


class Desk:
    """Recordings on a library, and the videos that were announced."""

    def __init__(self, node: PrivateNode, library: Library, folder: Path, min_free_bytes: int = 0) -> None:
        place = settings(folder, min_free_bytes=min_free_bytes)
        self.library = library
        self.folder = place.folder
        self._changed = asyncio.Event()
        self.recordings = Recordings(
            self._call, lambda: Channel.connect(node.socket), place, FolderObjects(place.folder), self._note
        )

    def _call(self, work: Callable[[Library], T]) -> Awaitable[T]:
        return asyncio.to_thread(work, self.library)

    def _note(self, _video: str) -> None:
        self._changed.set()

    async def until(self, is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(60):
            while not is_so():
                await self._changed.wait()
                self._changed.clear()

    def video(self, id: str) -> Video:
        return self.library.video(id, LOCAL)

    def main(self, video: Video) -> Path:
        assert video.media is not None
        return self.folder / generation_prefix(video.id, video.media.generation) / "main.mp4"


def test_recording_becomes_a_video_that_is_checked(
    node: PrivateNode, library: Library, tmp_path: Path
) -> None:
    async def act() -> Video:
        desk = Desk(node, library, tmp_path)
        video = await desk.recordings.start(Order("cam", "A parcel"))
        with pytest.raises(Conflict, match="is being recorded") as told:
            await desk.recordings.start(Order("cam"))
        assert told.value.fields == {"video": video.id}
        await desk.until(lambda: desk.video(video.id).state is VideoState.READY)
        assert desk.video(video.id).is_recording
        ended = await desk.recordings.stop(video.id)
        with pytest.raises(NotFound):
            await desk.recordings.stop(video.id)
        assert probed(desk.main(ended))["streams"][0]["codec_name"] == "h264"
        return ended

    ended = asyncio.run(act())
    assert (ended.title, ended.is_recording, ended.state) == ("A parcel", False, VideoState.READY)
    assert os.path.samefile(
        Desk(node, library, tmp_path).main(ended), tmp_path / "library" / original_key(ended.id)
    )
    assert ended.size == (tmp_path / "library" / original_key(ended.id)).stat().st_size
    assert library.claim("here", [JobKind.CHECK]) is not None


def test_recording_that_was_killed_ends_with_its_last_whole_segment(
    node: PrivateNode, library: Library, tmp_path: Path
) -> None:
    async def act() -> Video:
        killed = Desk(node, library, tmp_path)
        video = await killed.recordings.start(Order("cam"))
        await killed.until(lambda: killed.video(video.id).state is VideoState.READY)
        recorder = killed.recordings._running[video.id].recorder
        assert recorder is not None
        recorder._close_tracks()
        recorder._writer.cancel()  # nothing more is written, as by a process that is gone
        main = killed.main(killed.video(video.id))
        with main.open("ab") as file:
            file.write(b"half a segment")
        desk = Desk(node, library, tmp_path)
        await desk.recordings.recover()
        assert (main.parent / "main.m3u8").read_text().endswith("#EXT-X-ENDLIST\n")
        assert probed(main)["streams"][0]["codec_name"] == "h264"
        assert b"half a segment" not in main.read_bytes()[-20:]
        await desk.recordings.recover()
        return desk.video(video.id)

    video = asyncio.run(act())
    assert (video.is_recording, video.state) == (False, VideoState.READY)
    assert video.duration_s is not None
    assert video.duration_s >= 2


def test_killed_before_its_first_segment_it_has_failed(
    node: PrivateNode, library: Library, tmp_path: Path
) -> None:
    video = library.begin_recording(None, "cam")
    asyncio.run(Desk(node, library, tmp_path).recordings.recover())
    assert library.video(video.id, LOCAL).state is VideoState.FAILED


def test_stream_that_is_not_there_fails_at_once(node: PrivateNode, library: Library, tmp_path: Path) -> None:
    async def act() -> Video:
        desk = Desk(node, library, tmp_path)
        video = await desk.recordings.start(Order("nothing"))
        await desk.until(lambda: desk.video(video.id).state is VideoState.FAILED)
        return desk.video(video.id)

    assert "first picture" in asyncio.run(act()).reason


def test_disk_that_is_nearly_full_is_not_filled(node: PrivateNode, library: Library, tmp_path: Path) -> None:
    async def act() -> None:
        desk = Desk(node, library, tmp_path, min_free_bytes=1 << 60)
        with pytest.raises(WouldBlock, match="min_free_gb"):
            await desk.recordings.start(Order("cam"))

    asyncio.run(act())
    assert library.recordings() == []


def test_another_size_continues_as_another_video(node: PrivateNode, library: Library, tmp_path: Path) -> None:
    async def act() -> None:
        desk = Desk(node, library, tmp_path)
        with NodeClient(socket=node.socket) as client:
            client.put("changing", "pattern:?size=320x180&fps=25")
            video = await desk.recordings.start(Order("changing"))
            await desk.until(lambda: desk.video(video.id).state is VideoState.READY)
            await asyncio.to_thread(client.put, "changing", "pattern:?size=192x108&fps=25")
            await desk.until(lambda: {one.width for one in library.recordings()} == {192})
            await desk.recordings.close()
        assert (desk.video(video.id).width, desk.video(video.id).is_recording) == (320, False)
        assert library.recordings() == []

    asyncio.run(act())
