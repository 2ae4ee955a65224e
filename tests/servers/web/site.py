"""Somebody else's web site: pages that embed the player, with a strict Content-Security-Policy."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

STATIC = files("framecast.servers.web") / "static"
BLOCKS = Path(__file__).parents[2] / "support" / "blocks.mjs"
# What a page of another site allows: scripts and connections of the Framecast server, nothing inline.
POLICY = "default-src 'none'; script-src 'self' {server}; connect-src {server} {socket}; media-src blob:; img-src blob:"


class Site:
    """`/static/player.js` is the player as another server would give it, `/blocks.mjs` reads test pictures."""

    def __init__(self) -> None:
        self.pages = {"/": "<!doctype html><title>Site</title>"}
        self._policy = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def allow(self, server: str) -> None:
        """From now on pages may load scripts and pictures of this server only, and nothing inline."""
        self._policy = POLICY.format(server=server, socket=server.replace("http", "ws", 1))

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _find(self, path: str) -> tuple[bytes, str] | None:
        if path in self.pages:
            return self.pages[path].encode(), "text/html; charset=utf-8"
        if path == "/blocks.mjs":
            return BLOCKS.read_bytes(), "text/javascript"
        if path == "/static/player.js":
            return (STATIC / "player.js").read_bytes(), "text/javascript"
        return None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = site._find(urlsplit(self.path).path)
                body, kind = found or (b"", "text/plain")
                self.send_response(200 if found else 404)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                if site._policy:
                    self.send_header("Content-Security-Policy", site._policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                """Say nothing."""

        return Handler
