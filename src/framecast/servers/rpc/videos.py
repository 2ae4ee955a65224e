"""The service `framecast.v1.Videos`: the stored videos, their changes, their bytes. What a client may not see is not there.

Event loop; the database and the files are read in threads. A client that does not read holds one part of a file, and no thread.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

from framecast.clock import NS
from framecast.control.aio import AsyncNodeClient
from framecast.errors import Closed, Invalid, NotFound
from framecast.model.data_file import Place
from framecast.model.rights import Scope
from framecast.model.video import Video, VideoOrder, Viewer
from framecast.servers.access.principal import Principal
from framecast.servers.catalogue import Catalogue, viewer_of
from framecast.servers.rpc.caller import CALLER
from framecast.servers.rpc.status import Context
from framecast.servers.rpc.video_messages import video_to
from framecast.servers.settings import NO_LIBRARY, LibrarySettings
from framecast.servers.stored_data import find_track, read_part
from framecast.servers.stored_files import PART_BYTES, Readers, find_file, gone, no_file, open_object
from framecast.servers.video_changes import EVERYTHING, Listener, VideoChanges, announce_video, finds
from framecast.v1 import videos_pb2

MOST = 200
_MOST_DEFAULT = 48
# A client that is gone is found by gRPC itself; nothing is sent in between.
_ALIVE_S = 3600.0
_LONGEST_S = 1e6
_END_NS = round(_LONGEST_S * NS)


class Videos:
    """One method for each of the service; see `handlers`. `path` is the node's socket."""

    def __init__(self, settings: LibrarySettings | None, node: AsyncNodeClient, path: Path) -> None:
        self._node = node
        self._readers = Readers()
        self._notices: set[asyncio.Task[None]] = set()
        self.catalogue = Catalogue(settings, self._announce) if settings is not None else None
        self._changes = VideoChanges(self.catalogue, path) if self.catalogue is not None else None

    async def list_videos(
        self, request: videos_pb2.ListVideosRequest, _context: Context
    ) -> videos_pb2.ListVideosResponse:
        """Return a page of those that the client finds."""
        who, catalogue = _viewer(), self._library()
        owner = who.account if request.owner == "me" else request.owner or None
        try:
            found = await catalogue.call(
                lambda library: library.videos(
                    who,
                    query=request.query,
                    tag=request.tag or None,
                    owner=owner,
                    state=request.state or None,
                    sort=request.sort or VideoOrder.NEWEST,
                    after=request.after or None,
                    most=min(request.most or _MOST_DEFAULT, MOST),
                )
            )
        except NotFound:  # nothing was ever stored
            return videos_pb2.ListVideosResponse()
        if self._changes is not None:
            self._changes.remember(found.videos)
        videos = [video_to(one, who) for one in found.videos]
        return videos_pb2.ListVideosResponse(videos=videos, next=found.next or "")

    async def get_video(self, request: videos_pb2.GetVideoRequest, _context: Context) -> videos_pb2.Video:
        """Return one."""
        return video_to(await self._find(request.id), _viewer(), has_files=True)

    async def watch_videos(self, request: videos_pb2.WatchVideosRequest, context: Context) -> None:
        """Write what changes, for as long as the client listens."""
        self._library()
        assert self._changes is not None
        if request.id:
            await self._find(request.id)
        listener, caller = self._changes.join(_viewer()), CALLER.get()

        def on_judged() -> None:
            listener.viewer = viewer_of(caller.sight.principal)

        caller.on_judged = on_judged
        try:
            await context.write(_event(EVERYTHING))
            async for ids in listener.changes(_ALIVE_S):
                for one in ids:
                    if request.id in ("", one) or one == EVERYTHING:
                        await context.write(await self._event(one, listener))
            raise Closed("the server is stopping: call again, it may come back")
        finally:
            self._changes.leave(listener)

    async def read_video(self, request: videos_pb2.ReadVideoRequest, context: Context) -> None:
        """Write the bytes of a file as fast as the client takes them."""
        video = await self._find(request.id, Scope.WATCH)
        if video.media is None:
            raise no_file(request.file or "to play")
        generation = request.generation or video.media.generation
        found = find_file(video, generation, request.file or str(video.media.manifest.get("download")))
        objects = await self._readers.run(self._library().objects)
        size = found.size
        if size is None:
            size = await self._readers.run(lambda: objects.size(found.key))
        start, end = _range(request, size)
        source = await self._readers.run(lambda: open_object(objects, found.key))
        try:
            name = found.key.rpartition("/")[2]
            file = videos_pb2.VideoFile(name=name, size=size, media_type=found.media_type)
            head = videos_pb2.ReadVideoResponse(file=file, generation=generation)
            await context.write(head.SerializeToString())
            for at in range(start, end, PART_BYTES):
                stop = min(at + PART_BYTES, end)
                data = await self._readers.run(lambda at=at, stop=stop: source.read(at, stop))  # type: ignore[misc]
                if len(data) != stop - at:
                    raise gone(found.key)
                await context.write(videos_pb2.ReadVideoResponse(data=data).SerializeToString())
        finally:
            await self._readers.run(source.close)

    async def read_video_data(self, request: videos_pb2.ReadVideoDataRequest, context: Context) -> None:
        """Write the records of a data track as fast as the client takes them."""
        track = find_track(await self._find(request.id, Scope.WATCH), request.track)
        objects = await self._readers.run(self._library().objects)
        at: Place | None = Place(_nanoseconds("from_s", request.from_s))
        end = _nanoseconds("to_s", request.to_s) or _END_NS
        while at is not None:
            part = await self._readers.run(lambda at=at: read_part(objects, track, at, end))  # type: ignore[misc]
            for one in part.records:
                made = videos_pb2.VideoDataRecord(
                    time_ns=one.time_ns, captured_at=one.captured_at, payload=one.payload
                )
                await context.write(made.SerializeToString())
            at = part.next

    async def delete_video(
        self, request: videos_pb2.DeleteVideoRequest, _context: Context
    ) -> videos_pb2.DeleteVideoResponse:
        """Put one into the bin."""
        who, caller = _viewer(), CALLER.get()
        principal, address = caller.sight.principal, str(caller.by.get("address", ""))

        def delete(library: Any) -> None:  # noqa: ANN401  `Library`, imported with its first use
            library.delete_video(request.id, who, by=_actor(principal, address))

        await self._library().change(request.id, delete)
        return videos_pb2.DeleteVideoResponse()

    def drain(self) -> None:
        """End all calls that follow changes."""
        if self._changes is not None:
            self._changes.drain()

    async def close(self) -> None:
        """Close the database and the threads."""
        if self._changes is not None:
            await self._changes.close()
        if self.catalogue is not None:
            self.catalogue.close()
        self._readers.close()

    def _library(self) -> Catalogue:
        if self.catalogue is None:
            raise NotFound(NO_LIBRARY)
        return self.catalogue

    async def _find(self, id: str, scope: Scope = Scope.READ) -> Video:
        who = viewer_of(CALLER.get().sight.principal, scope)
        try:
            return await self._library().call(lambda library: library.video(id, who))
        except NotFound as error:
            if self.catalogue is None:
                raise
            raise NotFound(f"there is no video {id!r:.80}") from error

    async def _event(self, id: str, listener: Listener) -> bytes:
        if id == EVERYTHING:
            return _event(id)
        try:
            video = await self._find(id)
        except NotFound:
            return _event(id)
        shown = video if finds(listener.viewer, video) else None
        return _event(id, None if shown is None else video_to(shown, listener.viewer))

    def _announce(self, video: str) -> None:
        task = asyncio.create_task(announce_video(self._node, video))
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)


def _viewer() -> Viewer:
    return viewer_of(CALLER.get().sight.principal)


def _actor(principal: Principal, address: str) -> Any:  # noqa: ANN401  `Actor`, imported with the library
    made: Any = sys.modules["framecast.accounts.account"].Actor
    return made(principal.account, address, principal.name or str(principal.kind))


def _event(id: str, video: videos_pb2.Video | None = None) -> bytes:
    return videos_pb2.VideoEvent(id=id, video=video).SerializeToString()


def _nanoseconds(name: str, seconds: float) -> int:
    if not 0 <= seconds <= _LONGEST_S:
        raise Invalid(f"{name} must be between 0 and {_LONGEST_S:g} seconds, got {seconds:g}")
    return round(seconds * NS)


def _range(request: videos_pb2.ReadVideoRequest, size: int) -> tuple[int, int]:
    """Return the bytes that are asked for, from and up to.

    Raises:
        Invalid: the file has no byte there.
    """
    if request.offset > size or (request.offset == size and size):
        raise Invalid(f"offset must be less than the {size} bytes of the file, got {request.offset}")
    end = min(request.offset + request.length, size) if request.length else size
    return request.offset, end
