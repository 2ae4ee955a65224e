"""Requests with a signed token in their address: they open the read routes of one stream, and nothing else.

Players such as VLC, and `<img>`, send no headers of their own, so the token stands in the query. Who views already is cut when the link
is ended or expires. Event loop only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import NamedTuple
from weakref import WeakKeyDictionary

from starlette.datastructures import QueryParams
from starlette.responses import Response
from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from framecast.errors import Denied, FramecastError
from framecast.servers.access.links import Links
from framecast.servers.web.answers import say
from framecast.servers.web.connection import Connection, connection_of
from framecast.servers.web.hls import Packagers

PARAMETER = "token"
CHECK_S = 2.0
# Routes that name the stream, and those that name a packager of it.
_BY_STREAM = frozenset(
    f"/api/{name}" for name in ("frame.jpeg", "frame.mp4", "stream.mjpeg", "stream.mp4", "stream.m3u8", "ws")
)
_BY_PACKAGER = frozenset(
    f"/api/hls/{name}" for name in ("playlist.m3u8", "init.mp4", "segment.m4s", "part.m4s")
)
MEDIA = _BY_STREAM | _BY_PACKAGER


class _Viewing(NamedTuple):
    cycle: RequestResponseCycle
    token: str
    stream: str


class LinkDoor:
    """Judges links by the files of `links`; `packagers` know which stream a playlist is of."""

    def __init__(self, links: Links, packagers: Packagers) -> None:
        self._links = links
        self._packagers = packagers
        self._viewers: WeakKeyDictionary[Connection, _Viewing] = WeakKeyDictionary()
        self._timer: asyncio.TimerHandle | None = None

    def refuse(self, scope: Scope, path: str, query: QueryParams) -> Response | None:
        """Return why a request with a link may not come in, None if it may."""
        if path not in MEDIA:
            return _denied(403, "a link opens the pictures and the sound of one stream, and not this")
        if scope["method"] not in ("GET", "HEAD"):
            return _denied(403, "a link opens GET and HEAD only")
        token = query[PARAMETER]
        stream = self._stream(path, query)
        if stream is None or len(query.getlist(PARAMETER)) != 1:
            return _denied(403, "this link is for another stream")
        try:
            self._links.check(token, stream)
        except Denied as error:
            is_other = error.fields.get("reason") == "stream"
            return _denied(403 if is_other else 401, str(error))
        if "extensions" in scope:
            connection, cycle = connection_of(scope)
            self._watch(connection, _Viewing(cycle, token, stream))
        return None

    def close(self) -> None:
        """Look after nobody any more."""
        if self._timer is not None:
            self._timer.cancel()

    def _stream(self, path: str, query: QueryParams) -> str | None:
        """The one stream that a request is about, None if it names several or none."""
        names = query.getlist("src" if path in _BY_STREAM else "id")
        if len(names) != 1:
            return None
        if path in _BY_STREAM:
            return names[0]
        try:
            return self._packagers.get(names[0]).mp4.stream
        except FramecastError:
            return None

    def _watch(self, connection: Connection, viewing: _Viewing) -> None:
        self._viewers[connection] = viewing
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(CHECK_S, self._check)

    def _check(self) -> None:
        self._timer = None
        for connection, viewing in tuple(self._viewers.items()):
            # A proxy uses a connection again for somebody else, unless a viewer has taken it over.
            if not connection.is_taken:
                if viewing.cycle.response_complete:
                    del self._viewers[connection]
                continue
            try:
                self._links.check(viewing.token, viewing.stream)
            except Denied:
                connection.transport.abort()
                del self._viewers[connection]
        if self._viewers:
            self._timer = asyncio.get_running_loop().call_later(CHECK_S, self._check)


def token_of(query: QueryParams) -> str:
    """Return the token of a request that came in, '' where it has none that looks like one."""
    text = query.get(PARAMETER, "")
    return text if _is_plain(text) else ""


def _is_plain(text: Iterable[str]) -> bool:
    return all(letter.isascii() and (letter.isalnum() or letter in "._-") for letter in text)


def _denied(status: int, message: str) -> Response:
    return say(status, "Denied", message)
