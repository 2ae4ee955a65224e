"""The rooms of the node as a server reaches them: on threads of its own, as the library (`servers.catalogue`).

The module of the rooms is imported with the first use, and the database is opened then. A node on which nothing was ever said has no folder of
rooms: it is made by the first change, and until then nothing is asked. On PostgreSQL, which nodes share, the other node may have begun.
SQLite lets one transaction write at a time, so one thread makes all changes there: several would sleep and try again. The event loop waits for a
thread, and does no I/O.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, TypeVar

from framecast.errors import FramecastError, NotFound
from framecast.model.room import Room, Visitor
from framecast.model.room_limits import RoomLimits
from framecast.model.room_settings import RoomSettings
from framecast.servers.access.credential import is_room_secret
from framecast.servers.access.crew import Crew
from framecast.servers.settings import RoomsSettings

if TYPE_CHECKING:
    from framecast.rooms import Rooms

T = TypeVar("T")

_THREADS = 4
_MOST_WAITING = 256
_LAST_S = 2.0
# By the first message: a second of computing in all. The database itself is made in a quarter of that.
_NEEDED = ("framecast.rooms", "framecast.store.migrations")
NOTHING_YET = "nothing was said in any room yet"


class RoomDesk:
    """The rooms of `settings`."""

    def __init__(self, settings: RoomsSettings) -> None:
        self.settings = settings
        self._rooms: Rooms | None = None
        self._opening = threading.Lock()
        self._is_file = settings.database.startswith("sqlite")
        self._warming: asyncio.Task[None] | None = None
        self._readers = Crew("rooms", _THREADS, _MOST_WAITING)
        self._writers = Crew("changes of rooms", 1 if self._is_file else _THREADS, _MOST_WAITING)

    async def call(self, work: Callable[[Rooms], T], *, makes: bool = False, writes: bool = False) -> T:
        """Return what `work` returns; it gets the rooms on another thread, and may block there. With `makes` they begin with this.

        `writes` says that it changes something.

        Raises:
            NotFound: nothing was ever said. WouldBlock: too much waits already.
            FramecastError: the database cannot be opened, or what `work` raises.
        """
        crew = self._writers if writes or makes else self._readers
        return await crew.run(lambda: work(self.open(makes=makes)))

    async def look(self, work: Callable[[Rooms], T], nothing: T, *, writes: bool = False) -> T:
        """Return what `work` returns, `nothing` if nothing was ever said; raises as `call`."""

        def looked() -> T:
            try:
                rooms = self.open()
            except NotFound:
                return nothing
            return work(rooms)

        return await (self._writers if writes else self._readers).run(looked)

    async def accept(self, secret: str, who: Visitor, check: Callable[[], None] = lambda: None) -> Room:
        """Make somebody a member of the room of an invitation. It is read before anything is locked, and only if the text has the form of one.

        `check` is called when the invitation exists, and raises if the caller has no right to write.

        Raises:
            NotFound: the invitation has ended, or never existed. FramecastError: as `check`, `Rooms.accept` or `call`.
        """

        def find(rooms: Rooms) -> Room | None:
            return rooms.invited_to(secret)

        found = await self.look(find, None) if is_room_secret(secret) else None
        if found is None:
            raise NotFound("this invitation has ended: ask for a new one", reason="invitation")
        check()
        return await self.call(lambda rooms: rooms.accept(secret, who), writes=True)

    def warm(self) -> None:
        """Load what opening the database needs, on a thread: somebody is about to say the first thing. It opens and makes nothing. Idempotent."""
        if self._rooms is None and self._warming is None:
            self._warming = asyncio.create_task(self._load(), name="warming of rooms")

    async def _load(self) -> None:
        with suppress(FramecastError):  # the first message loads it
            await self._readers.run(lambda: [import_module(name) for name in _NEEDED])

    async def end(self) -> None:
        """Close after what runs on the threads has ended, or after two seconds: a connection in use would stay open."""
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.to_thread(self._end_crews), _LAST_S)
        self.close()

    def close(self) -> None:
        """Take no more work, and end the connections to the database. Idempotent."""
        self._readers.close()
        self._writers.close()
        rooms, self._rooms = self._rooms, None
        if rooms is not None:
            rooms.close()

    # --- on a thread

    def _end_crews(self) -> None:
        for crew in (self._writers, self._readers):
            crew.close(wait=True)

    def open(self, *, makes: bool = False) -> Rooms:
        """Return the rooms; blocks for the disk, any thread.

        Raises:
            NotFound: nothing was ever said.
        """
        with self._opening:
            if self._rooms is None:
                given = self.settings
                if makes:
                    given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                elif self._is_file and not given.folder.is_dir():
                    raise NotFound(NOTHING_YET)
                # Here, because a node on which nothing was ever said does without the libraries of this module.
                module = import_module("framecast.rooms")
                self._rooms = module.open_rooms(
                    given.database,
                    defaults=RoomSettings(guests=given.guests),
                    longest_text=given.message_chars,
                    keep_s=given.retention_s,
                    limits=RoomLimits.of(given.limits),
                )
            found: Rooms = self._rooms
            return found
