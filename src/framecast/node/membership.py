"""The node's side of accounts: the saved streams of the database as they change, and which addresses an admin has given.

Changes that come while one is followed are followed together. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from framecast.errors import FramecastError
from framecast.keyfile import KeyFile
from framecast.log import get_logger
from framecast.model import StreamSpec
from framecast.node.accounts_server import AccountsServer
from framecast.node.catalog import Catalog
from framecast.node.saved import SavedStreams
from framecast.node.storage import InDatabase

# After a database that could not be asked.
RETRY_S = 1.0

log = get_logger(__name__)


class Membership:
    """Follows the database for a catalog."""

    def __init__(self, server: AccountsServer, catalog: Catalog, keys: KeyFile) -> None:
        self._server = server
        self._catalog = catalog
        self._storage = InDatabase(server, keys)
        self._admins: frozenset[str] = frozenset()
        self._streams = ""  # the state of the saved streams that was loaded
        self._changed = asyncio.Event()
        self._following: asyncio.Task[None] | None = None

    async def begin(self, saved: SavedStreams) -> None:
        """Take over the streams of the file, load those of the database, and follow its changes from now on.

        Raises:
            FramecastError: the database cannot be used.
        """
        await self._storage.take_over(saved)
        self._catalog.keep_in(self._storage)
        await self._follow()
        self._following = asyncio.get_running_loop().create_task(self._keep_following(), name="accounts")

    def change(self) -> None:
        """The database has changed."""
        self._changed.set()

    async def close(self) -> None:
        """Stop following. Idempotent."""
        if self._following is not None:
            self._following.cancel()
            with suppress(asyncio.CancelledError):
                await self._following

    def is_of_member(self, spec: StreamSpec) -> bool:
        """Return whether an address was given by an account that is not an admin, or does not exist any more."""
        giver = self._catalog.giver_of(spec)
        return giver is not None and giver not in self._admins

    async def _keep_following(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._follow()
            except FramecastError as error:
                log.warning("a change of the accounts is followed later: %s", error)
                self._changed.set()
                await asyncio.sleep(RETRY_S)

    async def _follow(self) -> None:
        state = await self._server.ask("state")
        self._admins = frozenset(state["admins"])
        if state["streams"] != self._streams:
            await self._catalog.load_saved()
            self._streams = state["streams"]
