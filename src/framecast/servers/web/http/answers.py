"""What goes back besides pictures: errors, and the headers that every answer carries.

An error is JSON for programs. For a person who opens an address in a browser it is a page.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from framecast.errors import (
    Closed,
    Conflict,
    Denied,
    Ended,
    FramecastError,
    Invalid,
    NodeUnavailable,
    NoSpace,
    NotEnoughMemory,
    NotFound,
    SourceError,
    WouldBlock,
)
from framecast.servers.web.http.error_page import error_page, wants_page, way_up


class NoPicture(FramecastError):
    """The stream exists, but shows nothing now; the message says why."""


# In this order: the first that fits is taken.
_STATUS: tuple[tuple[type[FramecastError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Denied, 403),
    (NoSpace, 507),
    (Invalid, 400),
    (NodeUnavailable, 503),
    (NoPicture, 503),
    (Ended, 503),
    (Closed, 503),
    (NotEnoughMemory, 503),
    (WouldBlock, 504),
    (SourceError, 502),
)

# Pages load nothing from other servers, and use only scripts and styles that are files of this package.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
SECURITY_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
)


def security_headers(origins: Sequence[str]) -> tuple[tuple[bytes, bytes], ...]:
    """Return the headers of a server whose pages may stand in frames of the pages of other sites, `origins`."""
    if not origins:
        return SECURITY_HEADERS
    sites = " ".join(origin.rstrip("/") for origin in origins)
    policy = f"{CONTENT_SECURITY_POLICY} {sites}"  # frame-ancestors is its last part
    return ((SECURITY_HEADERS[0][0], policy.encode()), *SECURITY_HEADERS[1:])


# Half a year of HTTPS alone (RFC 6797), without the names below this one.
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=15552000")


def status_of(error: FramecastError) -> int:
    """Return the HTTP status for an error of the tree."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


class ErrorAnswer(JSONResponse):
    """`{"error": ..., "message": ...}`, or a page with the same message: what the request accepts decides."""

    def __init__(self, status: int, error: str, message: str, headers: dict[str, str]) -> None:
        super().__init__({"error": error, "message": message}, status, headers)
        self._message = message

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        is_page = "app" in scope and wants_page(Headers(scope=scope).get("accept", ""))
        await (
            self._as_page(scope)(scope, receive, send) if is_page else super().__call__(scope, receive, send)
        )

    def _as_page(self, scope: Scope) -> Response:
        page = scope["app"].state.web.assets.page("error")
        up = way_up(_path(scope))
        body = error_page(page.body, self.status_code, self._message, up)
        headers = {
            name: value
            for name, value in self.headers.items()
            if name not in ("content-type", "content-length")
        }
        return Response(body, self.status_code, headers, media_type=page.media_type)


def _path(scope: Scope) -> str:
    """Return the path below the prefix as the browser has sent it: a slash in a name is `%2F` there."""
    raw = bytes(scope.get("raw_path") or scope["path"].encode()).decode("ascii", "replace")
    base = scope.get("root_path", "")
    return raw.removeprefix(base) if raw.startswith(f"{base}/") else raw


def error_answer(error: FramecastError, headers: dict[str, str] | None = None) -> ErrorAnswer:
    """Return the answer for an error of the tree."""
    status = status_of(error)
    if status in (503, 504) and headers is None:
        headers = {"Retry-After": "2"}
    return say(status, type(error).__name__, str(error), headers)


def nothing_at(path: str, headers: dict[str, str] | None = None) -> ErrorAnswer:
    """Return the answer for a path that has no route."""
    return say(404, "NotFound", f"there is nothing at {path!r:.120}", headers)


def say(status: int, error: str, message: str, headers: dict[str, str] | None = None) -> ErrorAnswer:
    """Return `{"error": ..., "message": ...}`, which is a page for a person."""
    fixed = {"Cache-Control": "no-store", "Vary": "Accept"}
    return ErrorAnswer(status, error, message, {**fixed, **(headers or {})})
