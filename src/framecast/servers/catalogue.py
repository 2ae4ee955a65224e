"""The library of the node as a server sees it: on threads of its own, in the name of a viewer.

The module of the library is imported with the first use, and the database is opened then. A library that was never used is not made by
being looked at: it is in use from the moment at which its folder exists. The event loop waits for a thread, and does no I/O.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from framecast.errors import NotFound
from framecast.model.rights import Scope
from framecast.model.video import ANONYMOUS, LOCAL, Viewer
from framecast.servers.access.crew import Crew
from framecast.servers.access.principal import Kind, Principal
from framecast.servers.settings import LibrarySettings
from framecast.servers.stored_objects import open_objects

if TYPE_CHECKING:
    from framecast.library import Library
    from framecast.store.objects import Objects

T = TypeVar("T")

_THREADS = 3
NOTHING_YET = "there is nothing in the library yet"


class Catalogue:
    """The library of `settings`. `announce` is called on the loop after each change by `change`, with the id of the video, '' for any."""

    def __init__(
        self, settings: LibrarySettings, announce: Callable[[str], None] = lambda _video: None
    ) -> None:
        self.settings = settings
        self._announce = announce
        self._library: Library | None = None
        self._objects: Objects | None = None
        self._opening = threading.Lock()
        self._crew = Crew("library", _THREADS)

    async def call(self, work: Callable[[Library], T]) -> T:
        """Return what `work` returns; it gets the library on another thread, and may block there. It changes nothing.

        Raises:
            NotFound: the library was never used. WouldBlock: too much waits already.
            FramecastError: the database cannot be opened, or what `work` raises.
        """
        return await self._crew.run(lambda: work(self.open()))

    async def change(self, video: str, work: Callable[[Library], T], *, makes: bool = False) -> T:
        """Return what `work` returns, as `call`; it changes a video, '' for several. With `makes` the library begins with this."""
        result = await self._crew.run(lambda: work(self.open(makes=makes)))
        self._announce(video)
        return result

    def announce(self, video: str) -> None:
        """Say on the loop that a video was changed by other means than `change`."""
        self._announce(video)

    def close(self) -> None:
        """Take no more work, and end the connections to the database. Idempotent."""
        self._crew.close()
        library, self._library = self._library, None
        if library is not None:
            library.close()

    # --- on a thread

    def open(self, *, makes: bool = False) -> Library:
        """Return the library; blocks for the disk, any thread.

        Raises:
            NotFound: it was never used.
        """
        with self._opening:
            if self._library is None:
                folder = self.settings.folder
                if makes:
                    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                elif not folder.is_dir():
                    raise NotFound(NOTHING_YET)
                # Here, because a node whose library was never used does without the libraries of this module.
                found: Library = import_module("framecast.library").open_library(self.settings.database)
                self._library = found
            return self._library

    def objects(self) -> Objects:
        """Return the store of the files; any thread."""
        with self._opening:
            if self._objects is None:
                self._objects = open_objects(self.settings)
            return self._objects


def viewer_of(principal: Principal, scope: Scope = Scope.READ) -> Viewer:
    """Return who a client is to the library. A token without the scope, or for one stream, sees what everybody sees."""
    rights = principal.rights
    if principal.kind is Kind.LINK:
        return ANONYMOUS
    if rights is None:
        return LOCAL
    # A token for one video opens what stands about it, too: players show the title.
    needed = scope if rights.only_video is None else Scope.WATCH
    if principal.account is None or rights.only_stream is not None or not rights.carries(needed):
        return ANONYMOUS
    return Viewer(principal.account, rights.is_admin, is_member=True, only_video=rights.only_video)
