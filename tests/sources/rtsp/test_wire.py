"""Bytes of a connection, cut anywhere."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framecast.errors import SourceError
from framecast.sources.rtsp.wire import MAX_HEAD_BYTES, Item, Message, Wire
from tests.support.rtp import interleaved

OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nbody"
RTP = b"\x80\x60" + b"r" * 30


class Line:
    """A connection of which the test holds the other end."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.wire, self.far = Wire(near), far

    def take(self, *chunks: bytes) -> list[Item]:
        found: list[Item] = []
        for chunk in chunks:
            self.far.sendall(chunk)
            self.wire.receive()
            found += self.wire.items()
        return found


@pytest.fixture
def line() -> Iterator[Line]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
        with near, far:
            far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield Line(near, far)


def test_answers_and_packets_in_their_order(line: Line) -> None:
    found = line.take(interleaved(0, RTP) + OK + interleaved(1, b"") + b"RTSP/1.0 404 Not Found\n\n")
    assert found == [
        (0, RTP),
        Message(200, {"cseq": ["1"], "content-length": ["4"]}, b"body"),
        (1, b""),
        Message(404),
    ]


def test_cut_at_every_byte(line: Line) -> None:
    stream = interleaved(0, RTP) + OK + interleaved(1, RTP)
    found = line.take(*(stream[at : at + 1] for at in range(len(stream))))
    assert [item if isinstance(item, tuple) else item.status for item in found] == [(0, RTP), 200, (1, RTP)]


def test_folded_and_repeated_headers(line: Line) -> None:
    text = (
        b"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest a,\r\n b\r\nwww-authenticate: Basic c\r\n\r\n"
    )
    (answer,) = line.take(text)
    assert isinstance(answer, Message)
    assert answer.headers["www-authenticate"] == ["Digest a, b", "Basic c"]


def test_junk_is_skipped_to_the_next_packet_of_the_session(line: Line) -> None:
    line.wire.channels = frozenset((0, 1))
    junk = b"junk$\x07\x00\x01x$\x00\xff\xff\x00more"
    assert line.take(interleaved(0, RTP) + junk + interleaved(0, RTP)) == [(0, RTP), (0, RTP)]
    assert line.wire.damage == 1
    assert line.take(b"\x00" * 9999, b"R", OK) != []


def test_a_request_of_the_server_is_a_message_without_status(line: Line) -> None:
    (asked,) = line.take(b"OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n")
    assert asked == Message(0, {"cseq": ["9"]})


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"RTSP/1.0 what\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: 107374182400\r\n\r\n",
        b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"A: b\r\n" * 101 + b"\r\n",
        b"RTSP/1.0 200 OK\r\nA: " + b"b" * MAX_HEAD_BYTES + b"\r\n\r\n",
    ],
)
def test_what_is_beyond_measure_is_refused(line: Line, data: bytes) -> None:
    with pytest.raises(SourceError) as caught:
        line.take(data)
    assert caught.value.reason == "bad-data"


def test_a_head_without_end_is_not_kept(line: Line) -> None:
    assert line.take(b"RTSP/1.0 200 OK\r\n", *[b"A: " + b"b" * 8000] * 20) == []
    assert line.wire._size < 16


def test_the_end(line: Line) -> None:
    line.far.close()
    with pytest.raises(SourceError) as caught:
        line.wire.receive()
    assert caught.value.reason == "closed"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"$", b"RTSP/1.0 ", b"200 OK\r\n", b"\r\n\r\n", OK, interleaved(0, RTP)])
        | st.binary(max_size=30)
    )
)
def test_no_bytes_make_it_fail_otherwise(chunks: list[bytes]) -> None:
    near, far = socket.socketpair(socket.AF_UNIX)
    with near, far:
        wire = Wire(near)
        wire.channels = frozenset((0, 1))
        data = b"".join(chunks)
        with suppress(SourceError):
            for at in range(0, len(data), 17):
                far.sendall(data[at : at + 17])
                wire.receive()
                wire.items()
