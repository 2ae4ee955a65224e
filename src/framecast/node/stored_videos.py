"""Videos of the library as sources of streams: `video:ID` becomes the address of its file before a process opens it.

What the library server has said is kept, because a process is forked without waiting; a notice of the topic `videos` asks again. A video that nobody
has asked about yet fails once, and is there when the source is tried again. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from typing import Protocol

from framecast.bus.channel import Fields
from framecast.errors import FramecastError
from framecast.model import Source, StreamSpec
from framecast.model.spec import PrivateSpec, Reading
from framecast.streams import SourceJob

SCHEME = "video"
# Streams of videos are few; more are asked for again.
_MOST = 1024


class Ask(Protocol):
    """Asks the library server."""

    def __call__(self, op: str, *, video: str, account: str | None, is_admin: bool) -> Awaitable[Fields]:
        """Return its answer."""


class StoredVideos:
    """The files of the videos that streams play."""

    def __init__(self) -> None:
        self.ask: Ask | None = None  # a private node has no library
        self._found: dict[str, tuple[str, tuple[str, ...]]] = {}  # the file, and those of its data tracks
        self._asking: dict[str, asyncio.Task[None]] = {}

    async def check(self, spec: StreamSpec, account: str | None) -> None:
        """Return if `spec` plays no video, or one that the account may see (None: an admin).

        Raises:
            NotFound: there is no such video, or it cannot be played yet. FramecastError: what the library answered.
        """
        video = _video_of(spec)
        if video is not None and self.ask is not None:
            found = await self.ask("video", video=video, account=account, is_admin=account is None)
            self._keep(video, found)

    def applied(self, job: SourceJob) -> SourceJob:
        """Return a job with the file instead of the video, if that is known."""
        video = _video_of(job.spec)
        found = None if video is None else self._found.get(video)
        if video is None or found is None:
            if video is not None:
                self._refresh(video)
            return job
        path, data = found
        spec = replace(job.spec, source=Source(f"file:{path}", networks=job.spec.source.networks))
        if data:
            spec = PrivateSpec.of(spec, Reading(data=data))
        # The node names the file, and not the one who has added the stream.
        return replace(job, spec=spec, folders=None)

    def notice(self) -> None:
        """Ask again: videos have changed."""
        for video in list(self._found):
            self._refresh(video)

    def _refresh(self, video: str) -> None:
        if self.ask is not None and video not in self._asking:
            task = asyncio.get_running_loop().create_task(self._find(video), name="video")
            self._asking[video] = task
            task.add_done_callback(lambda _task: self._asking.pop(video, None))

    async def _find(self, video: str) -> None:
        assert self.ask is not None
        try:
            found = await self.ask("video", video=video, account=None, is_admin=True)
        except FramecastError:
            self._found.pop(video, None)
        else:
            self._keep(video, found)

    def _keep(self, video: str, found: Fields) -> None:
        self._found[video] = (str(found["path"]), tuple(map(str, found.get("data") or ())))
        while len(self._found) > _MOST:
            del self._found[next(iter(self._found))]


def _video_of(spec: StreamSpec) -> str | None:
    """Return the id of the video that a stream plays, None if it plays something else."""
    source = spec.source
    return source.reveal().partition(":")[2] if source.scheme == SCHEME else None
