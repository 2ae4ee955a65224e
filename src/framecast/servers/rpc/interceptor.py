"""The gate in front of the gRPC server: every call passes here first, and is refused before its request is read.

What a method requires stands in `method_table`. Each call that is served stands in the registry with its principal. Event loop only.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, NoReturn
from urllib.parse import unquote

import grpc

from framecast.servers.access.credential import ShownToken
from framecast.servers.access.gate import Gate
from framecast.servers.access.principal import Requirement
from framecast.servers.access.refusal import Refusal
from framecast.servers.access.registry import Registry
from framecast.servers.rpc.handlers import Handler
from framecast.servers.rpc.method_table import requirement_of
from framecast.servers.rpc.status import Context

_DENIED = "this server needs its access token: send the metadata 'authorization: Bearer TOKEN'"
_ENDED = "the client may not stay: its access was ended"


class _Call:
    """A call that is served, as the registry holds it."""

    def __init__(self, task: asyncio.Task[Any] | None) -> None:
        self._task = task
        self.is_ended = False

    def give_way(self) -> None:
        """Never asked for: calls are bounded by gRPC itself."""

    def end(self) -> None:
        """Cancel the call; its client gets UNAUTHENTICATED."""
        self.is_ended = True
        if self._task is not None:
            self._task.cancel()


class GateInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs only
    """Lets calls through whose client the gate admits, and keeps them in `calls` while they are served."""

    def __init__(self, gate: Gate, calls: Registry) -> None:
        self._gate = gate
        self._calls = calls

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return what serves the call."""
        required = requirement_of(details.method)
        shown = _bearer(details.invocation_metadata)
        if required is not Requirement.OPEN and not self._is_right(shown):
            # Of this shape whatever was called: nothing of the request is read.
            return grpc.stream_stream_rpc_method_handler(self._denying(shown, required))
        handler: Handler | None = await continuation(details)  # None: there is no such method
        if handler is None:
            return handler  # type: ignore[return-value]  # the stubs know only methods that exist
        return self._behind(handler, shown, required)

    def _is_right(self, shown: ShownToken | None) -> bool:
        return self._gate.is_open or (shown is not None and self._gate.is_right(shown))

    def _denying(
        self, shown: ShownToken | None, required: Requirement
    ) -> Callable[[object, Context], Awaitable[NoReturn]]:
        async def deny(_requests: object, context: Context) -> NoReturn:
            found = self._gate.admit(address_of(context.peer()), shown, required)
            await _abort(context, found.wait_s if isinstance(found, Refusal) else 0.0)
            raise AssertionError("abort has raised")

        return deny

    def _behind(self, handler: Handler, shown: ShownToken | None, required: Requirement) -> Handler:
        """Return the same handler, which asks the gate first."""
        name, make = _SHAPES[handler.request_streaming, handler.response_streaming]
        inner = getattr(handler, name)

        async def generate(request: object, context: Context) -> AsyncIterator[object]:
            async with self._admitted(context, shown, required):
                async for response in inner(request, context):
                    yield response

        async def answer(request: object, context: Context) -> object:
            async with self._admitted(context, shown, required):
                return await inner(request, context)

        chosen = generate if inspect.isasyncgenfunction(inner) else answer
        return make(chosen, handler.request_deserializer, handler.response_serializer)

    @asynccontextmanager
    async def _admitted(
        self, context: Context, shown: ShownToken | None, required: Requirement
    ) -> AsyncIterator[None]:
        """Keep the call in the registry for as long as the context lasts, or abort it."""
        address = address_of(context.peer())
        found = self._gate.admit(address, shown, required)
        if isinstance(found, Refusal):
            await _abort(context, found.wait_s)
            return
        call = _Call(asyncio.current_task())
        self._calls.enter(call, address)
        self._calls.identify(call, found)
        try:
            yield
        except asyncio.CancelledError:
            if call.is_ended:
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, _ENDED)
            raise
        finally:
            self._calls.leave(call)


async def _abort(context: Context, wait_s: float) -> None:
    if wait_s:
        await context.abort(
            grpc.StatusCode.PERMISSION_DENIED,
            f"too many wrong tokens came from this address: wait {int(wait_s) + 1} s",
        )
    await context.abort(grpc.StatusCode.UNAUTHENTICATED, _DENIED)


def address_of(peer: str) -> str:
    """Return the host of a peer such as `ipv4:127.0.0.1:5000` or `ipv6:[::1]:5000`."""
    kind, _, rest = unquote(peer).partition(":")
    return rest.rpartition(":")[0].strip("[]") if kind in ("ipv4", "ipv6") else rest


def _bearer(metadata: Any) -> ShownToken | None:  # noqa: ANN401  a tuple of pairs, which the stubs do not say
    for key, value in metadata or ():
        if key == "authorization" and isinstance(value, str):
            scheme, _, token = value.partition(" ")
            return ShownToken(token.strip()) if scheme.lower() == "bearer" and token.strip() else None
    return None


_SHAPES = {
    (False, False): ("unary_unary", grpc.unary_unary_rpc_method_handler),
    (False, True): ("unary_stream", grpc.unary_stream_rpc_method_handler),
    (True, False): ("stream_unary", grpc.stream_unary_rpc_method_handler),
    (True, True): ("stream_stream", grpc.stream_stream_rpc_method_handler),
}
