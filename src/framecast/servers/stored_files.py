"""The files of videos as servers read them: which there are, their fixed types, and their bytes, in threads.

Types go by the names that the server gives, never by the bytes that somebody has uploaded. All clients of a process share a few threads; which
of them reads next is decided in the order in which they ask.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from framecast.errors import Invalid, NotFound
from framecast.model import number
from framecast.model.library_layout import check_file_name, file_key, generation_prefix
from framecast.model.video import Video
from framecast.servers.access.crew import Crew

if TYPE_CHECKING:
    from framecast.store.objects import Objects

T = TypeVar("T")

PART_BYTES = 256 << 10
# A thread gives a socket so much at once, if that takes it.
SENT_BYTES = 4 << 20
PLAYLIST = "m3u8"
TYPES: Mapping[str, str] = {
    "mp4": "video/mp4",
    "m4s": "video/iso.segment",
    PLAYLIST: "application/vnd.apple.mpegurl",
    "jpg": "image/jpeg",
    "vtt": "text/vtt; charset=utf-8",
    "json": "application/json",
    "records": "application/octet-stream",
    "index": "application/octet-stream",
}
_LARGEST = 1 << 53
_THREADS = 4


@dataclass(frozen=True, slots=True)
class StoredName:
    """One file of a video: its key in the store, its type, its entity tag. `size` None: the store knows it.

    A file that is recorded grows, so nobody may keep a copy: it has no tag.
    """

    key: str
    media_type: str
    etag: str
    size: int | None
    is_growing: bool = False


def find_file(video: Video, generation: str, name: str) -> StoredName:
    """Return a file of a generation. One of an older generation may still be there, for players that began with it.

    Raises:
        NotFound: there is none of this name.
    """
    media_type = TYPES.get(name.rpartition(".")[2])
    try:
        check_file_name(name)
        generation_prefix(video.id, generation)
    except Invalid:
        media_type = None
    if media_type is None or video.media is None:
        raise no_file(name)
    size, source = None, generation
    if generation == video.media.generation:
        found = video.media.manifest.get("files", {}).get(name)
        if found is None:
            raise no_file(name)
        size, source = number.whole(found["size"], 0, _LARGEST), found.get("from") or generation
        if video.is_recording:
            return StoredName(file_key(video.id, source, name), media_type, "", None, is_growing=True)
    return StoredName(file_key(video.id, source, name), media_type, f'"{source}-{name}"', size)


class Readers:
    """The threads that read objects. `run` waits for its turn on the event loop; nothing is refused."""

    def __init__(self, threads: int = _THREADS) -> None:
        self._crew = Crew("media", threads)
        self._free = asyncio.Semaphore(2 * threads)

    async def run(self, work: Callable[[], T]) -> T:
        """Return what `work` returns; it runs on one of the threads."""
        async with self._free:
            return await self._crew.run(work)

    def close(self) -> None:
        """Take no more work. Idempotent."""
        self._crew.close()


class OpenObject:
    """An object that is being read: a file, or a key of a store without files. Any thread, one at a time."""

    def __init__(self, objects: Objects, key: str, descriptor: int | None) -> None:
        self._objects = objects
        self._key = key
        self._descriptor = descriptor

    def read(self, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`; fewer if the object is shorter."""
        if self._descriptor is None:
            return self._objects.read(self._key, start, end)
        return os.pread(self._descriptor, end - start, start)

    @property
    def is_file(self) -> bool:
        """True if it can be sent by `send`."""
        return self._descriptor is not None

    def send(self, socket: int, start: int, end: int) -> int:
        """Let a socket that never blocks take the bytes from `start` up to `end`, and return how many it has taken; 0 if the file is shorter.

        Raises:
            BlockingIOError: none.
        """
        assert self._descriptor is not None
        return os.sendfile(socket, self._descriptor, start, end - start)

    def close(self) -> None:
        """Close the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def open_object(objects: Objects, key: str) -> OpenObject:
    """Open an object for reading; blocks for the disk.

    Raises:
        NotFound: it is not there.
    """
    path = objects.local_path(key)
    if path is None:
        return OpenObject(objects, key, None)
    try:
        return OpenObject(objects, key, os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW))
    except OSError as error:
        raise gone(key) from error


def gone(key: str) -> NotFound:
    """Return the error for an object that is not there any more."""
    return NotFound(f"the file {key.rpartition('/')[2]!r:.80} is not there any more: load the page again")


def no_file(name: str) -> NotFound:
    """Return the error for a file that does not exist."""
    return NotFound(f"there is no file {name!r:.80} of this video")
