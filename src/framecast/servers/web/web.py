"""What all routes share: settings, the node, the feeds, the token."""

from __future__ import annotations

from fastapi import Request

from framecast.bus import to_node
from framecast.bus.runtime import node_socket
from framecast.servers.access import Failures, Token
from framecast.servers.node_link import NodeLink
from framecast.servers.web.assets import Assets
from framecast.servers.web.feeds import Feeds
from framecast.servers.web.settings import WebSettings


class Web:
    """The state of the web server's process. `address` is where it listens, '' for a UNIX socket."""

    def __init__(self, settings: WebSettings, address: str) -> None:
        self.settings = settings
        self.address = address
        self.token = Token(settings.access_token) if settings.access_token else None
        self.failures = Failures()
        path = node_socket(settings.runtime_dir)
        self.feeds = Feeds(to_node(path))
        self.node = NodeLink(path, self.feeds.drop_stream)
        self.assets = Assets()


def web_of(request: Request) -> Web:
    """Return the shared state, for a route."""
    web = request.app.state.web
    assert isinstance(web, Web)
    return web
