"""uvicorn without a port: it serves the connections that the web server gives it, drains and ends as that one does.

The process has a lower priority than its neighbours: what viewers see at this moment comes before what they upload.
"""

from __future__ import annotations

import asyncio
import socket
from functools import partial

from framecast.control.aio import Fields, keep_reporting
from framecast.control.metrics import report
from framecast.priority import give_way
from framecast.servers.launch import Lifeline
from framecast.servers.web.context import WebContext
from framecast.servers.web.http.crossing import FilePaths, FilesCrossing, open_listener
from framecast.servers.web.http.shared_connection import SharedConnection
from framecast.servers.web.server import Server, config_of
from framecast.servers.web.settings import WebSettings

NICE = 5
REPORT_S = 2.0


class FilesServer(Server):
    """Listens for the web server instead of clients."""

    def __init__(self, web: WebContext, lifeline: Lifeline) -> None:
        crossing = self._crossing = FilesCrossing(
            open_listener(web.settings.runtime_dir),
            FilePaths(web.settings.base_path),
            web.requests,
            web.connections,
        )
        make = partial(SharedConnection, neighbour=crossing, registry=web.connections, requests=web.requests)
        super().__init__(config_of(web, make), web, lifeline)
        crossing.make = self.connection

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin."""
        await super().startup(sockets)
        self._crossing.listen()
        reporting = keep_reporting(self._web.node, "files", self._figures, REPORT_S)
        self._reporting = asyncio.create_task(reporting, name="figures")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more connections, and let those end that are there."""
        self._crossing.close()
        self._reporting.cancel()
        await super().shutdown(sockets)

    def _figures(self) -> list[Fields]:
        return report(self._web.gate.samples("files"))


def serve(settings: WebSettings, lifeline: Lifeline) -> None:
    """Serve until the lifeline ends."""
    give_way(NICE)
    FilesServer(WebContext(settings, settings.host), lifeline).run([])
