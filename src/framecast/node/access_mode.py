"""How people come in: an open node or one with a token, a node that waits for its first account, a node with accounts.

A node whose ports other machines reach, and that has neither accounts nor a token, waits: only its web server runs, and only for a
client that shows a secret that the terminal has. When the first account exists the mode changes while the node runs: the topic `accounts` says
so, and the file of the database is looked for as well, because a notice may be lost. Once there is a database, which stored videos need too, it is asked when it has
changed, and not before: `notice` is called then. Runs in the node's loop; looks at the disk in a thread.
"""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from framecast.errors import Conflict, FramecastError
from framecast.log import get_logger
from framecast.node import database
from framecast.node.config import Config
from framecast.servers.web.settings import SetupMode

# The first account must be made within this time; 'framecast setup' gives another secret.
SETUP_S = 3600
# Interval between two looks for the file of the database.
LOOK_S = 1.0
_SECRET_BYTES = 32

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccessState:
    """What servers are given: the URL of the database of people (None: no accounts), and whether the first account is still to be made."""

    database: str | None = field(default=None, repr=False)
    setup: SetupMode | None = None


HasAdmin = Callable[[str], Awaitable[bool]]


async def _nothing() -> None:
    """There is nothing to do before."""


class AccessMode:
    """The mode of one node. `on_change` is called after `state` has changed, but not by `follow`."""

    def __init__(
        self,
        config: Config,
        has_admin: HasAdmin,
        on_change: Callable[[], None],
        on_accounts: Callable[[], Awaitable[None]] = _nothing,
        now: Callable[[], float] = time.time,
        look_s: float = LOOK_S,
    ) -> None:
        """`has_admin` looks into a database; `on_accounts` is awaited before the node goes on with the first account."""
        self.secret = ""  # of the setup, for the terminal; nowhere else
        self._config = config
        self._has_admin = has_admin
        self._on_change = on_change
        self._on_accounts = on_accounts
        self._now = now
        self._look_s = look_s
        self._hint = asyncio.Event()
        self._looking: asyncio.Task[None] | None = None
        self._is_answered = False  # there is a database, and it has said that it has no admin
        self.state = AccessState()

    async def begin(self) -> None:
        """Find out the mode.

        Raises:
            FramecastError: there is a database, and it cannot be opened: a node with accounts must not open without them.
        """
        self.state = AccessState(await self._found())
        self._settle()

    @property
    def has_accounts(self) -> bool:
        """True once there is a database of people with an admin in it."""
        return self.state.database is not None

    def start(self) -> None:
        """Look for the first account until there is one."""
        if not self.has_accounts:
            self._looking = asyncio.get_running_loop().create_task(self._look(), name="accounts")

    async def close(self) -> None:
        """Stop looking. Idempotent."""
        if self._looking is not None:
            self._looking.cancel()
            with suppress(asyncio.CancelledError):
                await self._looking

    def notice(self) -> None:
        """Look now: accounts have changed."""
        self._hint.set()

    def follow(self, config: Config) -> None:
        """Go on with another configuration: a token ends the setup."""
        self._config = config
        self._settle()

    def new_secret(self) -> SetupMode:
        """Return the setup with another secret, which is in `secret`; the one before opens nothing any more.

        Raises:
            Conflict: the node does not wait for its first account.
        """
        if self.state.setup is None:
            raise Conflict(
                "this node does not wait for its first account: it has accounts or an access token, or only this machine reaches it"
            )
        setup = self._new_setup()
        self._on_change()
        return setup

    def _settle(self) -> None:
        needs_setup = not self.has_accounts and self._config.needs_accounts
        if needs_setup and self.state.setup is None:
            self._new_setup()
        elif not needs_setup:
            self.secret, self.state = "", AccessState(self.state.database)

    def _new_setup(self) -> SetupMode:
        self.secret = secrets.token_urlsafe(_SECRET_BYTES)
        setup = SetupMode(
            secret_sha256=hashlib.sha256(self.secret.encode()).hexdigest(),
            expires_at=int(self._now()) + SETUP_S,
            database=database.place_of(self._config),
        )
        self.state = AccessState(None, setup)
        return setup

    async def _look(self) -> None:
        while not self.has_accounts:
            with suppress(TimeoutError):
                async with asyncio.timeout(None if self._is_answered else self._look_s):
                    await self._hint.wait()
            self._hint.clear()
            try:
                found = await self._found()
                if found is not None:
                    await self._on_accounts()
            except FramecastError as error:
                log.error("the accounts cannot be used yet: %s", error)
                await asyncio.sleep(self._look_s)
                continue
            if found is not None:
                log.info("this node has accounts now: its servers are started again")
                self.state = AccessState(found)
                self._settle()
                self._on_change()

    async def _found(self) -> str | None:
        """Return the URL of the database if there is one with an admin: before, nobody could sign in."""
        found = await asyncio.to_thread(database.found, self._config)
        self._is_answered = False
        if found is None:
            return None
        has_admin = await self._has_admin(found)
        self._is_answered = True
        return found if has_admin else None
