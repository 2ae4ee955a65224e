"""The ZeroMQ server: its ports on the inherited sockets, until SIGTERM, SIGINT or the end of stdin."""

from __future__ import annotations

import asyncio
import logging
import resource
import signal
from contextlib import suppress

import uvloop

from framecast.bus import to_node
from framecast.bus.runtime import node_socket
from framecast.errors import FramecastError
from framecast.model import TrackName
from framecast.servers.launch import hear_lifeline
from framecast.servers.node_link import Fields, NodeLink
from framecast.servers.zmq.authentication import Authentication, anybody
from framecast.servers.zmq.dialect import ImageZmq, Native
from framecast.servers.zmq.feeds import Feeds
from framecast.servers.zmq.figures import figures
from framecast.servers.zmq.listener import Listener
from framecast.servers.zmq.settings import ZmqSettings

REPORT_S = 5.0

log = logging.getLogger("framecast.zmq")


def serve(settings: ZmqSettings, lifeline_fd: int) -> None:
    """Serve until SIGTERM, SIGINT or the end of `lifeline_fd`.

    Raises:
        Invalid: keys cannot be read.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    authentication = Authentication(settings)
    uvloop.run(Server(settings, authentication).run(lifeline_fd))


class Server:
    """Both ports of one process, and its conversation with the node."""

    def __init__(self, settings: ZmqSettings, authentication: Authentication) -> None:
        self._settings = settings
        self._authentication = authentication
        self._ports: dict[str, Feeds] = {}
        self._stop = asyncio.Event()

    async def run(self, lifeline_fd: int) -> None:
        """Serve until told to stop."""
        self._listen(lifeline_fd)
        settings = self._settings
        path = node_socket(settings.runtime_dir)
        connect = to_node(path)
        self._ports["zmq"] = Feeds(Native(), connect)
        listeners = [Listener(settings.fd, self._ports["zmq"], self._authentication.mechanism)]
        if settings.imagezmq_fd >= 0:
            dialect = ImageZmq(TrackName.parse(settings.imagezmq_track), settings.imagezmq_streams)
            self._ports["imagezmq"] = Feeds(dialect, connect)
            listeners.append(Listener(settings.imagezmq_fd, self._ports["imagezmq"], anybody))
        link = NodeLink(path, self._on_removed, self._on_status)
        link.start()
        reporting = asyncio.create_task(self._report(link))
        await self._stop.wait()
        reporting.cancel()
        for listener in listeners:
            listener.close()
        for feeds in self._ports.values():
            feeds.close()
        await link.close()

    def _listen(self, lifeline_fd: int) -> None:
        """Hear signals and the end of stdin."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)

        def on_lifeline() -> None:
            if not hear_lifeline(lifeline_fd):
                loop.remove_reader(lifeline_fd)
                self._stop.set()

        try:
            loop.add_reader(lifeline_fd, on_lifeline)
        except (OSError, ValueError):  # a plain file or /dev/null never tells
            log.warning("stdin cannot be watched: the ZeroMQ server ends by SIGTERM only")

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
