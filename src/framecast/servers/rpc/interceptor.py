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

from framecast.errors import Denied, FramecastError
from framecast.servers.access.credential import LocalUser, ShownToken
from framecast.servers.access.gate import Gate
from framecast.servers.access.policy import Sight, Statuses, not_allowed
from framecast.servers.access.principal import Requirement
from framecast.servers.access.refusal import Reason, Refusal
from framecast.servers.access.registry import Registry
from framecast.servers.rpc.caller import CALLER, Caller
from framecast.servers.rpc.handlers import Handler
from framecast.servers.rpc.method_table import requirement_of
from framecast.servers.rpc.status import Context, refuse

# Metadata: a ticket of the node, which says whose program calls; only at the socket file of this machine.
TICKET_KEY = "framecast-ticket"
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

    def __init__(
        self,
        gate: Gate,
        calls: Registry,
        statuses: Statuses,
        on_account: Callable[[], None],
        user_of: Callable[[str], Awaitable[LocalUser]] | None = None,
    ) -> None:
        """`on_account` is called when a client with an account has come; `user_of` asks the node whose ticket one is."""
        self._user_of = user_of
        self._gate = gate
        self._calls = calls
        self._statuses = statuses
        self._on_account = on_account

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return what serves the call."""
        required = requirement_of(details.method)
        try:
            shown = await self._shown(details.invocation_metadata)
        except FramecastError as error:  # the ticket has expired, or the node does not answer
            return grpc.stream_stream_rpc_method_handler(_refusing(error))
        # Rooms may be open to guests, who show nothing.
        is_guest = required is Requirement.ROOM and shown is None
        if required is not Requirement.OPEN and not is_guest and not self._gate.is_open:
            try:
                is_right = shown is not None and await self._gate.is_right(shown)
            except FramecastError as error:  # the database does not answer
                return grpc.stream_stream_rpc_method_handler(_refusing(error))
            if not is_right:
                # Of this shape whatever was called: nothing of the request is read.
                return grpc.stream_stream_rpc_method_handler(self._denying(shown, required))
        handler: Handler | None = await continuation(details)  # None: there is no such method
        if handler is None:
            return handler  # type: ignore[return-value]  # the stubs know only methods that exist
        return self._behind(handler, shown, required)

    async def _shown(self, metadata: Any) -> ShownToken | LocalUser | None:  # noqa: ANN401  as `_bearer`
        ticket = next((value for key, value in metadata or () if key == TICKET_KEY), None)
        if self._user_of is None or not isinstance(ticket, str):
            return _bearer(metadata)
        return await self._user_of(ticket)

    def _denying(
        self, shown: ShownToken | LocalUser | None, required: Requirement
    ) -> Callable[[object, Context], Awaitable[NoReturn]]:
        async def deny(_requests: object, context: Context) -> NoReturn:
            found = self._gate.admit(address_of(context.peer()), shown, required)
            await _abort(
                context, found if isinstance(found, Refusal) else Refusal(Reason.WRONG_TOKEN), required
            )
            raise AssertionError("abort has raised")

        return deny

    def _behind(
        self, handler: Handler, shown: ShownToken | LocalUser | None, required: Requirement
    ) -> Handler:
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
        self, context: Context, shown: ShownToken | LocalUser | None, required: Requirement
    ) -> AsyncIterator[None]:
        """Keep the call in the registry for as long as the context lasts, or abort it."""
        address = address_of(context.peer())
        if isinstance(shown, LocalUser) and not context.peer().startswith("unix:"):
            await refuse(context, Denied("a ticket counts at the socket file of this machine only"))
        try:
            found = await self._gate.ask(address, shown, required)
        except FramecastError as error:
            await refuse(context, error)
        if isinstance(found, Refusal):
            await _abort(context, found, required)
            return
        call = _Call(asyncio.current_task())
        caller = Caller(Sight(found, self._statuses), required, address)
        self._calls.enter(call, address)
        self._calls.identify(call, found, may_stay=caller.may_stay)
        if found.account is not None:
            self._on_account()
        noted = CALLER.set(caller)
        try:
            yield
        except asyncio.CancelledError:
            if call.is_ended:
                await context.abort(grpc.StatusCode.UNAUTHENTICATED, _ENDED)
            raise
        finally:
            CALLER.reset(noted)
            self._calls.leave(call)


def _refusing(error: FramecastError) -> Callable[[object, Context], Awaitable[None]]:
    async def answer(_requests: object, context: Context) -> None:
        await refuse(context, error)

    return answer


async def _abort(context: Context, refusal: Refusal, required: Requirement) -> None:
    if refusal.wait_s:
        await context.abort(
            grpc.StatusCode.PERMISSION_DENIED,
            f"too many wrong tokens came from this address: wait {int(refusal.wait_s) + 1} s",
        )
    if refusal.reason is Reason.NOT_ALLOWED:
        await refuse(context, not_allowed(required))
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
