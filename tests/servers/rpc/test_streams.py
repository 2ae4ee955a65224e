"""Which streams there are, what happens to them, and changing them."""

from typing import Any

import grpc
import pytest

from framecast.v1 import streams_pb2
from tests.servers.rpc.house import Client, RpcNode, refused
from tests.support.waiting import until


def put(
    client: Client, name: str, source: str = "pattern:?size=128x96", **options: str
) -> streams_pb2.Stream:
    request = streams_pb2.PutStreamRequest(name=name, source=source, options=options)
    found: streams_pb2.Stream = client.streams.PutStream(request)
    return found


def test_streams_are_listed_by_name_with_what_the_node_knows(client: Client) -> None:
    found = client.streams.ListStreams(streams_pb2.ListStreamsRequest(), wait_for_ready=True, timeout=30)
    names = [stream.name for stream in found.streams]
    assert names == sorted(names)
    assert {"demo", "dice"} <= set(names)
    demo = next(stream for stream in found.streams if stream.name == "demo")
    assert (demo.source, demo.configured) == ("pattern:?size=320x240&fps=25", "command")


def test_one_stream_can_be_asked_for(client: Client) -> None:
    assert client.streams.GetStream(streams_pb2.GetStreamRequest(name="dice")).name == "dice"
    status, words = refused(lambda: client.streams.GetStream(streams_pb2.GetStreamRequest(name="nix")))
    assert status is grpc.StatusCode.NOT_FOUND
    assert "nix" in words


def test_stream_can_be_added_changed_restarted_and_removed(client: Client, node: RpcNode) -> None:
    added = put(
        client,
        "front",
        "rtsp://user:hunter2@127.0.0.1:9/1",
        transport="udp",
        stall_s="7.5",
        loop="false",
        display_name="Haustür",
        groups='["Garten", "Hof, hinten"]',
    )
    assert (added.name, added.configured) == ("front", "api")
    assert (added.display_name, list(added.groups)) == ("Haustür", ["Garten", "Hof, hinten"])
    assert "hunter2" not in added.source
    put(client, "front", "pattern:?size=128x96", always="true")
    until(lambda: node.control.stream("front").state == "live", "it is always on")
    client.streams.RestartStream(streams_pb2.RestartStreamRequest(name="front"))
    client.streams.RemoveStream(streams_pb2.RemoveStreamRequest(name="front"))
    assert "front" not in {stream.name for stream in node.control.streams()}


@pytest.mark.parametrize(
    ("call", "request_", "status", "words"),
    [
        ("RemoveStream", streams_pb2.RemoveStreamRequest(name="nix"), grpc.StatusCode.NOT_FOUND, "nix"),
        ("RestartStream", streams_pb2.RestartStreamRequest(name="nix"), grpc.StatusCode.NOT_FOUND, "nix"),
        ("GetStream", streams_pb2.GetStreamRequest(name=""), grpc.StatusCode.INVALID_ARGUMENT, "name"),
        ("PutStream", streams_pb2.PutStreamRequest(name="a"), grpc.StatusCode.INVALID_ARGUMENT, "source"),
        (
            "PutStream",
            streams_pb2.PutStreamRequest(name="a", source="pattern:", options={"colour": "red"}),
            grpc.StatusCode.INVALID_ARGUMENT,
            "colour",
        ),
        (
            "PutStream",
            streams_pb2.PutStreamRequest(name="a", source="pattern:", options={"always": "yes"}),
            grpc.StatusCode.INVALID_ARGUMENT,
            "true or false",
        ),
        (
            "PutStream",
            streams_pb2.PutStreamRequest(name="a", source="pattern:", options={"idle_s": "soon"}),
            grpc.StatusCode.INVALID_ARGUMENT,
            "a number",
        ),
        (
            "PutStream",
            streams_pb2.PutStreamRequest(name="a", source="pattern:", options={"groups": "Garden"}),
            grpc.StatusCode.INVALID_ARGUMENT,
            "a list as JSON",
        ),
        (
            "PutStream",
            streams_pb2.PutStreamRequest(name="a", source="pattern:", options={"source": "b"}),
            grpc.StatusCode.INVALID_ARGUMENT,
            "a field of the request",
        ),
    ],
)
def test_what_cannot_be_is_refused_by_name(
    call: str, request_: Any, status: grpc.StatusCode, words: str, client: Client
) -> None:
    found, said = refused(lambda: getattr(client.streams, call)(request_))
    assert found is status
    assert words in said


def test_name_of_a_stream_that_a_program_publishes_cannot_be_put(node: RpcNode, client: Client) -> None:
    with node.publish("mine"):
        status, words = refused(lambda: put(client, "mine"))
    assert status is grpc.StatusCode.FAILED_PRECONDITION
    assert "mine" in words


def test_follower_hears_of_every_stream_and_then_of_each_change(client: Client) -> None:
    events = client.streams.WatchStreams(streams_pb2.WatchStreamsRequest(), timeout=60)
    seen = {next(events).name for _ in range(3)}
    assert {"demo", "dice", "quiet"} <= seen | {
        next(events).name for _ in range(3 - len(seen & {"demo", "dice", "quiet"}))
    }
    put(client, "new")
    event = next(event for event in events if event.name == "new")
    assert event.stream.configured == "api"
    client.streams.RemoveStream(streams_pb2.RemoveStreamRequest(name="new"))
    event = next(event for event in events if event.name == "new" and not event.HasField("stream"))
    assert event.name == "new"


def test_follower_of_one_stream_hears_of_that_alone(client: Client) -> None:
    events = client.streams.WatchStreams(streams_pb2.WatchStreamsRequest(name="other"), timeout=60)
    put(client, "unheard")
    put(client, "other")
    assert next(events).name == "other"
    client.streams.RemoveStream(streams_pb2.RemoveStreamRequest(name="unheard"))
    client.streams.RemoveStream(streams_pb2.RemoveStreamRequest(name="other"))
    last = next(event for event in events if not event.HasField("stream"))
    assert last.name == "other"


def test_second_follower_gets_all_streams_too(client: Client, node: RpcNode) -> None:
    first = client.streams.WatchStreams(streams_pb2.WatchStreamsRequest(name="dice"), timeout=60)
    assert next(first).name == "dice"
    with Client(node.address) as another:
        second = another.streams.WatchStreams(streams_pb2.WatchStreamsRequest(name="dice"), timeout=60)
        assert next(second).stream.source == "numbers:"


def test_node_says_its_version_and_where_its_servers_are(client: Client, node: RpcNode) -> None:
    found = client.streams.GetNode(streams_pb2.GetNodeRequest())
    assert found.version
    assert found.uptime_s > 0
    assert found.servers["grpc"] == f"grpc://{node.address}"
    assert found.servers["web"].startswith("http://")
