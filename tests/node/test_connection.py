"""Peers at node.sock that do not behave: each is cut, and the node serves the others as if nothing were."""

import array
import asyncio
import os
import socket
import struct

import psutil
import pytest

from framecast.bus.channel import pair
from framecast.bus.wire import VERSION
from framecast.errors import Broken, Invalid, NodeUnavailable
from framecast.node.connection import Connection
from tests.node.running import DEADLINE_S, RunningNode, read
from tests.support.waiting import until

HEADER = struct.Struct("<4sBBHI")


def connect(node: RunningNode) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.connect(str(node.socket))
    sock.settimeout(DEADLINE_S)
    return sock


def message(body: bytes, version: int = VERSION, fds: int = 0) -> bytes:
    return HEADER.pack(b"FCST", version, fds, 0, len(body)) + body


def is_cut(sock: socket.socket) -> bool:
    """Read until the end, which may be a reset where the node did not read everything."""
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        os.urandom(4096),
        HEADER.pack(b"FCST", VERSION, 0, 0, 0xFFFFFFFF),
        HEADER.pack(b"FCST", VERSION, 200, 0, 2) + b"{}",
        message(b"{}", version=VERSION + 1),
        message(b"[]"),
        message(b"{"),
        message(b"[" * 100_000),
        message(b"\xff\xfe{}"),
        message(b"{}", fds=3),
    ],
    ids=["http", "noise", "huge", "many fds", "version", "list", "half", "deep", "not text", "missing fds"],
)
def test_nonsense_is_cut(node: RunningNode, sent: bytes) -> None:
    with connect(node) as sock:
        sock.sendall(sent)
        assert is_cut(sock)
    assert node.client.streams() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"op": "subscribe"},
        {"op": "subscribe", "stream": "x", "track": "nonsense"},
        {"op": "subscribe", "stream": "../x", "track": "data"},
        {"op": "subscribe", "stream": "x", "track": "data", "policy": "queue(0)"},
        {"op": "subscribe", "stream": "x", "track": "data", "max_fps": "nan", "wait": True},
        {"op": "subscribe", "stream": ["x"], "track": {}},
        {"op": "publish"},
        {"op": "publish", "stream": 5},
        {"op": "put", "name": "x", "stream": {"source": "numbers:", "colour": "red"}},
        {"op": "put", "name": "x", "stream": None},
        {"op": "nonsense"},
        {},
    ],
)
def test_wish_that_cannot_be_is_answered_with_a_sentence(
    node: RunningNode, fields: dict[str, object]
) -> None:
    with node.connect() as channel, pytest.raises(Invalid):
        channel.call(fields, DEADLINE_S)
    assert node.client.streams() == []


def test_requests_are_answered_in_order_with_their_ids(node: RunningNode) -> None:
    with node.connect() as channel:
        for number in range(50):
            channel.send({"op": ["streams", "stats", "nonsense"][number % 3], "id": number})
        answers = [channel.wait(DEADLINE_S).fields for _ in range(50)]
    assert [answer["id"] for answer in answers] == list(range(50))


@pytest.mark.parametrize(
    "fields",
    [
        {"op": "track", "info": {"name": "nonsense"}},
        {"op": "track"},
        {"op": "state", "state": "happy"},
        {"op": "facts", "facts": 5},
        {"op": "introduce"},
    ],
)
def test_publisher_that_talks_nonsense_is_told_so_and_cut(
    node: RunningNode, fields: dict[str, object]
) -> None:
    with node.connect() as channel:
        channel.call({"op": "publish", "stream": "mine"})
        with pytest.raises(Invalid):
            channel.call(fields, DEADLINE_S)
    until(lambda: node.client.streams() == [], "the end of its stream")


def test_publisher_cannot_announce_tracks_without_end(node: RunningNode) -> None:
    with node.connect() as channel:
        channel.call({"op": "publish", "stream": "mine"})
        with pytest.raises((Broken, Invalid)):  # noqa: PT012  it is cut somewhere on the way
            for quality in range(1, 101):
                channel.send(
                    {
                        "op": "track",
                        "info": {"name": f"jpeg/{quality}", "kind": "packets", "time_base": "1/25"},
                    }
                )
            channel.call({"op": "ready"}, DEADLINE_S)


def test_descriptors_that_nobody_asked_for_are_closed(node: RunningNode) -> None:
    (process, *_) = node.processes()
    node.client.streams()
    before = process.num_fds()
    with connect(node) as sock, open("/dev/null") as file:
        rights = array.array("i", [file.fileno()] * 8)
        with pytest.raises(OSError):  # noqa: PT012  it is cut somewhere on the way
            for _ in range(1000):
                sock.sendmsg([b"FCST"[:1]], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
    until(lambda: process.num_fds() <= before, "no descriptor more than before")


def test_reader_that_does_not_read_what_it_is_told_holds_up_nobody(node: RunningNode) -> None:
    node.put("numbers", "numbers:?period=0.02")
    with connect(node) as lazy:
        lazy.sendall(message(b'{"op":"watch"}'))
        for _ in range(3000):
            lazy.sendall(message(b'{"op":"streams"}'))
        read(node.subscribe("numbers"))
        assert len(node.client.streams()) == 1


def test_flood_of_requests_holds_up_nobody(node: RunningNode) -> None:
    node.put("numbers", "numbers:?period=0.02")
    with connect(node) as flood:
        flood.settimeout(0.2)
        with pytest.raises(OSError):  # noqa: PT012  the node stops reading, or cuts it
            while True:
                flood.sendall(message(b'{"op":"stats"}') * 1000)
        read(node.subscribe("numbers"))


def test_reader_that_always_asks_again_is_introduced_at_a_bounded_rate(node: RunningNode) -> None:
    node.put("numbers", "numbers:?period=0.02")
    with node.connect() as channel:
        channel.send({"op": "subscribe", "stream": "numbers", "track": "data"})
        introductions = 0
        while introductions < 5:
            received = channel.wait(DEADLINE_S)
            for fd in received.fds:
                os.close(fd)
                introductions += 1
                assert received.fields["number"] == introductions
                for _ in range(100):
                    channel.send({"op": "again", "number": introductions})
    read(node.subscribe("numbers"))


def test_node_without_descriptors_waits_until_there_are_some(node: RunningNode) -> None:
    node.put("numbers", "numbers:?period=0.02")
    read(node.subscribe("numbers"))
    (process, *_) = node.processes()
    soft, hard = process.rlimit(psutil.RLIMIT_NOFILE)
    process.rlimit(psutil.RLIMIT_NOFILE, (process.num_fds() + 3, hard))
    crowd = [connect(node) for _ in range(50)]
    assert len(node.client.streams()) == 1
    for sock in crowd:
        sock.close()
    process.rlimit(psutil.RLIMIT_NOFILE, (soft, hard))
    read(node.subscribe("numbers"))


def test_missing_node_is_told_with_what_to_do(node: RunningNode) -> None:
    node.client.info()
    socket_path = node.socket
    node.close()
    with pytest.raises(NodeUnavailable, match="framecast serve"):
        node.client.__class__(socket=socket_path).info()


def test_last_words_of_a_peer_are_heard_although_something_is_sent_to_it_after_its_end() -> None:
    """As of a source that says why it fails and ends, while a reader is introduced to it."""

    async def go() -> list[object]:
        heard: list[object] = []
        ours, theirs = pair()
        peer = Connection(ours)
        peer.on_message = heard.append
        peer.on_close = lambda: heard.append("closed")
        theirs.send({"why": "the camera has closed"})
        theirs.close()
        for _ in range(2):
            peer.send({"op": "demand", "readers": 1})
        await asyncio.sleep(0)
        assert peer.closed
        return heard

    assert asyncio.run(go()) == [{"why": "the camera has closed"}, "closed"]


def test_peer_that_goes_while_much_waits_for_it_is_closed_without_harm() -> None:
    """As a forkserver that is killed with a queue of wishes: its owner hears of it once, and its number can be used again."""

    async def go() -> int:
        told = 0

        def on_close() -> None:
            nonlocal told
            told += 1

        ours, theirs = pair()
        peer = Connection(ours)
        peer.on_close = on_close
        number = ours.fileno()
        for _ in range(8):
            peer.send({"text": "x" * 100_000})
        theirs.close()
        peer.send({"one": "more"})
        await asyncio.sleep(0)
        assert peer.closed
        again, other = pair()
        with other:
            assert again.fileno() == number
            Connection(again).close()
        return told

    assert asyncio.run(go()) == 1
