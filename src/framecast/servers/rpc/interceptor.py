"""The door: every call passes here first. With an access token, who does not show it is refused before its request is read.

Health checks are free for everybody: probes carry no secrets.
"""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NoReturn
from urllib.parse import unquote

import grpc

from framecast.servers.access.gate import Gate, Verdict
from framecast.servers.rpc.handlers import Handler
from framecast.servers.rpc.status import Context

_FREE = "/grpc.health.v1.Health/"
_DENIED = "this server needs its access token: send the metadata 'authorization: Bearer TOKEN'"

Check = Callable[[Context], Awaitable[None]]


class GateInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Lets calls through that show the token; `gate` None lets all through."""

    def __init__(self, gate: Gate | None) -> None:
        self._gate = gate

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return what serves the call."""
        gate = self._gate
        if gate is None or details.method.startswith(_FREE):
            return await continuation(details)
        bearer = _bearer(details.invocation_metadata)
        if not bearer or not gate.token.matches(bearer):
            # Of this shape whatever was called: nothing of the request is read.
            return grpc.stream_stream_rpc_method_handler(_denying(gate, bearer))
        handler: Handler | None = await continuation(details)  # None: there is no such method
        if handler is None:
            return handler  # type: ignore[return-value]  # the stubs know only methods that exist

        async def check(context: Context) -> None:
            await _abort_if_waiting(context, gate.judge(bearer, address_of(context.peer())))

        return _behind(check, handler)


def _denying(gate: Gate, bearer: str) -> Callable[[object, Context], Awaitable[NoReturn]]:
    async def deny(_requests: object, context: Context) -> NoReturn:
        if bearer:
            await _abort_if_waiting(context, gate.judge(bearer, address_of(context.peer())))
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, _DENIED)
        raise AssertionError("abort has raised")

    return deny


async def _abort_if_waiting(context: Context, verdict: Verdict) -> None:
    if verdict.wait_s:
        await context.abort(
            grpc.StatusCode.PERMISSION_DENIED,
            f"too many wrong tokens came from here: wait {int(verdict.wait_s) + 1} s",
        )


def address_of(peer: str) -> str:
    """Return the host of a peer such as `ipv4:127.0.0.1:5000` or `ipv6:[::1]:5000`."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else rest


def _bearer(metadata: Any) -> str:  # noqa: ANN401  a tuple of pairs, which the stubs do not say
    for key, value in metadata or ():
        if key == "authorization" and isinstance(value, str):
            scheme, _, token = value.partition(" ")
            return token.strip() if scheme.lower() == "bearer" else ""
    return ""


_SHAPES = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}


def _behind(check: Check, handler: Handler) -> Handler:
    """The same handler, which asks `check` first."""
    name, make = _SHAPES[handler.request_streaming, handler.response_streaming]
    inner = getattr(handler, name)

    async def generate(request: object, context: Context) -> AsyncIterator[object]:
        await check(context)
        async for response in inner(request, context):
            yield response

    async def answer(request: object, context: Context) -> object:
        await check(context)
        return await inner(request, context)

    chosen = generate if inspect.isasyncgenfunction(inner) else answer
    return make(chosen, handler.request_deserializer, handler.response_serializer)
