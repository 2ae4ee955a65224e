"""The node's end of the library server: it starts when the library is used for the first time, and answers questions about videos.

"Used" means that the folder of the library exists, or that somebody has published a notice of the topic `videos`. A node whose library is not used starts
nothing, and neither does one whose library is turned off. Runs in the node's loop; looks at the disk in a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from framecast.bus.channel import Fields
from framecast.control.topics import TOPICS, Notice
from framecast.errors import FramecastError, NotFound
from framecast.log import get_logger
from framecast.node.asked_server import AskedServer
from framecast.node.config import Config
from framecast.node.forks import Parent
from framecast.node.library_given import library_of
from framecast.node.topics import Topics
from framecast.servers.settings import NO_LIBRARY, LibrarySettings, LogSocket, Settings

# A conversion that runs is given up then, and done again later.
DRAIN_S = 3.0
TOPIC = "videos"
_EVENT, _FIGURES = "video", "figures"

log = get_logger(__name__)


class LibraryServer:
    """`log_fd` is the socket for the records of the process; `on_figures` gets its figures for /metrics."""

    def __init__(
        self, config: Config, parent: Parent, log_fd: int, on_figures: Callable[[object], None]
    ) -> None:
        sink = LogSocket(fd=log_fd, level=config.log.level, levels=dict(config.log.levels))
        self._config = config
        self._log = sink
        self._on_figures = on_figures
        self._server = AskedServer(parent, sink, "library", "the library", DRAIN_S, self._hear)
        self._topics: Topics | None = None
        self.on_notice: Callable[[], None] = lambda: None  # a video has changed
        self.on_start: Callable[[], None] = lambda: None  # the library is in use
        self._is_own = False  # the notice that is being published comes from the process itself
        self._looking: asyncio.Task[None] | None = None

    @property
    def pids(self) -> list[int]:
        """The process, if it runs."""
        return self._server.pids

    def info(self) -> Fields:
        """Return the process as `info` has it, nothing if the library is not used."""
        return self._server.info()

    async def begin(self, topics: Topics) -> None:
        """Follow the topic, and start the process if the library was used before."""
        self._topics = topics
        topics.observe(TOPIC, self._notice)
        await self._start_if_used()

    def follow(self, config: Config) -> None:
        """Go on with another configuration: the process is ended or started, or started again if it has other settings."""
        self._config = config
        process, library = self._server.process, self._library()
        if library is None:
            if process is not None:
                log.info("the library is turned off: its server ends")
                self._server.stop()
                self.on_notice()
        elif process is None:
            self._looking = asyncio.get_running_loop().create_task(self._start_if_used(), name="library")
        elif process.settings.library != library:
            process.renew(self._settings(library), DRAIN_S)

    async def close(self) -> None:
        """End the process. Idempotent."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait((self._looking,))
        await self._server.close()

    async def order(self, op: str, **fields: Any) -> Fields:  # noqa: ANN401  JSON
        """Return the answer to an order (`servers.library.recording_orders`), for which the library begins to be used if it was not.

        Raises:
            NotFound: the library is turned off. FramecastError: what the process answered.
        """
        if self._server.process is None:
            library = self._library()
            if library is None:
                raise NotFound(NO_LIBRARY)
            self._start(library)
        await self._server.connected()
        return await self._server.ask(op, **fields)

    async def ask(self, op: str, **fields: Any) -> Fields:  # noqa: ANN401  JSON
        """Return the answer to a question (`servers.library.questions`).

        Raises:
            NotFound: the library is not used, or turned off. FramecastError: what the process answered.
        """
        if self._server.process is None:
            raise NotFound(NO_LIBRARY if self._library() is None else "this node has no videos")
        return await self._server.ask(op, **fields)

    async def _start_if_used(self) -> None:
        library = self._library()
        if library is None or not await asyncio.to_thread(library.folder.is_dir):
            return
        if library == self._library():  # the configuration may have changed meanwhile
            self._start(library)

    def _notice(self) -> None:
        self.on_notice()
        if self._is_own:
            return
        if self._server.process is not None:
            self._server.look()
        elif (library := self._library()) is not None:
            self._start(library)

    def _hear(self, fields: Fields) -> None:
        """Tell everybody which video the process has changed."""
        if fields.get("event") == _FIGURES:
            self._on_figures(fields.get("figures"))
        if fields.get("event") != _EVENT or self._topics is None:
            return
        self._is_own = True
        try:
            self._topics.publish(Notice(TOPIC, str(fields.get("key", ""))))
        finally:
            self._is_own = False

    def _library(self) -> LibrarySettings | None:
        try:
            return library_of(self._config)
        except FramecastError as error:
            log.error("the library is not used: %s", error)
            return None

    def _start(self, library: LibrarySettings) -> None:
        log.info("the library is in use: its server starts", folder=str(library.folder))
        self._server.start(self._settings(library))
        self.on_start()

    def _settings(self, library: LibrarySettings | None) -> Settings:
        return Settings(
            fd=-1,
            host="",
            port=0,
            runtime_dir=self._config.runtime_dir,
            access_token=None,
            database=None,
            data_dir=None,
            library=library,
            rooms=None,
            log=self._log,
        )


assert TOPIC in TOPICS
