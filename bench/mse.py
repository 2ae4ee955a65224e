"""Live video over WebSocket: what many viewers cost the web server, and what one viewer of a camera costs altogether.

The peer of many viewers is a bare loop that writes the same number of bytes in ready-made pieces to as many sockets, on the event
loop that the web server uses too (uvloop). One process reads for all viewers and throws away.
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import sys
import time
from typing import cast
from urllib.parse import urlsplit

import psutil
import uvloop

from bench.clips import CAMERA, FULL_HD
from bench.running import Node, cpu_s, program, result, tree
from bench.table import Row
from tests.support.rtsp_server import RtspServer

COUNTS = (50, 200, 800)
FPS = 25
SECONDS = 15
CODECS = "avc1.640029,avc1.64002A,avc1.640033,mp4a.40.2"


def rows() -> list[Row]:
    """Measure and return the rows."""
    with Node({"camera": {"source": str(FULL_HD.path()), "always": True}}) as node:
        ours = {count: crowd(count, node) for count in COUNTS}
    table = []
    for count in COUNTS:
        cores, rate, size = ours[count]
        peer, peer_rate = loop(count, round(size))
        must = "<= 2 x" if count == 200 else ""
        ratio = cores / peer * (peer_rate / rate)
        table.append(
            Row(
                f"{count} MSE viewers, 1080p25 4 Mbit/s, web server's CPU",
                f"{100 * cores:.1f} % of a core ({rate / count / 1e3:.0f} kB/s each, {1e6 * cores / rate * 20e3:.0f} us for 20 kB)",
                f"bare loop: {100 * peer:.1f} % ({peer_rate / count / 1e3:.0f} kB/s each)",
                f"{ratio:.2f} x",
                must,
                ratio <= 2 if must else None,
            )
        )
    each = {count: ours[count][0] / count for count in COUNTS}
    growth = each[800] / each[200]
    table.append(
        Row("  CPU a viewer, 800 against 200", f"{growth:.2f} x", "", "", "linear: <= 1.2 x", growth <= 1.2)
    )
    return [*table, alone()]


def alone() -> Row:
    """One RTSP camera with sound, one viewer: every process of the node counts."""
    with RtspServer(CAMERA) as camera, Node({"door": camera.url()}) as node:
        audience = program("bench.mse", "watch", node.url, "door", 1)
        assert audience.stdout
        audience.stdout.readline()
        time.sleep(3)
        processes = tree(node.pid)
        before, begin = cpu_s(processes), time.monotonic()
        result(audience)
        cores = (cpu_s(processes) - before) / (time.monotonic() - begin)
    return Row(
        "RTSP 1080p25 4 Mbit/s with sound to one MSE viewer, everything counted",
        f"{100 * cores:.2f} % of a core",
        "",
        "",
        "<= 3.5 %",
        cores <= 0.035,
    )


def crowd(count: int, node: Node) -> tuple[float, float, float]:
    """Cores of the web server, bytes a second to all viewers, bytes of a frame."""
    audience = program("bench.mse", "watch", node.url, "camera", count)
    assert audience.stdout
    audience.stdout.readline()
    time.sleep(2)
    web = [one for one in tree(node.pid) if one.cmdline()[1:4] == ["-P", "-m", "framecast.servers.web"]]
    before, begin = cpu_s(web), time.monotonic()
    rate = result(audience)
    cores = (cpu_s(web) - before) / (time.monotonic() - begin)
    return cores, rate, rate / count / FPS


def loop(count: int, size: int) -> tuple[float, float]:
    """Cores of the bare loop, bytes a second to all."""
    server = program("bench.mse", "loop", count, size)
    assert server.stdout
    url = server.stdout.readline().strip()
    audience = program("bench.mse", "watch", url, "", count)
    try:
        assert audience.stdout
        audience.stdout.readline()
        time.sleep(2)
        processes = [psutil.Process(server.pid)]
        before, begin = cpu_s(processes), time.monotonic()
        rate = result(audience)
        return (cpu_s(processes) - before) / (time.monotonic() - begin), rate
    finally:
        server.kill()
        server.communicate()


def watch(url: str, stream: str, count: int) -> None:
    """Be all the viewers: bytes a second are printed."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 80
    poll = select.epoll()
    socks = {}
    for _ in range(count):
        sock = socket.create_connection((host, port))
        if stream:
            join(sock, f"{host}:{port}", stream)
        socks[sock.fileno()] = sock
        poll.register(sock, select.EPOLLIN)
    buffer = bytearray(1 << 20)
    waiting = set(socks)
    received, begin, end = 0, 0.0, 0.0
    while not end or time.monotonic() < end:
        for number, _ in poll.poll(0.5):
            size = socks[number].recv_into(buffer)
            if not size:
                raise RuntimeError("a viewer was sent away")
            received += size
            if size > 1000:
                waiting.discard(number)
        if not waiting and not end:
            print("watching", flush=True)
            received, begin = 0, time.monotonic()
            end = begin + SECONDS
    print(json.dumps(received / (time.monotonic() - begin)))


def join(sock: socket.socket, host: str, stream: str) -> None:
    """Ask for the stream by WebSocket, as a browser's player does."""
    head = (
        f"GET /api/ws?src={stream} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    )
    if token := os.environ.get("BENCH_TOKEN"):  # of `bench.access`
        head += f"Authorization: Bearer {token}\r\n"
    head += "\r\n"
    sock.sendall(head.encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += sock.recv(1)
    if b" 101 " not in answer:
        raise RuntimeError(answer.decode(errors="replace"))
    wish = json.dumps({"type": "mse", "value": CODECS}).encode()
    # A text frame with a mask of zeros (RFC 6455, 5.2).
    sock.sendall(b"\x81" + bytes([0x80 | len(wish)]) + bytes(4) + wish)


def bare(count: int, size: int) -> None:
    """Be the loop that only writes: `size` bytes to each of `count` sockets, 25 times a second."""

    async def run() -> None:
        transports: list[asyncio.Transport] = []
        complete = asyncio.Event()

        class Guest(asyncio.Protocol):
            def connection_lost(self, exc: Exception | None) -> None:
                transports.clear()  # they all leave at once

            def connection_made(self, transport: asyncio.BaseTransport) -> None:
                transports.append(cast("asyncio.Transport", transport))
                if len(transports) == count:
                    complete.set()

        server = await asyncio.get_running_loop().create_server(Guest, "127.0.0.1", 0, backlog=1024)
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        await complete.wait()
        piece, begin, number = os.urandom(size), time.monotonic(), 0
        while True:
            for transport in transports:
                transport.write(piece)
            number += 1
            await asyncio.sleep(max(0.0, begin + number / FPS - time.monotonic()))

    uvloop.run(run())


if __name__ == "__main__":
    if sys.argv[1] == "watch":
        watch(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        bare(int(sys.argv[2]), int(sys.argv[3]))
