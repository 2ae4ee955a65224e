"""A connection to a server: what comes is cut anywhere, and it may end at any time."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from framecast.errors import SourceError
from framecast.protocols.rtsp.messages import Item, Message
from framecast.sources.rtsp.connection import Connection
from tests.support.rtp import interleaved

OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nbody"
RTP = b"\x80\x60" + b"r" * 30


class Line:
    """A connection of which the test holds the other end."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self.connection, self.far = Connection(near), far

    def take(self, *chunks: bytes) -> list[Item]:
        found: list[Item] = []
        for chunk in chunks:
            self.far.sendall(chunk)
            self.connection.receive()
            found += self.connection.items()
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


def test_what_is_no_rtsp_is_bad_data(line: Line) -> None:
    with pytest.raises(SourceError) as caught:
        line.take(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    assert caught.value.reason == "bad-data"


def test_the_end(line: Line) -> None:
    line.far.close()
    with pytest.raises(SourceError) as caught:
        line.connection.receive()
    assert caught.value.reason == "closed"
