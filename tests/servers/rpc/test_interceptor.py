"""The access token on every call, and who guesses it."""

from collections.abc import Iterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from framecast.servers.access.failures import FAILURES
from framecast.servers.rpc.interceptor import address_of
from framecast.v1 import media_pb2, streams_pb2
from tests.node.running import folder
from tests.servers.rpc.house import Client, RpcNode, refused

TOKEN = "correct horse"
LIST = streams_pb2.ListStreamsRequest()


@pytest.fixture
def closed() -> Iterator[RpcNode]:
    """Give a node with an access token."""
    with folder() as place:
        (place / "door.yaml").write_text(f"access_token: {TOKEN}\n")
        with RpcNode(place, "--config", "door.yaml", "demo=pattern:?size=128x96") as node:
            yield node


def bearer(token: str) -> tuple[tuple[str, str], ...]:
    return (("authorization", f"Bearer {token}"),)


def test_calls_without_the_token_are_refused_and_with_it_are_served(closed: RpcNode) -> None:
    with Client(closed.address, token=TOKEN) as client:
        assert client.streams.ListStreams(LIST, metadata=bearer(TOKEN), wait_for_ready=True).streams
        assert client.read("demo", "video").record().track == "video"
        node = client.streams.GetNode(streams_pb2.GetNodeRequest(), metadata=bearer(TOKEN))
        assert node.version
    with Client(closed.address) as stranger:
        opened = iter([media_pb2.PublishRequest(open=media_pb2.PublishOpen(stream="mine"))])
        reflection = reflection_pb2_grpc.ServerReflectionStub(stranger.channel)
        listing = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        calls = [
            lambda: stranger.streams.ListStreams(LIST),
            lambda: stranger.streams.PutStream(streams_pb2.PutStreamRequest(name="a", source="pattern:")),
            lambda: [*stranger.media.Read(media_pb2.ReadRequest(stream="demo"))],
            lambda: [*stranger.media.Watch(iter([media_pb2.WatchRequest()]))],
            lambda: [*stranger.media.Publish(opened)],
            lambda: stranger.media.Snapshot(media_pb2.SnapshotRequest(stream="demo")),
            lambda: [*reflection.ServerReflectionInfo(listing)],
            lambda: stranger.streams.ListStreams(LIST, metadata=(("authorization", TOKEN),)),
        ]
        for call in calls:
            status, words = refused(call)
            assert status is grpc.StatusCode.UNAUTHENTICATED
            assert "Bearer" in words


def test_reflection_is_there_for_who_shows_the_token(closed: RpcNode) -> None:
    with Client(closed.address) as client:
        stub = reflection_pb2_grpc.ServerReflectionStub(client.channel)
        listing = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        (found,) = stub.ServerReflectionInfo(listing, metadata=bearer(TOKEN), wait_for_ready=True)
        assert "framecast.v1.Media" in {service.name for service in found.list_services_response.service}


def test_health_is_free_for_everybody(closed: RpcNode) -> None:
    with Client(closed.address) as stranger:
        stub = health_pb2_grpc.HealthStub(stranger.channel)
        found = stub.Check(health_pb2.HealthCheckRequest(service="framecast.v1.Media"), wait_for_ready=True)
        assert found.status == health_pb2.HealthCheckResponse.SERVING


def test_address_that_guesses_has_to_wait_even_with_the_right_token(closed: RpcNode) -> None:
    with Client(closed.address) as client:
        found = [
            refused(lambda: client.streams.ListStreams(LIST, metadata=bearer("wrong"), wait_for_ready=True))[
                0
            ]
            for _ in range(FAILURES + 2)
        ]
        assert found[:FAILURES] == [grpc.StatusCode.UNAUTHENTICATED] * FAILURES
        assert found[-1] is grpc.StatusCode.PERMISSION_DENIED
        status, words = refused(lambda: client.streams.ListStreams(LIST, metadata=bearer(TOKEN)))
        assert status is grpc.StatusCode.PERMISSION_DENIED
        assert "wait" in words


def test_token_is_nowhere_in_the_log(closed: RpcNode) -> None:
    with Client(closed.address) as client:
        client.streams.ListStreams(LIST, metadata=bearer(TOKEN), wait_for_ready=True)
    closed.end()
    assert TOKEN not in closed.text


def test_address_of_a_peer_is_its_host() -> None:
    assert address_of("ipv4:10.0.0.7:50000") == "10.0.0.7"
    assert address_of("ipv6:%5B2001:db8::1%5D:50000") == "2001:db8::1"
    assert address_of("unix:/run/socket") == "/run/socket"


STRONG = "8d969eef6ecad3c29a3a629280e686cf"


def test_right_token_that_nobody_can_guess_is_let_in_while_somebody_guesses() -> None:
    with folder() as place:
        (place / "door.yaml").write_text(f"access_token: {STRONG}\n")
        with (
            RpcNode(place, "--config", "door.yaml", "demo=pattern:?size=128x96") as node,
            Client(node.address) as client,
        ):
            guess = lambda: client.streams.ListStreams(LIST, metadata=bearer("no"), wait_for_ready=True)  # noqa: E731
            found = [refused(guess)[0] for _ in range(FAILURES + 2)]
            assert found[-1] is grpc.StatusCode.PERMISSION_DENIED
            assert client.streams.ListStreams(LIST, metadata=bearer(STRONG)).streams
