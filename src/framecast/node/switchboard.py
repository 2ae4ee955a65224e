"""New connections of node.sock: the first message says whether one is a reader, a publisher or control. Runs in the node's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from framecast.bus.channel import Fields
from framecast.errors import Denied, FramecastError
from framecast.model import Subscription, check_name
from framecast.model.text import LONGEST_LABEL, shown
from framecast.node.connection import Connection
from framecast.node.directory import Directory
from framecast.node.users import Users
from framecast.servers.access.policy import unknown_stream
from framecast.servers.access.principal import Requirement

# A connection is closed if its first message does not come within this time.
INTRODUCE_YOURSELF_S = 10.0


class Switchboard:
    """`control` takes over connections that are neither readers nor publishers, with their first message.

    `parses_media` says whether a process is one that parses media of strangers: a rendition reads tracks here, and nothing else is for such a process. It can start no
    other process (`sandbox.seccomp`), so the number that the kernel reports is its own.
    """

    def __init__(
        self,
        directory: Directory,
        control: Callable[[Connection, Fields], None],
        users: Callable[[], Users],
        parses_media: Callable[[int], bool] = lambda _pid: False,
    ) -> None:
        self._directory = directory
        self._control = control
        self._users = users
        self._parses_media = parses_media

    def accept(self, connection: Connection) -> None:
        """Take a new connection of node.sock."""
        loop = asyncio.get_running_loop()
        patience = loop.call_later(INTRODUCE_YOURSELF_S, connection.close)

        def first(fields: Fields) -> None:
            patience.cancel()
            self._answer_first(connection, fields)

        connection.on_message = first
        connection.on_close = patience.cancel

    def _answer_first(self, connection: Connection, fields: Fields) -> None:
        try:
            if fields.get("op") == "subscribe":
                self._subscribe(connection, fields)
            elif self._parses_media(connection.credentials()[0]):
                raise Denied("a process that parses media may only read tracks")
            elif fields.get("op") == "publish":
                self._publish(connection, fields)
            else:
                self._control(connection, fields)
        except FramecastError as error:
            connection.refuse(error)

    def _subscribe(self, connection: Connection, fields: Fields) -> None:
        subscription = Subscription.from_json(fields)
        users, name = self._users(), subscription.stream
        if connection.user is not None and not subscription.wait and users.status(name) is None:
            raise unknown_stream(name)
        users.check(connection.user, Requirement.WATCH, name)
        find = self._directory.obtain if subscription.wait else self._directory.find
        connection.claim = Requirement.WATCH, name
        find(name).subscribe(connection, subscription)

    def _publish(self, connection: Connection, fields: Fields) -> None:
        name = check_name(fields.get("stream"))
        label = shown(str(fields.get("label", "")), LONGEST_LABEL)
        user = connection.user
        self._users().check_publish(user, name)
        connection.claim = Requirement.PUBLISH, name
        # Servers run as the node's own user, and say for whom they publish.
        owner = fields.get("by") if user is None else user.rights.account
        self._directory.obtain(name).publish(connection, label, owner if isinstance(owner, str) else None)
