"""Over ZeroMQ: a 1080p picture on loopback against `zmq.send_pyobj`, the same encrypted, and a thousand data records a second to
20 subscribers.

Ours: `framecast.publish`, the node's ZeroMQ server, and a plain pyzmq subscriber that receives without a copy. CPU is that
of server and subscriber together, the peer's that of sender and receiver. Latency is from publication to the array in hand.
"""

from __future__ import annotations

import json
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import zmq

import framecast
from bench.handover import FPS, FRAMES, PICTURE, WARM_UP, paced
from bench.running import Node, cpu_s, program, result
from bench.table import Row
from framecast.client.node_client import NodeClient
from framecast.servers.zmq import keys

SUBSCRIBERS = 20
RATE = 1000
SECONDS = 10


def rows() -> list[Row]:
    """Measure and return the rows."""
    ours, peer, sealed = pictures(), by_pyobj(), encrypted()
    lost, late = data()
    latency, cpu = ours["p50_us"] / peer["p50_us"], ours["cpu_ms"] / peer["cpu_ms"]
    return [
        Row(
            "1080p BGR by ZeroMQ tcp against zmq.send_pyobj, p50",
            f"{ours['p50_us'] / 1e3:.2f} ms",
            f"{peer['p50_us'] / 1e3:.2f} ms",
            f"{latency:.2f} x",
            "<= 0.33 x",
            latency <= 1 / 3,
        ),
        Row(
            "  CPU of sender and receiver a picture",
            f"{ours['cpu_ms']:.2f} ms",
            f"{peer['cpu_ms']:.2f} ms",
            f"{cpu:.2f} x",
            "<= 0.5 x",
            cpu <= 0.5,
        ),
        Row(
            "  over CURVE: CPU of the server a picture",
            f"{sealed['server_ms']:.2f} ms",
            "",
            f"without: {ours['server_ms']:.2f} ms",
            "",
        ),
        Row(
            f"{RATE} data records a second to {SUBSCRIBERS} ZeroMQ subscribers: lost",
            f"{lost} of {SUBSCRIBERS * RATE * SECONDS}",
            f"p50 {late:.1f} ms late",
            "",
            "0",
            lost == 0,
        ),
    ]


def pictures(secret: str = "", public: str = "") -> dict[str, float]:
    """Publish pictures to one subscriber; return p50 of its latency, and CPU a picture: of the server, and with the subscriber.

    `secret` is the file of the server's CURVE key, `public` the other half of it.
    """
    zmq_keys = {"curve_secret_key_file": secret} if secret else {}
    with Node({"unused": "numbers:"}, zmq_keys) as node, framecast.publish("wall") as out:
        server = [
            one for one in node.processes() if one.cmdline()[1:4] == ["-P", "-m", "framecast.servers.zmq"]
        ]
        out.send(PICTURE)
        reader = program("bench.zeromq", "picture", port_of(node), *filter(None, [public]))
        while not node.streams()["wall"]["readers"]:
            time.sleep(0.05)
        time.sleep(1)
        before = cpu_s(server)
        begin = time.monotonic()
        while reader.poll() is None:  # over CURVE it may get fewer than are published
            out.send(PICTURE)
            time.sleep(1 / FPS - (time.monotonic() - begin) % (1 / FPS))
        figures: dict[str, float] = result(reader)
        spent = cpu_s(server) - before
    figures["server_ms"] = spent / (FRAMES + 1) * 1e3
    figures["cpu_ms"] += figures["server_ms"]
    return figures


def encrypted() -> dict[str, float]:
    """The same by CURVE."""
    with tempfile.TemporaryDirectory() as folder:
        secret = Path(folder) / "server.key"
        return pictures(str(secret), keys.make(secret))


def by_pyobj() -> dict[str, float]:
    """The same by a pickled array over a PUB socket."""
    context = zmq.Context()
    sender = context.socket(zmq.XPUB)
    port = sender.bind_to_random_port("tcp://127.0.0.1")
    reader = program("bench.zeromq", "pyobj", port)
    sender.recv()
    own = [psutil.Process()]
    before = cpu_s(own)
    paced(lambda: sender.send_pyobj((time.time_ns(), PICTURE)))
    spent = cpu_s(own) - before
    figures: dict[str, float] = result(reader)
    sender.close(0)
    context.term()
    figures["cpu_ms"] += spent / (FRAMES + WARM_UP) * 1e3
    return figures


def data() -> tuple[int, float]:
    """Return how many records were lost, and p50 of how many milliseconds after its time a record came."""
    with Node({"sensor": f"numbers:?period=1/{RATE}"}) as node:
        port = port_of(node)
        readers = [program("bench.zeromq", "data", port) for _ in range(SUBSCRIBERS)]
        found = [result(reader) for reader in readers]
    return sum(one["lost"] for one in found), statistics.median(one["late_ms"] for one in found)


def port_of(node: Node) -> int:
    """Return the port of the node's ZeroMQ server."""
    with NodeClient(Path(node.environment["FRAMECAST_RUNTIME_DIR"])) as client:
        match = re.search(r":(\d+)$", client.info()["servers"]["zmq"]["url"])
    assert match
    return int(match[1])


def subscribe(port: str, topic: bytes, server_key: str = "") -> zmq.Socket[bytes]:
    """Return a plain subscriber, with keys of its own where the server has one."""
    sock = zmq.Context().socket(zmq.SUB)
    if server_key:
        sock.curve_serverkey = server_key.encode()
        sock.curve_publickey, sock.curve_secretkey = zmq.curve_keypair()
    sock.subscribe(topic)
    sock.connect(f"tcp://127.0.0.1:{port}")
    return sock


def read_pictures(port: str, server_key: str = "") -> dict[str, float]:
    """Be the subscriber of pictures: `copy=False` gives the message's own memory."""
    sock = subscribe(port, b"wall/frames$", server_key)
    sock.recv_multipart(copy=False)

    def receive() -> int:
        _, header, payload = sock.recv_multipart(copy=False)
        fields = json.loads(header.bytes)
        image = np.frombuffer(payload.buffer, np.uint8).reshape(fields["shape"])
        assert image.shape == PICTURE.shape
        return int(fields["published_at"])

    return measured(receive)


def read_pyobj(port: str) -> dict[str, float]:
    """Be the peer's receiver."""
    sock = subscribe(port, b"")

    def receive() -> int:
        sent_at, image = sock.recv_pyobj()
        assert image.shape == PICTURE.shape
        return int(sent_at)

    return measured(receive)


def measured(receive: Any) -> dict[str, float]:  # noqa: ANN401  whatever gives the time of publication
    """Return p50 latency and CPU a picture of this process."""
    receive()
    begin, latencies = time.process_time(), []
    for _ in range(FRAMES):
        published_at = receive()
        latencies.append((time.time_ns() - published_at) / 1e3)
    spent = time.process_time() - begin
    return {"p50_us": statistics.median(latencies[WARM_UP:]), "cpu_ms": spent / FRAMES * 1e3}


def read_data(port: str) -> dict[str, float]:
    """Be a subscriber of data for SECONDS: count what is missing."""
    sock = subscribe(port, b"sensor/data$")
    late, lost, before = [], 0, -1
    for _ in range(RATE * SECONDS):
        _, header, _payload = sock.recv_multipart()
        fields = json.loads(header)
        lost += fields["dropped"] + (fields["seq"] - before - 1 if before >= 0 else 0)
        before = fields["seq"]
        late.append((time.time_ns() - fields["published_at"]) / 1e6)
    return {"lost": lost, "late_ms": statistics.median(late)}


if __name__ == "__main__":
    role, *places = sys.argv[1:]
    roles: dict[str, Any] = {"picture": read_pictures, "pyobj": read_pyobj, "data": read_data}
    print(json.dumps(roles[role](*places)))
