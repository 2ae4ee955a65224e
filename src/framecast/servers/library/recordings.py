"""All recordings of streams into the library: begun and ended by people, noted in the database, finished after a crash.

A recording ends when somebody stops it, when its stream is removed, its video deleted, or the disk nearly full. If it ends for another reason, such as
another size of the pictures, it continues as a video of its own. Event loop only; the disk and the database in threads.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeVar

from framecast.accounts.account import Actor
from framecast.bus import Channel
from framecast.errors import Conflict, FramecastError, Invalid, NotFound, WouldBlock
from framecast.fanout.growing_file import whole_part
from framecast.library import Library
from framecast.library.recordings import DataTrack, Recorded
from framecast.model.library_layout import file_key, generation_prefix, original_key
from framecast.model.video import LOCAL, Video, Visibility
from framecast.servers.library.recorder import Listeners, StreamRecorder
from framecast.servers.library.recording_files import (
    INDEX,
    MAIN,
    PLAYLIST,
    Progress,
    recovered_tracks,
    track_files,
)
from framecast.servers.settings import LibrarySettings
from framecast.store.objects import Objects

# The length of a recording is noted in the database after so many seconds of it; players read it from the playlist.
NOTE_S = 10.0
MAX_RECORDINGS = 64
# A recording that continues as the next video waits this long before that, so that a stream that flickers makes no flood of them.
AGAIN_S = 2.0

T = TypeVar("T")

log = logging.getLogger("framecast.library")


class Call(Protocol):
    """Runs `work` with the library on another thread."""

    def __call__(self, work: Callable[[Library], T]) -> Awaitable[T]:
        """Return what it returns."""


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to have recorded. `title` empty: the name of the stream. `data`: other streams whose data is about this one, and kept with it."""

    stream: str
    title: str = ""
    owner: str | None = None
    visibility: Visibility = Visibility.PRIVATE
    by: Actor | None = None
    data: tuple[str, ...] = ()


@dataclass(slots=True)
class _Running:
    """One recording."""

    order: Order
    video: str
    folder: Path
    recorder: StreamRecorder | None = None
    noted_s: float = -NOTE_S
    progress: Progress | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    is_stopped: bool = False


class Recordings:
    """The recordings of this process. `announce` is called with each video that has changed."""

    def __init__(
        self,
        call: Call,
        connect: Callable[[], Channel],
        settings: LibrarySettings,
        objects: Objects,
        announce: Callable[[str], None],
    ) -> None:
        self._call = call
        self._connect = connect
        # Its file grows on this disk, also if videos are stored elsewhere in the end.
        self._folder = settings.folder
        self._objects = objects
        self._announce = announce
        self._min_free = settings.min_free_bytes
        self._running: dict[str, _Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    async def start(self, order: Order) -> Video:
        """Begin a recording, and return its video.

        Raises:
            Conflict: the stream is being recorded by the same account. NotFound: there is no such stream.
            WouldBlock: there are too many recordings, or the disk is nearly full. Invalid: the title.
        """
        for one in self._running.values():
            if one.order.stream == order.stream and one.order.owner == order.owner and not one.is_stopped:
                raise Conflict(
                    f"{order.stream} is being recorded: stop that recording first", video=one.video
                )
        if len(self._running) >= MAX_RECORDINGS:
            raise WouldBlock(f"{MAX_RECORDINGS} recordings run, which is the limit: stop one first")
        await asyncio.to_thread(self._check_disk)
        return await self._begin(order)

    async def stop(self, video: str) -> Video:
        """End a recording, and return its video when its file is whole.

        Raises:
            NotFound: no such recording runs.
        """
        running = self._running.get(video)
        if running is None:
            raise NotFound(f"there is no recording {video!r:.40} that runs")
        running.is_stopped = True
        if running.recorder is not None:
            await running.recorder.stop()
        await running.over.wait()
        return await self._call(lambda library: library.video(video, LOCAL))

    async def close(self) -> None:
        """End all recordings: each is a whole video."""
        self._is_closed = True
        await asyncio.gather(
            *(one.recorder.stop() for one in self._running.values() if one.recorder is not None)
        )
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def recover(self) -> None:
        """Make whole videos of what an earlier process was recording when it was killed."""
        for video in await self._call(lambda library: library.recordings()):
            if video.id in self._running or video.media is None:
                continue
            folder = self._folder / generation_prefix(video.id, video.media.generation)
            recorded = await asyncio.to_thread(_recovered, folder, video)
            await self._finish(video.id, folder, recorded)
            log.info("the recording of %s was cut off, and ends where it was: %s", video.stream, video.id)

    # --- one recording

    async def _begin(self, order: Order) -> Video:
        video = await self._call(
            lambda library: library.begin_recording(
                order.owner, order.stream, order.title, visibility=order.visibility, by=order.by
            )
        )
        assert video.media is not None
        folder = self._folder / generation_prefix(video.id, video.media.generation)
        running = self._running[video.id] = _Running(order, video.id, folder)
        try:
            await asyncio.to_thread(folder.mkdir, 0o700, parents=True)
            listeners = Listeners(
                lambda progress: self._on_progress(running, progress),
                lambda error: self._keep(self._ended(running, error)),
            )
            running.recorder = StreamRecorder(order.stream, self._connect, folder, listeners, order.data)
        except BaseException:
            self._running.pop(video.id)
            await self._finish(video.id, folder, None)
            raise
        self._announce(video.id)
        log.info("%s is being recorded: %s", order.stream, video.id)
        return video

    def _on_progress(self, running: _Running, progress: Progress) -> None:
        running.progress = progress
        if progress.seconds - running.noted_s >= NOTE_S:
            running.noted_s = progress.seconds
            self._keep(self._note(running))

    async def _note(self, running: _Running) -> None:
        assert running.progress is not None
        recorded = _recorded(running.progress, running.folder)
        try:
            await asyncio.to_thread(self._check_disk)
            await self._call(lambda library: library.note_recording(running.video, recorded))
        except FramecastError as error:
            if running.over.is_set():
                return
            log.warning("the recording of %s ends: %s", running.order.stream, error)
            running.is_stopped = True
            if running.recorder is not None:
                await running.recorder.stop()
            return
        self._announce(running.video)

    async def _ended(self, running: _Running, error: FramecastError | OSError | None) -> None:
        try:
            recorded = None if running.progress is None else _recorded(running.progress, running.folder)
            await self._finish(running.video, running.folder, recorded)
        finally:
            self._running.pop(running.video, None)
            running.over.set()
        goes_on = error is not None and recorded is not None and not running.is_stopped
        if not goes_on or isinstance(error, OSError):
            if error is not None:
                log.warning("the recording of %s has ended: %s", running.order.stream, error)
            return
        log.info("the recording of %s continues as another video: %s", running.order.stream, error)
        await asyncio.sleep(AGAIN_S)
        if not self._is_closed:
            try:
                await self._begin(running.order)
            except FramecastError as failure:
                log.warning("the recording of %s does not continue: %s", running.order.stream, failure)

    async def _finish(self, video: str, folder: Path, recorded: Recorded | None) -> None:
        """Note the end. What was recorded becomes the original, without a copy."""
        try:
            if recorded is not None:
                await asyncio.to_thread(self._store, video, folder)
            await self._call(lambda library: library.end_recording(video, recorded))
        except FramecastError as error:
            log.warning("the end of the recording %s was not noted: %s", video, error)
            if isinstance(error, NotFound):
                await asyncio.to_thread(shutil.rmtree, folder.parent, ignore_errors=True)
        self._announce(video)

    def _store(self, video: str, folder: Path) -> None:
        """Make the file of a recording the original. In a folder without a copy; to S3 it goes with the files that can be played."""
        original = self._objects.local_path(original_key(video))
        if original is not None:
            _link(folder / MAIN, original)
            return
        self._objects.put_file(original_key(video), folder / MAIN)
        for path in sorted(folder.glob("[!.]*")):
            self._objects.put_file(file_key(video, folder.name, path.name), path)
        shutil.rmtree(folder, ignore_errors=True)

    def _check_disk(self) -> None:
        free = shutil.disk_usage(_existing(self._folder)).free
        if free < self._min_free:
            raise WouldBlock(
                f"the disk has {free >> 20} MiB left, and {self._min_free >> 20} MiB must stay free (library.min_free_gb): remove videos first"
            )

    def _keep(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _recorded(progress: Progress, folder: Path) -> Recorded:
    tracks = [
        DataTrack(name, *track_files(number), count) for number, (name, count) in enumerate(progress.data)
    ]
    names = (MAIN, PLAYLIST, INDEX, *(name for one in tracks for name in (one.records, one.index)))
    files = {name: (folder / name).stat().st_size for name in names if (folder / name).exists()}
    size = progress.size
    return Recorded(
        progress.seconds, size, progress.width, progress.height, progress.codecs, files, tuple(tracks)
    )


def _recovered(folder: Path, video: Video) -> Recorded | None:
    """Cut a recording behind its last whole segment; None if it has none."""
    try:
        playlist = (folder / PLAYLIST).read_text(encoding="ascii")
        whole, size, seconds = whole_part(playlist)
        if not (folder / INDEX).exists():
            return None
        os.truncate(folder / MAIN, size)
        new = folder / f".{PLAYLIST}.new"
        new.write_text(whole, encoding="ascii")
        new.replace(folder / PLAYLIST)
        data = recovered_tracks(folder)
    except (OSError, ValueError, Invalid):
        return None
    width, height = video.width or 0, video.height or 0
    return _recorded(Progress(seconds, size, width, height, _codecs(folder), data), folder)


def _codecs(folder: Path) -> str:
    text = (folder / INDEX).read_text(encoding="ascii")
    return text.partition('CODECS="')[2].partition('"')[0]


def _link(file: Path, original: Path) -> None:
    try:
        os.link(file, original)
    except FileExistsError:
        return


def _existing(path: Path) -> Path:
    return next((one for one in (path, *path.parents) if one.exists()), Path("/"))
