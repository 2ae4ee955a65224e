"""The ZeroMQ server: its ports on the inherited sockets, until SIGTERM, SIGINT or the end of stdin."""

from __future__ import annotations

import asyncio
import logging
import resource
from contextlib import suppress

import uvloop

from framecast.bus import to_node
from framecast.bus.runtime import node_socket
from framecast.errors import FramecastError
from framecast.model import TrackName
from framecast.servers.launch import Lifeline
from framecast.servers.node_link import Fields, NodeLink
from framecast.servers.zmq.authentication import Authentication, anybody
from framecast.servers.zmq.dialect import ImageZmq, Native
from framecast.servers.zmq.feeds import Feeds
from framecast.servers.zmq.figures import figures
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
        listeners = [Listener(settings.fd, self._ports["zmq"], self._authentication.mechanism)]
        if settings.imagezmq_fd is not None:
            dialect = ImageZmq(TrackName.parse(settings.imagezmq_track), settings.imagezmq_streams)
            self._ports["imagezmq"] = Feeds(dialect, connect)
            listeners.append(Listener(settings.imagezmq_fd, self._ports["imagezmq"], anybody))
        link = NodeLink(path, self._on_removed, self._on_status)
        link.start()
        reporting = asyncio.create_task(self._report(link))
        await lifeline.end()
        reporting.cancel()
        for listener in listeners:
            listener.close()
        for feeds in self._ports.values():
            feeds.close()
        await link.close()

    def _on_removed(self, name: str) -> None:
        for feeds in self._ports.values():
            feeds.on_removed(name)

    def _on_status(self, status: Fields) -> None:
        for feeds in self._ports.values():
            feeds.on_stream(status)

    async def _report(self, link: NodeLink) -> None:
        """Tell the node this server's figures, where they have changed."""
        told: list[Fields] = []
        while True:
            now = [*figures(self._ports), *self._authentication.figures]
            if now != told:
                with suppress(FramecastError):
                    await link.report("zmq", now)
                    told = now
            await asyncio.sleep(REPORT_S)
