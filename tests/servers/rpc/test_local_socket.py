"""The socket file of the gRPC server: programs of this machine come in by a ticket of the node, and only there."""

from __future__ import annotations

import stat
from collections.abc import Iterator

import grpc
import pytest

from framecast.servers.rpc.interceptor import TICKET_KEY
from framecast.v1 import streams_pb2
from tests.node.running import folder
from tests.servers.rpc.house import Client, RpcNode, refused

LIST = streams_pb2.ListStreamsRequest()


@pytest.fixture(scope="module")
def guarded() -> Iterator[RpcNode]:
    """Give a node with an access token, which programs of its own user do not need."""
    with folder() as place:
        (place / "door.yaml").write_text("access_token: correct horse\n")
        with RpcNode(place, "--config", "door.yaml", "demo=pattern:?size=128x96") as node:
            yield node


def test_ticket_opens_the_socket_file_and_nothing_else(guarded: RpcNode) -> None:
    path = guarded.folder / "run" / "grpc.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    ticket = ((TICKET_KEY, guarded.control.request({"op": "ticket"})["ticket"]),)
    with Client(f"unix:{path}") as client:
        found = client.streams.ListStreams(LIST, metadata=ticket, wait_for_ready=True)
        assert [stream.name for stream in found.streams] == ["demo"]
        status, words = refused(lambda: client.streams.ListStreams(LIST))
        assert status is grpc.StatusCode.UNAUTHENTICATED
        status, words = refused(lambda: client.streams.ListStreams(LIST, metadata=((TICKET_KEY, "x"),)))
        assert status is grpc.StatusCode.UNAVAILABLE
        assert "ticket" in words
    with Client(guarded.address) as client:
        status, words = refused(
            lambda: client.streams.ListStreams(LIST, metadata=ticket, wait_for_ready=True)
        )
        assert status is grpc.StatusCode.PERMISSION_DENIED
        assert "socket file" in words


def test_killed_server_is_followed_by_one_at_the_same_name(guarded: RpcNode) -> None:
    path = guarded.folder / "run" / "grpc.sock"
    before = path.readlink()
    guarded.server.kill()
    guarded.wait_until(lambda: path.readlink() != before)
    assert not (path.parent / before).exists(), "the file of the killed server is removed"
    ticket = ((TICKET_KEY, guarded.control.request({"op": "ticket"})["ticket"]),)
    with Client(f"unix:{path}") as client:
        assert client.streams.ListStreams(LIST, metadata=ticket, wait_for_ready=True).streams
