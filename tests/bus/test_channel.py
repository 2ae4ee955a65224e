"""Messages with descriptors, and everything a peer can do wrong."""

from __future__ import annotations

import os
import socket
import struct
from pathlib import Path

import pytest

from framecast.bus.channel import MAX_MESSAGE_BYTES, Channel, Message, pair
from framecast.errors import Broken, Closed, NodeUnavailable, NotFound, ProtocolMismatch, WouldBlock
from tests.bus.switch import descriptors


def raw() -> tuple[socket.socket, Channel]:
    left, right = socket.socketpair()
    return left, Channel(right)


def packet(
    body: bytes, magic: bytes = b"FCST", version: int = 1, fds: int = 0, length: int | None = None
) -> bytes:
    return struct.pack("<4sBBHI", magic, version, fds, 0, len(body) if length is None else length) + body


def test_messages_and_descriptors_arrive_in_order() -> None:
    left, right = pair()
    with left, right:
        read_end, write_end = os.pipe()
        left.send({"n": 1})
        left.send({"n": 2}, [write_end])
        left.send({"n": 3})
        os.close(write_end)
        messages = [right.wait(5) for _ in range(3)]
        assert [message.fields["n"] for message in messages] == [1, 2, 3]
        (received,) = messages[1].fds
        os.write(received, b"hello")
        assert os.read(read_end, 5) == b"hello"
        os.close(received)
        os.close(read_end)


def test_a_large_message_is_cut_into_pieces_and_put_together() -> None:
    left, right = pair()
    with left, right:
        read_end, write_end = os.pipe()
        left.send({"text": "x" * 3_000_000}, [read_end])
        got: list[Message] = []
        while not got:
            left.flush()
            got = right.receive()
        assert len(got[0].fields["text"]) == 3_000_000
        os.close(got[0].fds[0])
        os.close(read_end)
        os.close(write_end)


def test_another_version_is_refused_by_both_numbers() -> None:
    peer, channel = raw()
    with peer:
        peer.send(packet(b"{}", version=9))
        with pytest.raises(ProtocolMismatch, match=r"speaks bus protocol 9.*speaks 1"):
            channel.receive()


@pytest.mark.parametrize(
    "data",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        packet(b"{}", length=MAX_MESSAGE_BYTES + 1),
        packet(b"not json"),
        packet(b"[1]"),
        packet(b"[" * 100_000),
        packet(b"{}", fds=1),
        packet(b"{}", fds=200),
    ],
)
def test_garbage_ends_the_connection_with_a_reason(data: bytes) -> None:
    before = descriptors()
    peer, channel = raw()
    with peer:
        peer.sendall(data)
        with pytest.raises(Broken):
            channel.receive()
        assert channel.closed
    assert descriptors() == before


def test_what_came_before_the_end_is_still_handed_out() -> None:
    peer, channel = raw()
    peer.send(packet(b'{"last":1}'))
    peer.close()
    assert channel.receive()[0].fields == {"last": 1}
    with pytest.raises(Broken):
        channel.receive()


def test_a_peer_that_does_not_read_is_cut_and_its_descriptors_are_closed() -> None:
    before = descriptors()
    left, right = pair()
    read_end, write_end = os.pipe()

    def flood() -> None:
        for _ in range(100):
            left.send({"text": "x" * 1_000_000}, [read_end])

    with right, pytest.raises(Broken, match="too slowly"):
        flood()
    assert left.closed
    os.close(read_end)
    os.close(write_end)
    assert descriptors() == before


def test_an_answer_that_names_an_error_raises_that_error() -> None:
    left, right = pair()
    with left, right:
        right.send({"error": "NotFound", "message": "no stream 'x'"})
        with pytest.raises(NotFound, match="no stream 'x'"):
            left.call({"op": "stream", "name": "x"})
        with pytest.raises(WouldBlock):
            left.call({"op": "stream"}, timeout_s=0.01)


def test_nobody_at_the_socket_is_said_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(NodeUnavailable, match="framecast serve"):
        Channel.connect(tmp_path / "node.sock")


def test_sending_on_a_closed_channel_is_an_error() -> None:
    left, right = pair()
    right.close()
    left.close()
    left.close()
    with pytest.raises(Closed):
        left.send({})
