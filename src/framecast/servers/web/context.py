"""What all routes share: settings, the gate, open connections, the node, live media. Event loop only."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from fastapi import Request

from framecast.bus import to_node
from framecast.bus.runtime import node_socket
from framecast.control.aio import AsyncNodeClient
from framecast.control.changes import Change, Changes
from framecast.control.following import Following
from framecast.servers.access.accounts_topic import announce_accounts, follow_accounts
from framecast.servers.access.gate import Gate
from framecast.servers.access.links import Links
from framecast.servers.access.people import People
from framecast.servers.access.policy import Sight
from framecast.servers.access.registry import Registry, descriptors_for_connections
from framecast.servers.access.token import AccessToken
from framecast.servers.access.vigil import Vigil
from framecast.servers.catalogue import Catalogue
from framecast.servers.rooms.hub import RoomHub
from framecast.servers.stored_files import Readers
from framecast.servers.upkeep import Upkeep
from framecast.servers.video_changes import VideoChanges, announce_video
from framecast.servers.web.assets import Assets
from framecast.servers.web.http.connection import SPARE
from framecast.servers.web.http.credentials import principal_of
from framecast.servers.web.http.crossing import FilePaths, WebCrossing
from framecast.servers.web.http.handshakes import Handshakes
from framecast.servers.web.http.requests import Requests
from framecast.servers.web.live.hls import Packagers
from framecast.servers.web.live.live_jpegs import LiveJpegs
from framecast.servers.web.live.live_mp4s import LiveMp4s
from framecast.servers.web.live.roster import Roster
from framecast.servers.web.live.stream_states import StreamStates
from framecast.servers.web.live.trial import Trials
from framecast.servers.web.settings import WebSettings

if TYPE_CHECKING:
    from framecast.servers.uploads.uploads import Uploads


class WebContext:
    """The state of the web server's process. `address` is where it listens, '' for a UNIX socket."""

    def __init__(self, settings: WebSettings, address: str) -> None:
        self.settings = settings
        self.address = address
        # Without a data folder there are no links: the node has made none.
        links = Links(settings.data_dir) if settings.data_dir else None
        # Without a database there are no accounts; during the setup there is one, and its first account is made.
        database = settings.database or (settings.setup.database if settings.setup else None)
        self.people = People(database, self._announce) if database else None
        token = AccessToken(settings.access_token) if settings.access_token else None
        self.gate = Gate(token, links=links, people=self.people)
        self.connections = Registry(descriptors_for_connections(), SPARE)
        self.requests = Requests()
        self.files = WebCrossing(settings.runtime_dir, FilePaths(settings.base_path), self.requests)
        path = node_socket(settings.runtime_dir)
        self.changes = Changes()
        self.following = Following(path, self.changes.note)
        self.vigil = Vigil(self.gate, [self.connections], self.changes.newest)
        self.states = StreamStates(self.changes)
        self.live_jpegs = LiveJpegs(to_node(path), self.states.every_s)
        self.live_mp4s = LiveMp4s(to_node(path), self.states.every_s)
        self.roster = Roster(self.changes.newest, self.viewers)
        self.upkeep = Upkeep()
        self.packagers = Packagers(self.live_mp4s, self.upkeep)
        self.node = AsyncNodeClient(path)
        library = settings.library
        self.catalogue = Catalogue(library, self._announce_video) if library is not None else None
        rooms = settings.rooms
        self.rooms = (
            RoomHub(rooms, self.node, path, self.changes.newest, self.catalogue)
            if rooms is not None
            else None
        )
        self.handshakes = Handshakes()
        self.readers = Readers()
        self.video_changes = VideoChanges(self.catalogue, path) if self.catalogue is not None else None
        self.uploads: Uploads | None = None  # made with the first request about an upload
        self._path = path
        self._tasks: set[asyncio.Task[None]] = set()
        self.changes.listen("", self._on_change)
        self.trials = Trials(self.node, to_node(path))
        self.assets = Assets()

    def start(self) -> None:
        """Begin to follow the streams."""
        self._keep(self.following.run(), "streams")
        if self.rooms is not None:
            self._keep(self.rooms.upkeep(), "rooms")
        if self.people is not None:
            self._keep(follow_accounts(self._path, self.vigil), "accounts")

    async def close(self) -> None:
        """Let all clients go, and end the connections to the node."""
        self.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.node.close()
        self.files.close()
        if self.people is not None:
            self.people.close()
        if self.video_changes is not None:
            await self.video_changes.close()
        if self.rooms is not None:
            await self.rooms.close()
        if self.uploads is not None:
            self.uploads.close()
        if self.catalogue is not None:
            self.catalogue.close()
        self.readers.close()

    def sight(self, request: Request) -> Sight:
        """Return what the client of a request may do with streams."""
        return Sight(principal_of(request.scope), self.changes.newest)

    def _keep(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _announce(self) -> None:
        """Tell the other servers of this node that accounts have changed; without the notice they notice it a little later."""
        self._keep(announce_accounts(self.node), "notice")

    def _announce_video(self, video: str) -> None:
        """Publish that a video has changed."""
        self._keep(announce_video(self.node, video), "notice")

    def _on_change(self, change: Change) -> None:
        self.vigil.on_stream(change.name)
        if change.status is None:
            self.drop_stream(change.name)

    def viewers(self) -> dict[str, int]:
        """Return how many look at each stream, in whatever form."""
        counts = self.live_jpegs.viewers()
        for name, count in self.live_mp4s.viewers().items():
            counts[name] = counts.get(name, 0) + count
        return counts

    def viewers_cut(self) -> dict[str, int]:
        """Return how many viewers of each stream were cut because they did not read."""
        counts: dict[str, int] = {}
        for stats in (self.live_jpegs.stats(), self.live_mp4s.stats()):
            for name, found in stats.items():
                counts[name] = counts.get(name, 0) + found.cut
        return counts

    def drop_stream(self, name: str) -> None:
        """Forget a stream that was removed, and let its viewers go."""
        self.live_jpegs.drop_stream(name)
        self.live_mp4s.drop_stream(name)

    def drain(self) -> None:
        """Let all viewers go: they would never end by themselves."""
        self.vigil.close()
        if self.video_changes is not None:
            self.video_changes.drain()
        if self.uploads is not None:
            self.uploads.drain()
        self.upkeep.drain()
        if self.rooms is not None:
            self.rooms.drain()
        self.live_mp4s.drain()
        self.live_jpegs.drain()


def web_of(request: Request) -> WebContext:
    """Return the shared state, for a route."""
    web = request.app.state.web
    assert isinstance(web, WebContext)
    return web
