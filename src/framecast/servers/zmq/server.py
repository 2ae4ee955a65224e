"""The ZeroMQ server: its ports on the inherited sockets, until SIGTERM, SIGINT or the end of stdin."""

from __future__ import annotations

import asyncio
import logging
import resource
from contextlib import suppress

import uvloop

from framecast.bus import to_node
from framecast.bus.runtime import node_socket
from framecast.control.aio import AsyncNodeClient, Fields, keep_reporting
from framecast.control.changes import Change, Changes
from framecast.control.following import Following
from framecast.control.metrics import report
from framecast.model import TrackName
from framecast.servers.access.accounts_topic import follow_accounts
from framecast.servers.access.principal import Requirement
from framecast.servers.access.vigil import Vigil
from framecast.servers.launch import Lifeline
from framecast.servers.zmq.authentication import Authentication
from framecast.servers.zmq.dialect import ImageZmq, Native
from framecast.servers.zmq.endpoint_table import ENDPOINTS
from framecast.servers.zmq.feeds import Feeds
from framecast.servers.zmq.figures import samples
from framecast.servers.zmq.listener import Listener
from framecast.servers.zmq.settings import ZmqSettings

REPORT_S = 5.0

log = logging.getLogger("framecast.zmq")


def serve(settings: ZmqSettings, lifeline: Lifeline) -> None:
    """Serve until the lifeline ends.

    Raises:
        Invalid: keys cannot be read.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    authentication = Authentication(settings)
    uvloop.run(Server(settings, authentication).run(lifeline))


class Server:
    """Both ports of one process, and its conversation with the node."""

    def __init__(self, settings: ZmqSettings, authentication: Authentication) -> None:
        self._settings = settings
        self._authentication = authentication
        self._ports: dict[str, Feeds] = {}
        self._listeners: list[Listener] = []
        self._changes = Changes()
        self._vigil = Vigil(authentication.gate, [], self._changes.newest)

    async def run(self, lifeline: Lifeline) -> None:
        """Serve until the lifeline ends."""
        settings = self._settings
        path = node_socket(settings.runtime_dir)
        connect = to_node(path)
        self._ports["zmq"] = Feeds(Native(), connect)
        self._listen("zmq", settings.fd)
        if settings.imagezmq_fd is not None:
            dialect = ImageZmq(TrackName.parse(settings.imagezmq_track), settings.imagezmq_streams)
            self._ports["imagezmq"] = Feeds(dialect, connect)
            self._listen("imagezmq", settings.imagezmq_fd, is_local=True)
        node = AsyncNodeClient(path)
        tasks = [
            asyncio.create_task(Following(path, self._on_change).run(), name="streams"),
            asyncio.create_task(keep_reporting(node, "zmq", self._figures, REPORT_S), name="figures"),
        ]
        people = self._authentication.people
        if people is not None:
            tasks.append(asyncio.create_task(follow_accounts(path, self._vigil), name="accounts"))
        await lifeline.end()
        self._vigil.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for listener in self._listeners:
            listener.close()
        for feeds in self._ports.values():
            feeds.close()
        await node.close()
        if people is not None:
            people.close()

    def _listen(self, name: str, fd: int, *, is_local: bool = False) -> None:
        feeds, required = self._ports[name], ENDPOINTS[name]
        if is_local and self._settings.imagezmq_is_open:
            required, is_local = Requirement.OPEN, False
        self._listeners.append(
            Listener(fd, feeds, self._authentication, required, self._vigil, is_local=is_local)
        )

    def _on_change(self, change: Change) -> None:
        self._changes.note(change)
        for feeds in self._ports.values():
            if change.status is None:
                feeds.on_removed(change.name)
            else:
                feeds.on_stream(change.status)
        self._vigil.on_stream(change.name)

    def _figures(self) -> list[Fields]:
        return report([*samples(self._ports), *self._authentication.gate.samples("zmq")])
