"""What a real gRPC server answers, as errors that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from framecast.errors import (
    Broken,
    Conflict,
    Denied,
    FramecastError,
    Invalid,
    NodeUnavailable,
    NotEnoughMemory,
    NotFound,
    WouldBlock,
)
from framecast.peer.address import PeerAddress
from framecast.peer.failure import translated
from tests.support import ports

CODES = [
    (grpc.StatusCode.UNAUTHENTICATED, Denied, "give its access token by token="),
    (grpc.StatusCode.PERMISSION_DENIED, Denied, "does not let this program in: because"),
    (grpc.StatusCode.CANCELLED, NodeUnavailable, "has ended the call"),
    (grpc.StatusCode.UNAVAILABLE, NodeUnavailable, "no node answers"),
    (grpc.StatusCode.UNIMPLEMENTED, NodeUnavailable, "does not behave as a node of this version"),
    (grpc.StatusCode.INTERNAL, NodeUnavailable, "does not behave as a node of this version"),
    (grpc.StatusCode.NOT_FOUND, NotFound, "because"),
    (grpc.StatusCode.ALREADY_EXISTS, Conflict, "because"),
    (grpc.StatusCode.INVALID_ARGUMENT, Invalid, "because"),
    (grpc.StatusCode.RESOURCE_EXHAUSTED, NotEnoughMemory, "because"),
    (grpc.StatusCode.DEADLINE_EXCEEDED, WouldBlock, "because"),
    (grpc.StatusCode.DATA_LOSS, Broken, "because"),
]


class Refusal(grpc.GenericRpcHandler):
    """Ends each call with the status that it is named after."""

    def service(self, details: Any) -> grpc.RpcMethodHandler[bytes, bytes]:
        name = details.method.rpartition("/")[2]

        def refuse(_request: bytes, context: grpc.ServicerContext) -> bytes:
            context.abort(grpc.StatusCode[name], "because")
            raise AssertionError("abort has raised")

        return grpc.unary_unary_rpc_method_handler(refuse)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Give the port of a server that refuses everything."""
    port = ports.free_port()
    server = grpc.server(ThreadPoolExecutor(2), handlers=[Refusal()])
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    yield port
    server.stop(None).wait()


@pytest.mark.parametrize(("code", "kind", "words"), CODES)
def test_status_is_an_error_that_says_what_to_do(
    port: int, code: grpc.StatusCode, kind: type[FramecastError], words: str
) -> None:
    address = PeerAddress("127.0.0.1", port, "cam")
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary(f"/x/{code.name}", bytes, bytes)
        with pytest.raises(kind, match=words) as found, translated(address):
            call(b"", timeout=20)
    assert f"grpc://127.0.0.1:{port}" in str(found.value)


def test_a_token_that_is_wrong_is_not_asked_for_but_another_one(port: int) -> None:
    address = PeerAddress("127.0.0.1", port, "cam", token="wrong")
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        call = channel.unary_unary("/x/UNAUTHENTICATED", bytes, bytes)
        with pytest.raises(Denied, match="give another token=") as found, translated(address):
            call(b"", timeout=20)
    assert "wrong" not in str(found.value)
