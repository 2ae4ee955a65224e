"""Messages and packets out of bytes that are cut anywhere, and back."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from framecast.errors import Broken
from framecast.protocols.rtsp.messages import (
    MAX_HEAD_BYTES,
    Item,
    Message,
    Reader,
    interleaved,
    request,
    response,
)

OK = b"RTSP/1.0 200 OK\r\nCSeq: 1\r\nContent-Length: 4\r\n\r\nbody"
RTP = b"\x80\x60" + b"r" * 30


class Feed:
    """A reader that is given bytes in pieces."""

    def __init__(self) -> None:
        self.reader = Reader()

    def take(self, *chunks: bytes) -> list[Item]:
        found: list[Item] = []
        for chunk in chunks:
            self.reader.room[: len(chunk)] = chunk
            self.reader.received(len(chunk))
            found += self.reader.items()
        return found


@pytest.fixture
def feed() -> Feed:
    return Feed()


def test_answers_and_packets_in_their_order(feed: Feed) -> None:
    found = feed.take(interleaved(0, RTP) + OK + interleaved(1, b"") + b"RTSP/1.0 404 Not Found\n\n")
    assert found == [
        (0, RTP),
        Message(200, {"cseq": ["1"], "content-length": ["4"]}, b"body"),
        (1, b""),
        Message(404),
    ]


def test_cut_at_every_byte(feed: Feed) -> None:
    stream = interleaved(0, RTP) + OK + interleaved(1, RTP)
    found = feed.take(*(stream[at : at + 1] for at in range(len(stream))))
    assert [item if isinstance(item, tuple) else item.status for item in found] == [(0, RTP), 200, (1, RTP)]


def test_folded_and_repeated_headers(feed: Feed) -> None:
    text = (
        b"RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest a,\r\n b\r\nwww-authenticate: Basic c\r\n\r\n"
    )
    (answer,) = feed.take(text)
    assert isinstance(answer, Message)
    assert answer.headers["www-authenticate"] == ["Digest a, b", "Basic c"]


def test_junk_is_skipped_to_the_next_packet_of_the_session(feed: Feed) -> None:
    feed.reader.channels = frozenset((0, 1))
    junk = b"junk$\x07\x00\x01x$\x00\xff\xff\x00more"
    assert feed.take(interleaved(0, RTP) + junk + interleaved(0, RTP)) == [(0, RTP), (0, RTP)]
    assert feed.reader.damage == 1
    assert feed.take(b"\x00" * 9999, b"R", OK) != []


def test_a_request_of_the_server_is_a_message_without_status(feed: Feed) -> None:
    (asked,) = feed.take(b"OPTIONS * RTSP/1.0\r\nCSeq: 9\r\n\r\n")
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
def test_what_is_beyond_measure_is_refused(feed: Feed, data: bytes) -> None:
    with pytest.raises(Broken):
        feed.take(data)


def test_a_head_without_end_is_not_kept(feed: Feed) -> None:
    assert feed.take(b"RTSP/1.0 200 OK\r\n", *[b"A: " + b"b" * 8000] * 20) == []
    assert feed.reader._size < 16


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"$", b"RTSP/1.0 ", b"200 OK\r\n", b"\r\n\r\n", OK, interleaved(0, RTP)])
        | st.binary(max_size=30)
    )
)
def test_no_bytes_make_it_fail_otherwise(chunks: list[bytes]) -> None:
    feed = Feed()
    feed.reader.channels = frozenset((0, 1))
    data = b"".join(chunks)
    with suppress(Broken):
        feed.take(*(data[at : at + 17] for at in range(0, len(data), 17)))


@pytest.mark.parametrize("name", ["X-Evil: 1", "Session: a\r\nX-Evil: 2", "Range: a\nX-Evil: 3"])
def test_what_is_written_is_read_again_and_no_value_becomes_a_line(feed: Feed, name: str) -> None:
    (answer,) = feed.take(response("200 OK\r\nX-Evil: 0", ["CSeq: 7", name]))
    assert isinstance(answer, Message)
    assert answer.status == 200
    assert len(answer.headers) == 2
    (asked,) = feed.take(request("OPTIONS", "rtsp://camera/\r\nX-Evil: 0", ["CSeq: 8", name]))
    assert isinstance(asked, Message)
    assert (asked.status, asked.header("cseq")) == (0, "8")
    assert len(asked.headers) == 2
    assert feed.take(interleaved(3, RTP)) == [(3, RTP)]
