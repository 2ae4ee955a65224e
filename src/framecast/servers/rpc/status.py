"""Which gRPC status each error of Framecast is, and how a call ends with it."""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

import grpc

from framecast.errors import (
    Broken,
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
    fields_text,
)

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"

# Trailing metadata: why a source fails, as a code. It tells UNAVAILABLE of a stream from that of the node.
ERROR_KEY = "framecast-source-error"
# Trailing metadata: the error's fields as JSON (ASCII).
FIELDS_KEY = "framecast-error-fields"
# Details travel in a header, and clients refuse long ones.
MAX_DETAIL = 1000

# docs/reference/grpc.md has the same table; a test holds the two together.
STATUS: dict[type[FramecastError], grpc.StatusCode] = {
    Invalid: grpc.StatusCode.INVALID_ARGUMENT,
    NotFound: grpc.StatusCode.NOT_FOUND,
    Conflict: grpc.StatusCode.FAILED_PRECONDITION,  # of Publish: ALREADY_EXISTS
    Denied: grpc.StatusCode.PERMISSION_DENIED,
    NotEnoughMemory: grpc.StatusCode.RESOURCE_EXHAUSTED,
    NoSpace: grpc.StatusCode.RESOURCE_EXHAUSTED,
    WouldBlock: grpc.StatusCode.DEADLINE_EXCEEDED,
    NodeUnavailable: grpc.StatusCode.UNAVAILABLE,
    SourceError: grpc.StatusCode.UNAVAILABLE,
    Closed: grpc.StatusCode.UNAVAILABLE,
    Broken: grpc.StatusCode.UNAVAILABLE,
    Ended: grpc.StatusCode.NOT_FOUND,
    FramecastError: grpc.StatusCode.INTERNAL,
}


def status_of(error: FramecastError) -> grpc.StatusCode:
    """Return the status of an error: that of its class, or of the nearest one above it."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


async def refuse(context: Context, error: FramecastError, code: grpc.StatusCode | None = None) -> NoReturn:
    """End the call with an error's status, message and fields."""
    trailing = {ERROR_KEY: error.reason} if isinstance(error, SourceError) else {}
    if error.fields:
        trailing[FIELDS_KEY] = fields_text(error)
    await context.abort(code or status_of(error), str(error)[:MAX_DETAIL], tuple(trailing.items()))
    raise AssertionError("abort has raised")
