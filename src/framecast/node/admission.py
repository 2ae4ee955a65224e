"""How people come in at one node: the mode of its access, the accounts server, and what follows from accounts.

A node without accounts starts none of it. Runs in the node's loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from framecast.bus.channel import Fields
from framecast.keyfile import KeyFile
from framecast.model.rights import Rights
from framecast.node import database
from framecast.node.access_mode import AccessMode, AccessState
from framecast.node.accounts_server import AccountsServer
from framecast.node.config import Config
from framecast.node.core import Core
from framecast.node.forks import Parent
from framecast.node.membership import Membership
from framecast.node.saved import SavedStreams
from framecast.servers.settings import LogSocket
from framecast.servers.web.settings import clean_base_path
from framecast.servers.web.streams.addresses import lan_urls, own_addresses


class Admission:
    """`on_change` is called when servers must go on with another `state`. `log_fd` is the socket for the records of child processes."""

    def __init__(self, config: Config, parent: Parent, log_fd: int, on_change: Callable[[], None]) -> None:
        self.url = ""  # of the web server, once its port is open
        self._config = config
        self._saved = SavedStreams(config.data_dir)
        self._core: Core | None = None
        self._membership: Membership | None = None
        sink = LogSocket(fd=log_fd, level=config.log.level, levels=dict(config.log.levels))
        self._server = AccountsServer(parent, sink, config.runtime_dir, config.audit_days)
        self._server.on_changed = self._changed
        self._mode = AccessMode(config, self._has_admin, on_change, self._begin_accounts)

    @property
    def state(self) -> AccessState:
        """What servers are given."""
        return self._mode.state

    @property
    def has_accounts(self) -> bool:
        """True once there is an admin."""
        return self._mode.has_accounts

    @property
    def saved(self) -> SavedStreams:
        """The file of saved streams, as long as there are no accounts."""
        return self._saved

    @property
    def pids(self) -> list[int]:
        """The processes that run."""
        return self._server.pids

    def info(self) -> Fields:
        """Return the accounts server as `info` has a process; nothing without accounts."""
        return self._server.info()

    async def begin(self) -> None:
        """Find out the mode.

        Raises:
            FramecastError: there is a database, and it cannot be opened.
        """
        await self._mode.begin()

    async def load_streams(self, core: Core) -> None:
        """Load the saved streams of `core`, from where they are.

        Raises:
            FramecastError: the database cannot be read.
        """
        self._core = core
        core.topics.observe("accounts", self._look)
        if self.has_accounts:
            await self._begin_accounts()
        else:
            await core.catalog.load_saved()

    def start(self) -> None:
        """Look for the first account from now on."""
        self._mode.start()

    def follow(self, config: Config) -> None:
        """Go on with another configuration."""
        self._config = config
        self._mode.follow(config)

    async def close(self) -> None:
        """End the accounts server. Idempotent."""
        await self._mode.close()
        if self._membership is not None:
            await self._membership.close()
        await self._server.close()

    # --- the setup

    def database(self) -> Fields:
        """Return the URL of the database that has the accounts or will have the first one, the data folder, and whether it exists."""
        return {
            "database": database.place_of(self._config),
            "data_dir": str(self._config.data_dir.absolute()),
            "exists": database.found(self._config) is not None,
        }

    async def new_setup(self) -> Fields:
        """Return another secret for the first account, and the addresses at which it is made.

        Raises:
            Conflict: the node does not wait for it.
        """
        expires = self._mode.new_secret().expires_at
        return {"secret": self._mode.secret, "expires": expires, "urls": await self.setup_urls()}

    async def setup_urls(self) -> list[str]:
        """Return the addresses of the page /setup, with the secret where nothing sends it on; empty if the node does not wait for an account."""
        if self.state.setup is None:
            return []
        own = await asyncio.to_thread(own_addresses)
        port, base = urlsplit(self.url).port or 0, clean_base_path(self._config.base_path)
        urls = lan_urls(self._config.host, port, base, own)
        return [f"{url}setup#{self._mode.secret}" for url in urls or [self.url]]

    # --- accounts

    async def _has_admin(self, found: str) -> bool:
        self._server.open(found)
        return bool((await self._server.ask("state"))["admins"])

    async def _begin_accounts(self) -> None:
        core = self._core
        assert core is not None
        if self._membership is None:
            membership = Membership(self._server, core.catalog, KeyFile(self._config.data_dir))
            core.forks.is_of_member = membership.is_of_member
            await membership.begin(self._saved)
            self._membership = membership
            core.users.begin(self._rights_of)

    async def _rights_of(self, uid: int) -> Rights | None:
        rights = (await self._server.ask("uid", uid=uid))["rights"]
        return None if rights is None else Rights.from_json(rights)

    def _look(self) -> None:
        self._server.look()
        self._mode.notice()

    def _changed(self) -> None:
        self._mode.notice()
        if self._membership is not None:
            self._membership.change()
        if self._core is not None:
            self._core.users.change()
