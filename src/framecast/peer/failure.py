"""What gRPC reports, as an error of Framecast whose message says what to do. The edge of every call."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, cast

import grpc

from framecast.errors import (
    Broken,
    Conflict,
    Denied,
    FramecastError,
    Invalid,
    NodeUnavailable,
    NotEnoughMemory,
    NotFound,
    SourceError,
    WouldBlock,
    error_of,
    fields_from_text,
)


class Named(Protocol):
    """Where a call goes to: what an error says of it."""

    @property
    def url(self) -> str:
        """The node for people."""
        ...

    @property
    def token(self) -> str:
        """Its access token, '' without one."""
        ...


_CODES: dict[grpc.StatusCode, type[FramecastError]] = {
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.ALREADY_EXISTS: Conflict,
    grpc.StatusCode.FAILED_PRECONDITION: Conflict,
    grpc.StatusCode.INVALID_ARGUMENT: Invalid,
    grpc.StatusCode.OUT_OF_RANGE: Invalid,
    grpc.StatusCode.RESOURCE_EXHAUSTED: NotEnoughMemory,
    grpc.StatusCode.DEADLINE_EXCEEDED: WouldBlock,
    grpc.StatusCode.ABORTED: Broken,
}


def translate(error: grpc.RpcError, address: Named) -> FramecastError:
    """Return the error that `error` of a call to `address` stands for."""
    call = cast("grpc.Call", error)  # every error of a call is one, which the types do not say
    code = call.code()
    details = call.details() or code.name.lower()
    said = f"{address.url}: {details}"
    if code is grpc.StatusCode.PERMISSION_DENIED:
        return Denied(f"{address.url} does not let this program in: {details}")
    if code is grpc.StatusCode.UNAUTHENTICATED:
        hint = "give another token=" if address.token else "give its access token by token="
        return Denied(f"{address.url} does not let this program in ({details}): {hint}")
    if code is grpc.StatusCode.CANCELLED:  # by a server that stops; a caller that cancels itself knows it
        return NodeUnavailable(f"the node at {address.url} has ended the call")
    metadata = {key: str(value) for key, value in call.trailing_metadata() or ()}
    reason = metadata.get("framecast-source-error")
    if reason is not None:
        return SourceError(reason, said)
    if code is grpc.StatusCode.UNAVAILABLE:
        return NodeUnavailable(f"no node answers at {address.url} ({_short(details)})")
    if code in (grpc.StatusCode.UNIMPLEMENTED, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL):
        return NodeUnavailable(
            f"what answers at {address.url} does not behave as a node of this version ({details})"
        )
    fields = fields_from_text(metadata.get("framecast-error-fields", ""))
    return error_of(_CODES.get(code, Broken), said, fields)


@contextmanager
def translated(address: Named) -> Iterator[None]:
    """Raise what gRPC raises inside as an error of Framecast."""
    try:
        yield
    except grpc.RpcError as error:
        raise translate(error, address) from error


def _short(details: str) -> str:
    """gRPC repeats the address in many forms; the end says what happened."""
    return details if len(details) <= 200 else f"...{details[-200:]}"
