"""The answer that shows a live view: takes the connection over and gives it to a viewer."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from framecast.servers.web.http.answers import SECURITY_HEADERS
from framecast.servers.web.http.connection import take_over
from framecast.servers.web.live.jpeg_picture import MEDIA_TYPE
from framecast.servers.web.live.mjpeg_viewer import MjpegViewer

_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-type", MEDIA_TYPE.encode()),
    (b"cache-control", b"no-store, no-transform"),
    (b"connection", b"close"),
    (b"x-accel-buffering", b"no"),  # nginx would hold pictures back
    (b"cross-origin-resource-policy", b"cross-origin"),
    *SECURITY_HEADERS,
)
# HTTP/1.1 without a length and with `Connection: close` ends with the connection (RFC 9112 section 6.3): no chunks.
HEAD = b"".join((
    b"HTTP/1.1 200 OK\r\n",
    *(b"%s: %s\r\n" % header for header in _HEADERS),
    b"\r\n",
))  # fmt: skip


class MjpegResponse(Response):
    """Begins a live view. It is over for uvicorn as soon as it has begun."""

    media_type = MEDIA_TYPE

    def __init__(self, viewer: MjpegViewer) -> None:
        super().__init__()
        self._viewer = viewer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the connection over; a client that has left meanwhile is forgotten."""
        transport = take_over(scope, self._viewer)
        if transport is not None:
            self._viewer.begin(transport, HEAD)
