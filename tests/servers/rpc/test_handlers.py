"""Bytes that are no messages, to every method of both services: refused with a sentence, and the server lives."""

import random

import grpc
import pytest

from framecast.v1 import media_pb2, streams_pb2
from tests.servers.rpc.house import Client, RpcNode, refused

GARBAGE = b"\x0a\xff\xff\xff\xff\x0f no message"
METHODS = [
    (f"/{service.full_name}/{method.name}", method.client_streaming, method.server_streaming)
    for file in (streams_pb2.DESCRIPTOR, media_pb2.DESCRIPTOR)
    for service in file.services_by_name.values()
    for method in service.methods
]


def call(client: Client, path: str, streaming: bool, answers: bool, data: bytes) -> None:
    channel = client.channel
    if streaming:
        list(channel.stream_stream(path, None, None)(iter([data]), timeout=5))
    elif answers:
        list(channel.unary_stream(path, None, None)(data, timeout=5))
    else:
        channel.unary_unary(path, None, None)(data, timeout=5)


@pytest.mark.parametrize(("path", "streaming", "answers"), METHODS)
def test_garbage_is_refused_with_a_sentence(
    path: str, streaming: bool, answers: bool, client: Client
) -> None:
    status, words = refused(lambda: call(client, path, streaming, answers, GARBAGE))
    assert status is grpc.StatusCode.INVALID_ARGUMENT
    assert "proto/framecast/v1" in words


def test_random_messages_change_nothing(node: RpcNode, client: Client) -> None:
    server, chance = node.server, random.Random(7)
    seeds = [
        media_pb2.WatchRequest(id=1, read=media_pb2.ReadRequest(stream="demo", tracks=["video"])),
        media_pb2.PublishRequest(open=media_pb2.PublishOpen(stream="fuzz")),
        media_pb2.PublishRequest(track=streams_pb2.Track(name="data")),
        streams_pb2.PutStreamRequest(name="fuzz", source="nonsense:", options={"idle_s": "1"}),
    ]
    statuses = set()
    for _ in range(300):
        data = bytearray(chance.choice(seeds).SerializeToString())
        for _ in range(chance.randrange(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path, streaming, answers = chance.choice(
            [entry for entry in METHODS if "Watch" not in entry[0] or entry[1]]
        )
        if path.endswith(("/Read", "/Watch")):
            continue  # may rightly go on for ever
        try:
            call(client, path, streaming, answers, bytes(data))
        except grpc.RpcError as error:
            statuses.add(error.code())
    assert grpc.StatusCode.INVALID_ARGUMENT in statuses
    assert not statuses & {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN}
    assert node.server.pid == server.pid
    for stream in node.control.streams():
        if stream.configured == "api":
            node.control.delete(stream.name)
    assert "Traceback" not in node.text
    assert "a call failed" not in node.text
