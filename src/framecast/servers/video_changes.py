"""What tells clients that videos have changed: the ids of those that a client may find.

The topic `videos` says that something has changed, the database what is there now. One look at the database serves all clients. A client gets an
id if it may find the video now, or might before the change; so it also hears of what has gone. An empty id means: read the list again.
What waits for a client is bounded; beyond that it gets the empty id. Event loop; the database is read on the catalogue's threads.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from framecast.control.aio import AsyncNodeClient, keep_following
from framecast.control.topics import Notice
from framecast.errors import FramecastError, NotFound
from framecast.model.video import LOCAL, Video, Viewer, Visibility
from framecast.servers.catalogue import Catalogue

if TYPE_CHECKING:
    from framecast.library import Library

TOPIC = "videos"
MOST_WAITING = 256
MOST_REMEMBERED = 4096
# Progress of jobs comes in many notices: one look serves all of this time.
_GATHER_S = 0.25
EVERYTHING = ""

log = logging.getLogger("framecast.library")


class Listener:
    """One client that gets events, and what waits for it."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self._waiting: dict[str, None] = {}
        self._is_over = False
        self._wake = asyncio.Event()

    def add(self, video: str) -> None:
        """Send the id of a video next."""
        if len(self._waiting) >= MOST_WAITING or EVERYTHING in self._waiting:
            self._waiting = {EVERYTHING: None}
        else:
            self._waiting[video] = None
        self._wake.set()

    def end(self) -> None:
        """Send nothing more."""
        self._is_over = True
        self._wake.set()

    async def changes(self, alive_s: float) -> AsyncIterator[tuple[str, ...]]:
        """Yield the ids of what has changed, and nothing of it every `alive_s`, until `end`."""
        while not self._is_over:
            with suppress(TimeoutError):
                async with asyncio.timeout(alive_s):
                    await self._wake.wait()
            self._wake.clear()
            waiting, self._waiting = self._waiting, {}
            yield tuple(waiting)


class VideoChanges:
    """All listeners of a server. `path` is the node's socket; the topic is followed from the first listener on."""

    def __init__(self, catalogue: Catalogue, path: Path) -> None:
        self._catalogue = catalogue
        self._path = path
        self._listeners: set[Listener] = set()
        self._known: OrderedDict[str, Video] = (
            OrderedDict()
        )  # as clients were shown them last, without what is long
        self._changed: dict[str, None] = {}
        self._hint = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def count(self) -> int:
        """How many clients get events."""
        return len(self._listeners)

    def join(self, viewer: Viewer) -> Listener:
        """Return a new listener."""
        found = Listener(viewer)
        self._listeners.add(found)
        if not self._tasks:
            follow = keep_following(self._path, (TOPIC,), self.on_notice)
            self._tasks = [asyncio.create_task(work) for work in (follow, self._look_at_changes())]
        return found

    def remember(self, videos: Iterable[Video]) -> None:
        """Note what clients were shown: they hear of it when they may not see it any more."""
        for one in videos:
            self._known[one.id] = replace(one, description="", tags=(), media=None)
            self._known.move_to_end(one.id)
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    def leave(self, listener: Listener) -> None:
        """Forget a listener. Idempotent."""
        self._listeners.discard(listener)

    def on_notice(self, notice: Notice) -> None:
        """Note what has changed."""
        if self._listeners:
            self._changed[EVERYTHING if notice.missed else notice.key] = None
            if len(self._changed) > MOST_WAITING:
                self._changed = {EVERYTHING: None}
            self._hint.set()

    def drain(self) -> None:
        """Let all clients go: they would never end by themselves."""
        for listener in self._listeners:
            listener.end()

    async def close(self) -> None:
        """Follow nothing any more."""
        self.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _look_at_changes(self) -> None:
        while True:
            await self._hint.wait()
            await asyncio.sleep(_GATHER_S)
            self._hint.clear()
            changed, self._changed = self._changed, {}
            try:
                await self._tell(changed)
            except FramecastError as error:  # the pages read everything again
                log.warning("changed videos cannot be read now: %s", error)
                self._send(EVERYTHING, self._listeners)

    async def _tell(self, changed: Iterable[str]) -> None:
        ids = [one for one in changed if one != EVERYTHING]
        if EVERYTHING in changed:
            self._send(EVERYTHING, self._listeners)
            return
        found = await self._catalogue.call(lambda library: _read(library, ids))
        for one in ids:
            before, now = self._known.pop(one, None), found.get(one)
            if now is not None:
                self.remember((now,))
            self._send(
                one,
                [each for each in self._listeners if finds(each.viewer, now) or finds(each.viewer, before)],
            )

    @staticmethod
    def _send(video: str, listeners: Iterable[Listener]) -> None:
        for listener in listeners:
            listener.add(video)


def finds(viewer: Viewer, video: Video | None) -> bool:
    """Return whether a viewer finds a video in lists. The id of an unlisted one opens it, so only its owner and the admins get that."""
    if video is None or not video.may_be_seen_by(viewer):
        return False
    return video.visibility is not Visibility.UNLISTED or video.may_be_edited_by(viewer)


async def announce_video(node: AsyncNodeClient, video: str) -> None:
    """Publish a notice; without a node it is left out."""
    try:
        await node.publish(Notice(TOPIC, video))
    except FramecastError as error:
        log.debug("a change of a video was not announced: %s", error)


def _read(library: Library, ids: Iterable[str]) -> Mapping[str, Video]:
    found = {}
    for one in ids:
        with suppress(NotFound):
            found[one] = library.video(one, LOCAL)
    return found
