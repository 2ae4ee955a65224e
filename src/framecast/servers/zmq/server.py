"""The ZeroMQ server: its ports on the inherited sockets, until SIGTERM, SIGINT or the end of stdin."""

from __future__ import annotations

import asyncio
import logging
import resource
from contextlib import suppress

import uvloop

from framecast.bus import to_node
from framecast.bus.runtime import node_socket
from framecast.control.aio import AsyncNodeClient, Fields, keep_reporting, keep_watching
from framecast.control.changes import Change
from framecast.control.metrics import report
from framecast.model import TrackName
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

    async def run(self, lifeline: Lifeline) -> None:
        """Serve until the lifeline ends."""
        settings = self._settings
        path = node_socket(settings.runtime_dir)
        connect = to_node(path)
        self._ports["zmq"] = Feeds(Native(), connect)
        listeners = [Listener(settings.fd, self._ports["zmq"], self._authentication, ENDPOINTS["zmq"])]
        if settings.imagezmq_fd is not None:
            dialect = ImageZmq(TrackName.parse(settings.imagezmq_track), settings.imagezmq_streams)
            self._ports["imagezmq"] = Feeds(dialect, connect)
            listeners.append(
                Listener(
                    settings.imagezmq_fd, self._ports["imagezmq"], self._authentication, ENDPOINTS["imagezmq"]
                )
            )
        node = AsyncNodeClient(path)
        tasks = [
            asyncio.create_task(keep_watching(path, self._on_change), name="streams"),
            asyncio.create_task(keep_reporting(node, "zmq", self._figures, REPORT_S), name="figures"),
        ]
        await lifeline.end()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for listener in listeners:
            listener.close()
        for feeds in self._ports.values():
            feeds.close()
        await node.close()

    def _on_change(self, change: Change) -> None:
        for feeds in self._ports.values():
            if change.status is None:
                feeds.on_removed(change.name)
            else:
                feeds.on_stream(change.status)

    def _figures(self) -> list[Fields]:
        return report([*samples(self._ports), *self._authentication.gate.samples("zmq")])
