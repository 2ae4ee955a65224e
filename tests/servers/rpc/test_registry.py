"""Calls in the registry: each stands there with its principal while it is served, and ends with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from framecast.servers.access.gate import Gate
from framecast.servers.access.principal import Kind, Principal
from framecast.servers.access.registry import Open, Registry
from framecast.servers.access.token import AccessToken
from framecast.servers.rpc.interceptor import GateInterceptor

TOKEN = "correct horse"
BEARER = (("authorization", f"Bearer {TOKEN}"),)
WAIT_S = 60.0


class Watched(Registry):
    """A registry that notes when something leaves."""

    def __init__(self) -> None:
        super().__init__()
        self.left = asyncio.Event()

    def leave(self, one: Open) -> None:
        super().leave(one)
        self.left.set()


class Service:
    """One method that answers once and then never ends."""

    async def watch(self, _request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        await context.write(b"begun")
        await asyncio.Event().wait()


@asynccontextmanager
async def served(calls: Registry) -> AsyncIterator[grpc.aio.Channel]:
    server = grpc.aio.server(
        interceptors=[GateInterceptor(Gate(AccessToken(TOKEN)), calls, {}, lambda: None)]
    )
    handler = grpc.unary_stream_rpc_method_handler(Service().watch)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Watch", {"Watch": handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        await server.stop(0)


async def begun(channel: grpc.aio.Channel) -> grpc.aio.UnaryStreamCall[bytes, bytes]:
    call = channel.unary_stream("/test.Watch/Watch", bytes, bytes)(b"", metadata=BEARER, timeout=WAIT_S)
    assert await call.read() == b"begun"
    return call


def test_call_stands_in_the_registry_and_ends_with_its_principal() -> None:
    async def act() -> None:
        calls = Registry()
        async with served(calls) as channel:
            first, second = await begun(channel), await begun(channel)
            assert {(entry.principal, entry.address) for _, entry in calls} == {
                (Principal(Kind.TOKEN), "127.0.0.1")
            }
            assert calls.end(Principal(Kind.LINK, "another")) == 0
            assert calls.end(Principal(Kind.TOKEN)) == 2
            for call in (first, second):
                assert await call.code() is grpc.StatusCode.UNAUTHENTICATED
            assert calls.count == 0
            await begun(channel)
            assert calls.count == 1, "the next call is served"

    asyncio.run(act())


def test_call_that_its_client_ends_leaves_nothing_behind() -> None:
    async def act() -> None:
        calls = Watched()
        async with served(calls) as channel:
            call = await begun(channel)
            call.cancel()
            async with asyncio.timeout(WAIT_S):
                await calls.left.wait()
            assert calls.count == 0

    asyncio.run(act())
