"""uvicorn on the inherited socket: starts, drains and ends.

SIGTERM, SIGINT and the end of stdin drain: no new connections, viewers are let go, requests in progress end within
`DRAIN_S`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

import uvicorn

from framecast.servers.certificate import Certificate
from framecast.servers.launch import Lifeline
from framecast.servers.web.app import create_app
from framecast.servers.web.context import WebContext
from framecast.servers.web.http.connection import Connection
from framecast.servers.web.http.shared_connection import SharedConnection
from framecast.servers.web.http.tls import behind_tls
from framecast.servers.web.settings import WebSettings

DRAIN_S = 5
BACKLOG = 1024
# A thread that computes (the database, uploads) gives the interpreter back to the event loop after this time, and not after 5 ms: live video waits for it.
SWITCH_S = 0.001


class Server(uvicorn.Server):
    """uvicorn's server, which ends by our lifeline and lets viewers go. What it overrides are names without an underscore."""

    def __init__(self, config: uvicorn.Config, web: WebContext, lifeline: Lifeline) -> None:
        super().__init__(config)
        self._web = web
        self._lifeline = lifeline

    def connection(self, first: bytes = b"") -> SharedConnection:
        """Return a new connection of this server, that begins with bytes that were read of it already."""
        kind = cast("Callable[..., SharedConnection]", self.config.http_protocol_class)
        return kind(
            first=first, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
        )

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain at the lifeline's end. uvicorn would raise signals again at the end; here that is a clean end."""
        self._lifeline.listen(self._exit)
        try:
            yield
        finally:
            self._lifeline.close()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let viewers go first: they would never end by themselves."""
        self._web.drain()
        await super().shutdown(sockets)

    def _exit(self) -> None:
        self.should_exit = True


def serve(settings: WebSettings, lifeline: Lifeline) -> None:
    """Serve until the lifeline ends.

    Raises:
        Invalid: the certificate cannot be used.
    """
    sys.setswitchinterval(SWITCH_S)
    cert, key = settings.tls_cert_file, settings.tls_key_file
    certificate = Certificate(cert, key) if cert and key else None
    sock = socket.socket(fileno=settings.fd)
    web = WebContext(settings, address=str(sock.getsockname()[0]) if sock.family != socket.AF_UNIX else "")
    make = partial(Connection, registry=web.connections, requests=web.requests)
    if certificate:  # the keys of a connection stay in the process that has made them
        Server(config_of(web, behind_tls(certificate, make)), web, lifeline).run([sock])
        return
    shared = partial(SharedConnection, neighbour=web.files, **make.keywords)
    server = Server(config_of(web, shared), web, lifeline)
    web.files.make = server.connection
    server.run([sock])


def config_of(web: WebContext, make: Callable[..., asyncio.Protocol]) -> uvicorn.Config:
    """Return how uvicorn runs the application of `web`, with connections that `make` makes."""
    # A client that speaks no HTTP is counted and answered; a warning for each would fill the log as fast as somebody likes.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    return uvicorn.Config(
        create_app(web),
        http=cast("type[asyncio.Protocol]", make),
        loop="uvloop",
        ws="none",
        backlog=BACKLOG,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `proxies` knows which proxy to believe
        timeout_graceful_shutdown=DRAIN_S,
        h11_max_incomplete_event_size=None,
    )
