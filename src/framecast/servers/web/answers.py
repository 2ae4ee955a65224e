"""What goes back besides pictures: errors as JSON, and the headers that every answer carries."""

from __future__ import annotations

from starlette.responses import JSONResponse

from framecast.errors import (
    Closed,
    Conflict,
    Denied,
    Ended,
    FramecastError,
    Invalid,
    NodeUnavailable,
    NotEnoughMemory,
    NotFound,
    SourceError,
    WouldBlock,
)
from framecast.servers.web.live_jpegs import NoPicture

# In this order: the first that fits is taken.
_STATUS: tuple[tuple[type[FramecastError], int], ...] = (
    (NotFound, 404),
    (Conflict, 409),
    (Denied, 403),
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


def status_of(error: FramecastError) -> int:
    """Return the HTTP status for an error of the tree."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def error_answer(error: FramecastError, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return an error of the tree as JSON."""
    status = status_of(error)
    if status in (503, 504) and headers is None:
        headers = {"Retry-After": "2"}
    return say(status, type(error).__name__, str(error), headers)


def say(status: int, error: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """Return `{"error": ..., "message": ...}`."""
    return JSONResponse(
        {"error": error, "message": message},
        status,
        {"Cache-Control": "no-store", **(headers or {})},
    )
