"""uvicorn on the inherited socket: starts, drains and ends.

SIGTERM, SIGINT and the end of stdin drain: no new connections, viewers are let go, requests in progress end within
`DRAIN_S`.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import cast

import uvicorn

from framecast.servers.certificate import Certificate
from framecast.servers.launch import Lifeline
from framecast.servers.web.app import create_app
from framecast.servers.web.connection import Connection
from framecast.servers.web.context import WebContext
from framecast.servers.web.settings import WebSettings
from framecast.servers.web.tls import behind_tls

DRAIN_S = 5
BACKLOG = 1024


class Server(uvicorn.Server):
    """uvicorn's server, which ends by our lifeline and lets viewers go. What it overrides are names without an underscore."""

    def __init__(self, config: uvicorn.Config, web: WebContext, lifeline: Lifeline) -> None:
        super().__init__(config)
        self._web = web
        self._lifeline = lifeline

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
    cert, key = settings.tls_cert_file, settings.tls_key_file
    certificate = Certificate(cert, key) if cert and key else None
    sock = socket.socket(fileno=settings.fd)
    web = WebContext(settings, address=str(sock.getsockname()[0]) if sock.family != socket.AF_UNIX else "")
    # A client that speaks no HTTP is counted and answered; a warning for each would fill the log as fast as somebody likes.
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
    make = partial(Connection, registry=web.connections, requests=web.requests)
    config = uvicorn.Config(
        create_app(web),
        http=cast("type[asyncio.Protocol]", behind_tls(certificate, make) if certificate else make),
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
    Server(config, web, lifeline).run([sock])
