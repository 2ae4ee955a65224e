"""uvicorn on the inherited socket: starts, drains and ends.

SIGTERM, SIGINT and the end of stdin drain: no new connections, viewers are let go, requests in progress end within
`DRAIN_S`.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

import uvicorn

from framecast.servers.launch import hear_lifeline
from framecast.servers.web.app import create_app
from framecast.servers.web.connection import Connection
from framecast.servers.web.context import WebContext
from framecast.servers.web.settings import WebSettings

DRAIN_S = 5
BACKLOG = 1024

log = logging.getLogger("framecast.web")


class Server(uvicorn.Server):
    """uvicorn's server, which also lets go of viewers and listens to the node's life line."""

    def __init__(self, config: uvicorn.Config, web: WebContext, lifeline_fd: int) -> None:
        super().__init__(config)
        self._web = web
        self._lifeline_fd = lifeline_fd

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain on SIGTERM and SIGINT. uvicorn would raise them again at the end; here that is a clean one."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.handle_exit)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and to listen for the end of stdin."""
        await super().startup(sockets)
        try:
            asyncio.get_running_loop().add_reader(self._lifeline_fd, self._on_lifeline)
        except (OSError, ValueError):  # a plain file or /dev/null never tells
            log.warning("stdin cannot be watched: the web server ends by SIGTERM only")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let viewers go first: they would never end by themselves."""
        asyncio.get_running_loop().remove_reader(self._lifeline_fd)
        self._web.drain()
        await super().shutdown(sockets)

    def _on_lifeline(self) -> None:
        if not hear_lifeline(self._lifeline_fd):
            asyncio.get_running_loop().remove_reader(self._lifeline_fd)
            self.should_exit = True


def serve(settings: WebSettings, lifeline_fd: int) -> None:
    """Serve until SIGTERM, SIGINT or the end of `lifeline_fd`."""
    sock = socket.socket(fileno=settings.fd)
    web = WebContext(settings, address=str(sock.getsockname()[0]) if sock.family != socket.AF_UNIX else "")
    config = uvicorn.Config(
        create_app(web),
        http=cast("type[asyncio.Protocol]", partial(Connection, connections=web.connections)),
        loop="uvloop",
        ws="none",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `clients` knows whom to believe
        timeout_graceful_shutdown=DRAIN_S,
        h11_max_incomplete_event_size=None,
    )
    Server(config, web, lifeline_fd).run([sock])
