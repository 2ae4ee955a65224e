"""Other users of this machine at node.sock: with accounts each has the rights of its account, and none without one.

The rights are asked for once, and again after each change of the accounts; then every connection is judged again, and one that may not stay is
ended. What the node has handed out is cut as well: see `Reader`. Without accounts a user that the mode of the socket lets in may do everything. Runs
in the node's loop.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from framecast.bus.channel import Fields
from framecast.errors import Denied, FramecastError
from framecast.log import get_logger
from framecast.model.rights import Rights
from framecast.model.status import Status
from framecast.node.connection import Connection
from framecast.node.directory import LocalDirectory
from framecast.servers.access.policy import may, not_allowed, unknown_stream
from framecast.servers.access.principal import Kind, Principal, Requirement

# After accounts that could not be asked.
RETRY_S = 0.5
# Users without an account that are remembered: each connection of theirs would ask again.
MAX_KNOWN = 1024

log = get_logger(__name__)

FindRights = Callable[[int], Awaitable[Rights | None]]


@dataclass(slots=True)
class User:
    """A user of this machine with an account. Its rights change while it is connected."""

    uid: int
    rights: Rights

    @property
    def principal(self) -> Principal:
        """The user as the policy of all servers knows it."""
        return Principal(Kind.USER, str(self.uid), account=self.rights.account, rights=self.rights)


class Users:
    """Passes connections to `serve` once it is known whose they are."""

    def __init__(self, directory: LocalDirectory, serve: Callable[[Connection], None]) -> None:
        self._directory = directory
        self._serve = serve
        self._find: FindRights | None = None  # None: there are no accounts
        self._known: dict[int, User | None] = {}
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()  # of other users
        self._version = 0  # of the accounts
        self._changed = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def accept(self, connection: Connection) -> None:
        """Take a new connection of node.sock."""
        uid = connection.credentials()[1]
        if uid in (os.getuid(), 0):
            self._serve(connection)
            return
        connection.is_of_other_user = True
        self._connections.add(connection)
        if self._find is None:
            self._serve(connection)
        else:
            connection.pause()
            self._begin(self._introduce(connection, uid))

    def begin(self, find: FindRights) -> None:
        """Go on with accounts: from now on everybody needs one, and those that are connected are judged."""
        self._find = find
        self._directory.observers.add(self._review_stream)
        self._begin(self._keep_judging())
        self.change()

    def change(self) -> None:
        """The accounts have changed."""
        self._version += 1
        self._changed.set()

    def close(self) -> None:
        """Judge no more. Idempotent."""
        for task in self._tasks:
            task.cancel()

    def check(self, user: User | None, required: Requirement, name: str) -> None:
        """Return if a user may do this with a stream.

        Raises:
            NotFound: there is no such stream, or the user must not know it. Denied: the user may only know it.
        """
        if user is None:
            return
        status = self.status(name) or Status(name)
        if not user.rights.may_know(name, status.groups, status.owner):
            raise unknown_stream(name)
        if not may(user.principal, required, status):
            raise not_allowed(required)

    def check_publish(self, user: User | None, name: str) -> None:
        """Return if a user may publish a stream of this name; a new one may be published by all that may add one.

        Raises:
            Denied: it may not. That is the answer for a stream that it must not know, too: the name is taken.
        """
        if user is None or (self.status(name) is None and user.rights.may_add(name)):
            return
        try:
            self.check(user, Requirement.PUBLISH, name)
        except FramecastError:
            raise Denied(f"your account may not publish under the name {name!r:.80}") from None

    def status(self, name: str) -> Status | None:
        """Return what the policy asks of a stream, None if there is none."""
        found = self._directory.facts(name)
        return None if found is None else Status(name, groups=found[0], owner=found[1])

    # --- whose a connection is

    async def _introduce(self, connection: Connection, uid: int) -> None:
        try:
            user = await self._user(uid)
        except FramecastError as error:
            connection.refuse(error)
            return
        if user is None:
            connection.refuse(_without_account(uid))
            return
        connection.user = user
        self._serve(connection)
        connection.resume()

    async def _user(self, uid: int) -> User | None:
        assert self._find is not None
        while uid not in self._known:
            version = self._version
            rights = await self._find(uid)
            if version != self._version:
                continue
            if len(self._known) >= MAX_KNOWN:
                self._known = {one: user for one, user in self._known.items() if user is not None}
            self._known[uid] = None if rights is None else User(uid, rights)
        return self._known[uid]

    # --- whether it may stay

    async def _keep_judging(self) -> None:
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._judge()
            except FramecastError as error:
                log.warning("the rights of users are looked at again: %s", error)
                self._changed.set()
                await asyncio.sleep(RETRY_S)

    async def _judge(self) -> None:
        assert self._find is not None
        for uid, user in tuple(self._known.items()):
            rights = None if user is None else await self._find(uid)
            if user is None or rights is None:
                self._known.pop(uid, None)
            else:
                user.rights = rights
        for connection in tuple(self._connections):
            if not connection.closed:
                await self._judge_one(connection)

    async def _judge_one(self, connection: Connection) -> None:
        uid = connection.credentials()[1]
        user = await self._user(uid)
        if user is None:
            connection.refuse(_without_account(uid))
            return
        connection.user = user
        self._review(connection)

    def _review_stream(self, name: str, _status: Fields | None) -> None:
        """A stream may have another owner or other groups now."""
        for connection in tuple(self._connections):
            if connection.claim is not None and connection.claim[1] == name:
                self._review(connection)

    def _review(self, connection: Connection) -> None:
        if connection.closed or connection.user is None:
            return
        if connection.claim is None:
            connection.on_rights()
            return
        required, name = connection.claim
        try:
            self.check(connection.user, required, name)
        except FramecastError as error:
            log.info("a user of this machine may not go on", uid=connection.user.uid, stream=name)
            connection.refuse(error)

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _without_account(uid: int) -> Denied:
    return Denied(
        f"user {uid} of this machine has no account here: an administrator gives it one with 'framecast user uid NAME {uid}'"
    )
