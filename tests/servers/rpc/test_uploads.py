"""Uploads by gRPC: resumed, taken over by a newer call, refused with their status. A real node without accounts."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from typing import Any

import grpc
import pytest

from framecast.model.library_layout import original_key
from framecast.servers.rpc.uploads import MAX_DATA_BYTES
from framecast.v1 import uploads_pb2, uploads_pb2_grpc
from tests.node.running import folder
from tests.servers.rpc.house import DEADLINE_S, Client, RpcNode, refused

DATA = random.Random(7).randbytes(3_000_000)


class Desk:
    """A node and its service."""

    def __init__(self, client: Client, place: Any) -> None:
        self.stub = uploads_pb2_grpc.UploadsStub(client.channel)  # type: ignore[no-untyped-call]
        self.library = place / "framecast" / "library"

    def begin(self, **fields: Any) -> uploads_pb2.Upload:
        given: dict[str, Any] = {"size": len(DATA), "filename": "a.mp4"} | fields
        request = uploads_pb2.BeginUploadRequest(**given)
        made: uploads_pb2.Upload = self.stub.BeginUpload(request, wait_for_ready=True, timeout=DEADLINE_S)
        return made

    def get(self, id: str) -> uploads_pb2.Upload:
        found: uploads_pb2.Upload = self.stub.GetUpload(
            uploads_pb2.GetUploadRequest(id=id), timeout=DEADLINE_S
        )
        return found

    def send(self, id: str, offset: int, *parts: bytes) -> uploads_pb2.Upload:
        def requests() -> Iterator[uploads_pb2.SendUploadRequest]:
            yield uploads_pb2.SendUploadRequest(id=id, offset=offset)
            for part in parts:
                yield uploads_pb2.SendUploadRequest(data=part)

        done: uploads_pb2.Upload = self.stub.SendUpload(requests(), timeout=DEADLINE_S)
        return done


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with folder() as place, RpcNode(place) as node, Client(node.address) as client:
        yield Desk(client, place)


def test_an_upload_continues_where_it_broke_off(desk: Desk) -> None:
    begun = desk.begin(title="By gRPC", visibility="members")
    assert (begun.size, begun.offset, begun.is_finished) == (len(DATA), 0, False)
    assert desk.send(begun.id, 0, DATA[:1_000_000], DATA[1_000_000:2_000_000]).offset == 2_000_000
    listed = desk.stub.ListUploads(uploads_pb2.ListUploadsRequest(), timeout=DEADLINE_S).uploads
    assert [(one.id, one.offset) for one in listed] == [(begun.id, 2_000_000)]
    assert desk.get(begun.id).offset == 2_000_000
    done = desk.send(begun.id, 2_000_000, DATA[2_000_000:])
    assert (done.offset, done.is_finished, done.video) == (len(DATA), True, begun.video)
    assert (desk.library / original_key(done.video)).read_bytes() == DATA
    assert desk.get(begun.id).is_finished  # the last answer may have been lost


def test_a_newer_call_takes_an_upload_over_from_one_that_hangs(desk: Desk) -> None:
    begun, over = desk.begin(size=10), threading.Event()

    def hanging() -> Iterator[uploads_pb2.SendUploadRequest]:
        yield uploads_pb2.SendUploadRequest(id=begun.id, data=b"12345")
        over.wait(DEADLINE_S)

    call = desk.stub.SendUpload.future(hanging(), timeout=DEADLINE_S)
    while (at := desk.get(begun.id).offset) == 0 and not call.done():
        pass
    status = call.code()
    over.set()
    assert status is grpc.StatusCode.FAILED_PRECONDITION
    at = desk.get(begun.id).offset
    assert desk.send(begun.id, at, b"1234567890"[at:]).is_finished


def test_what_is_wrong_is_refused_and_the_right_call_is_taken(desk: Desk) -> None:
    begun = desk.begin(size=10)
    for call, code, words in (
        (lambda: desk.send(begun.id, 1, b"1"), grpc.StatusCode.FAILED_PRECONDITION, "is at offset 0"),
        (lambda: desk.send("", 0, b"1"), grpc.StatusCode.INVALID_ARGUMENT, "set id and offset"),
        (lambda: desk.send("a" * 32, 0, b"1"), grpc.StatusCode.NOT_FOUND, "no such upload"),
        (lambda: desk.send(begun.id, 0, bytes(11)), grpc.StatusCode.INVALID_ARGUMENT, "more bytes than"),
        (
            lambda: desk.send(begun.id, 0, bytes(MAX_DATA_BYTES + 1)),
            grpc.StatusCode.INVALID_ARGUMENT,
            "send several",
        ),
        (lambda: desk.begin(size=0), grpc.StatusCode.INVALID_ARGUMENT, "must be 1 to"),
        (lambda: desk.begin(size=1 << 49), grpc.StatusCode.INVALID_ARGUMENT, "at most"),
    ):
        found, said = refused(call)
        assert (found, words in said) == (code, True), said
    assert desk.send(begun.id, 0, b"1234567890").is_finished
    ended = desk.begin(size=10)
    desk.stub.EndUpload(uploads_pb2.EndUploadRequest(id=ended.id), timeout=DEADLINE_S)
    assert refused(lambda: desk.get(ended.id))[0] is grpc.StatusCode.NOT_FOUND
