"""Fifty MJPEG viewers of one 1080p25 camera, against a Flask server as people write it, same JPEG quality.

Once of an RTSP camera, which has to be decoded and encoded, and once of one that sends JPEG itself.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time
from urllib.parse import urlsplit

from bench.clips import CAMERA
from bench.flask_server import QUALITY
from bench.running import Node, cpu_s, program, result, tree
from bench.table import Row
from tests.support.http_sources import HttpSources
from tests.support.media_files import Clip
from tests.support.ports import free_port
from tests.support.rtsp_server import RtspServer

VIEWERS = 50
SECONDS = 20
JPEG_CLIP = Clip(size=CAMERA.size, fps=CAMERA.fps)  # in the quality that FFmpeg gives it


def rows() -> list[Row]:
    """Measure and return the rows."""
    with RtspServer(CAMERA) as camera:
        coded = row(f"{VIEWERS} MJPEG viewers of 1080p25, server's CPU", camera.url())
    with HttpSources(JPEG_CLIP) as web:
        own = row("  the same of a camera that sends MJPEG", web.mjpeg())
    return [coded, own]


def row(what: str, source: str) -> Row:
    """Measure ours, then Flask, on one camera."""
    with Node({"front-door": source}) as node:
        ours, our_rate = watched(f"{node.url}/api/stream.mjpeg?src=front-door&q={QUALITY}", node.pid)
    port = free_port()
    flask = program("bench.flask_server", source, port)
    try:
        peer, peer_rate = watched(f"http://127.0.0.1:{port}/video", flask.pid)
    finally:
        flask.kill()
        flask.communicate()
    ratio = ours / peer
    return Row(
        what,
        f"{100 * ours:.0f} % of a core ({our_rate:.1f} fps each)",
        f"Flask: {100 * peer:.0f} % ({peer_rate:.1f} fps each)",
        f"{ratio:.2f} x",
        "<= 0.5 x",
        ratio <= 0.5,
    )


def watched(url: str, server: int) -> tuple[float, float]:
    """Cores that the server uses while all watch, and pictures a second that a viewer gets."""
    audience = program("bench.viewers", url)
    assert audience.stdout
    audience.stdout.readline()  # everybody has the first picture
    processes = tree(server)
    before, begin = cpu_s(processes), time.monotonic()
    pictures = result(audience)
    seconds = time.monotonic() - begin
    return (cpu_s(processes) - before) / seconds, pictures / VIEWERS / seconds


def main() -> None:
    """Be all the viewers in one process: read, count the parts, throw away."""
    parts = urlsplit(sys.argv[1])
    selector = selectors.DefaultSelector()
    for _ in range(VIEWERS):
        selector.register(connect(parts.hostname or "", parts.port or 80, f"{parts.path}?{parts.query}"), 1)
    waiting = VIEWERS
    started: set[int] = set()
    pictures, end = 0, 0.0
    while not end or time.monotonic() < end:
        for key, _ in selector.select(0.5):
            assert isinstance(key.fileobj, socket.socket)
            count = key.fileobj.recv(1 << 20).count(b"Content-Type: image/jpeg")
            if count and key.fd not in started:
                started.add(key.fd)
                waiting -= 1
            pictures += count
        if not waiting and not end:
            print("watching", flush=True)
            pictures, end = 0, time.monotonic() + SECONDS
    print(json.dumps(pictures))


def connect(host: str, port: int, path: str) -> socket.socket:
    """Ask for the stream, trying again until the server is up."""
    for _ in range(200):
        try:
            sock = socket.create_connection((host, port))
            break
        except ConnectionRefusedError:
            time.sleep(0.1)
    else:
        raise RuntimeError(f"nobody listens at {host}:{port}")
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    return sock


if __name__ == "__main__":
    main()
