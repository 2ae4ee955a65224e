"""Subscribers that are slow, stopped, hostile or gone: the others notice nothing, and the node's memory stays bounded."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from time import monotonic

import numpy as np
import pytest
import zmq

import framecast
from framecast.client.node_client import NodeClient
from framecast.servers.zmq import connection, encoder
from tests.client.nodes import TestNode
from tests.servers.zmq.zmq_process import Listener, Remote, ZmqProcess, stopped
from tests.support.waiting import until

IMAGE = np.random.default_rng(5).integers(0, 255, (1080, 1920, 3), np.uint8)
MiB = 1 << 20


class Film:
    """Publishes a large picture 25 times a second until the end of the block."""

    def __init__(self, node: TestNode, name: str = "wall") -> None:
        self._out = framecast.publish(name, node=node.folder)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.sent = 0

    def _run(self) -> None:
        while not self._over.wait(0.04):
            self._out.send(IMAGE)
            self.sent += 1

    def __enter__(self) -> Film:
        self._out.send(IMAGE)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        self._thread.join()
        self._out.close()


@pytest.fixture
def film(node: TestNode) -> Iterator[Film]:
    with Film(node) as found:
        yield found


def refused(server: ZmqProcess, listener: Listener) -> None:
    """A positive control: the server still serves."""
    listener.receive()


def test_stopped_subscriber_hurts_nobody_and_goes_on_with_the_newest(
    film: Film, client: NodeClient, server: ZmqProcess
) -> None:
    with ExitStack() as stack:
        victims = [stack.enter_context(Remote(server.address, "wall/frames$")) for _ in range(3)]
        healthy = stack.enter_context(Remote(server.address, "wall/frames$"))
        for reader in (*victims, healthy):
            reader.receive()
        before = server.memory_bytes()
        for victim in victims:
            stack.enter_context(stopped(victim.process))
        seen = [healthy.receive() for _ in range(100)]
        assert sum(dropped for _, dropped, _ in seen) <= 10  # as good as before, on a busy machine
        # The rest of one picture each, and not one more.
        assert server.memory_bytes() - before < (len(victims) + 4) * IMAGE.nbytes
        (track,) = client.stats()["wall"]["tracks"]
        assert track["refused"] == 0
        assert track["pool_bytes"] < 12 * IMAGE.nbytes
        for victim in victims:
            victim.process.send_signal(signal.SIGCONT)
        newest = healthy.receive()[0]
        for victim in victims:
            found = victim.receive()
            while found[1] <= 20:  # what was under way when it was stopped; a busy machine lost some before
                found = victim.receive()
            assert found[0] >= newest - 25


def test_slow_subscriber_gets_the_newest_and_is_told_what_it_lost(film: Film, server: ZmqProcess) -> None:
    with (
        Remote(server.address, "wall/frames$", on_demand=True) as slow,
        Remote(server.address, "wall/frames$") as quick,
    ):
        newest = slow.receive()[0]
        expected, before, lost = newest + 1, quick.receive()[0], 0
        for _ in range(6):
            newest += 20
            while before < newest:
                seq, dropped, size = quick.receive()
                assert (seq, size) == (before + 1 + dropped, IMAGE.nbytes)
                before = seq
            seq, dropped, size = slow.receive()
            assert (seq, size) == (expected + dropped, IMAGE.nbytes)
            expected = seq + 1
            lost += dropped
        # One in twenty was taken: some wait in the buffers of libzmq and of the kernel, and the rest is lost.
        assert lost > 10


def test_records_reach_twenty_subscribers_without_loss_beside_pictures_and_a_stopped_one(
    film: Film, client: NodeClient, server: ZmqProcess
) -> None:
    client.put("sensor", "numbers:?period=0.002")
    with ExitStack() as stack:
        victim = stack.enter_context(Remote(server.address, ""))
        listeners = [stack.enter_context(Listener(server.address, "sensor/data$")) for _ in range(20)]
        viewer = stack.enter_context(Remote(server.address, "wall/frames$"))
        viewer.receive()
        victim.receive()
        stack.enter_context(stopped(victim.process))
        for one in listeners:
            expected = one.receive()[1]["seq"]
            for _ in range(1000):
                expected += 1
                header = one.receive()[1]
                assert (header["seq"], header["dropped"]) == (expected, 0)


def test_queue_of_a_stopped_subscriber_is_bounded(node: TestNode, server: ZmqProcess) -> None:
    block = np.zeros(64 << 10, np.uint8)
    with (
        framecast.publish("sensor", node=node.folder) as out,
        Remote(server.address, "sensor/data$") as victim,
        Listener(server.address, "sensor/data$") as healthy,
    ):
        out.send_data(block)
        victim.receive()
        healthy.receive()
        before = server.memory_bytes()
        with stopped(victim.process):
            for _ in range(1500):  # 94 MiB
                out.send_data(block)
                assert healthy.receive()[1]["dropped"] == 0
            assert server.memory_bytes() - before < encoder.QUEUE_BYTES + 24 * MiB
        dropped = 0
        for _ in range(400):
            found = victim.receive()[1]
            dropped += found
            if found:
                break
        assert dropped > 0


def test_pickles_and_other_messages_are_refused_and_counted(
    client: NodeClient, start: Callable[..., ZmqProcess]
) -> None:
    client.put("sensor", "numbers:?period=0.02")
    server = start()
    context = zmq.Context()
    sock = context.socket(zmq.XSUB)
    sock.connect(server.address)
    sock.send(b"\x01sensor/data$")
    sock.recv_multipart()
    for message in (pickle.dumps({"a": print}), b"", b"hello"):
        sock.send(message)
    with Listener(server.address, "sensor/data$") as listener:
        for _ in range(20):
            listener.receive()
        sock.recv_multipart()  # such a subscriber is served all the same
        until(lambda: _figure(client, "framecast_zmq_refused", "message") == 3)
        for _ in range(connection.MAX_REFUSED):
            sock.send(pickle.dumps(1))
        until(lambda: _figure(client, "framecast_zmq_refused", "protocol") == 1)
        listener.receive()
    context.destroy(0)


def _figure(client: NodeClient, metric: str, reason: str) -> float:
    # The server tells the node every few seconds.
    servers = client.request({"op": "figures"})["servers"]
    found = [one for one in servers.get("zmq", ()) if one["metric"] == metric]
    return sum(float(one["value"]) for one in found if one["labels"].get("reason") == reason)


GREETING = b"\xff" + bytes(7) + b"\x01\x7f\x03\x00NULL" + bytes(16) + b"\x00" + bytes(31)
READY = b"\x04\x19\x05READY\x0bSocket-Type\x00\x00\x00\x03SUB"
HOSTILE = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a pickle": pickle.dumps(["x"] * 100),
    "zmtp 1": b"\x01\x00" + bytes(62),
    "zmtp 2": b"\xff" + bytes(8) + b"\x7f\x01\x02" + bytes(60),
    "unknown mechanism": GREETING.replace(b"NULL", b"GSSA"),
    "huge frame": GREETING + READY + b"\x02\x7f" + b"\xff" * 7,
    "huge frame before the handshake": GREETING + b"\x06\xff" + b"\xff" * 7,
    "message before the handshake": GREETING + b"\x00\x05\x01door",
    "unknown flags": GREETING + READY + b"\xf0\x00",
    "metadata cut short": GREETING + b"\x04\x10\x05READY\x0bSocket-Typ",
    "metadata that lies": GREETING + b"\x04\x19\x05READY\x0bSocket-Type\xff\xff\xff\xffSUB",
    "a publisher": GREETING + READY.replace(b"SUB", b"PUB"),
    "empty command": GREETING + b"\x04\x00",
    "command that lies": GREETING + b"\x04\x02\x7fA",
    "topic too long": GREETING + READY + b"\x02" + (2000).to_bytes(8, "big") + b"\x01" + b"x" * 1999,
    "too many topics": GREETING + READY + b"".join(b"\x00\x05\x01%04d" % n for n in range(400)),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_strangers_are_cut_off_and_the_server_goes_on(
    what: str, client: NodeClient, server: ZmqProcess
) -> None:
    client.put("sensor", "numbers:?period=0.02")
    with Listener(server.address, "sensor/data$") as listener, server.connect() as sock:
        listener.receive()
        sock.sendall(HOSTILE[what])
        assert _is_cut(sock), "it is still connected"
        for _ in range(5):
            listener.receive()


def _is_cut(sock: socket.socket) -> bool:
    try:
        while sock.recv(65536):
            pass
    except ConnectionResetError:
        pass
    except TimeoutError:
        return False
    return True


def test_well_behaved_bytes_are_answered(client: NodeClient, server: ZmqProcess) -> None:
    """The positive control of the strangers: the same greeting and READY, then a subscription of ZMTP 3.0."""
    client.put("sensor", "numbers:?period=0.02")
    with server.connect() as sock:
        sock.sendall(GREETING + READY + b"\x00\x0d\x01sensor/data$")
        found = b""
        while b"sensor/data$" not in found:
            found += sock.recv(65536)


def test_random_bytes_never_end_the_server(client: NodeClient, server: ZmqProcess) -> None:
    client.put("sensor", "numbers:?period=0.02")
    random = np.random.default_rng(11)
    with Listener(server.address, "sensor/data$") as listener:
        for _ in range(200):
            noise = random.integers(0, 256, random.integers(1, 300), np.uint8).tobytes()
            begin = (b"", GREETING, GREETING + READY)[random.integers(3)]
            with server.connect() as sock:
                sock.sendall(begin + noise)
        listener.receive()
    assert server.process.poll() is None


def test_connections_that_say_nothing_are_closed(client: NodeClient, server: ZmqProcess) -> None:
    begun = monotonic()
    with server.connect() as sock:
        assert _is_cut(sock)
    assert monotonic() - begun >= connection.HANDSHAKE_S - 1


def test_hundred_joins_and_leaves_leave_nothing_behind(
    film: Film, client: NodeClient, server: ZmqProcess
) -> None:
    folder = f"/proc/{server.process.pid}/fd"

    def visit() -> None:
        with Listener(server.address, "wall/frames$", rcvhwm=1) as listener:
            listener.receive()

    visit()
    until(lambda: client.stream("wall").readers == 0)
    before = len(os.listdir(folder))
    for _ in range(100):
        visit()
    until(lambda: client.stream("wall").readers == 0)
    until(lambda: len(os.listdir(folder)) <= before)
    assert server.memory_bytes() < 150 * MiB
