"""An RTSP camera, 1080p25 at 4 Mbit/s with sound, kept live with one reader of its packets: CPU and memory a stream, and how early.

CPU counts the source process and the reader; memory is what the node's processes take beyond a node without streams. A reader has
a picture's packet earlier than a program that pulls the same camera with FFmpeg's demuxer: by how much, both see of the same bytes.
"""

from __future__ import annotations

import selectors
import statistics
import sys
import threading
import time

import av

import framecast
from bench.clips import CAMERA
from bench.running import Node, cpu_s, program, pss_bytes, tree
from bench.table import Row
from tests.support.rtsp_server import RtspServer

SECONDS = 20
EARLY_S = 8  # less than the clip lasts: each access unit is met once
MiB = 1 << 20


def rows() -> list[Row]:
    """Measure and return the rows for 1, 4 and 16 streams."""
    table = []
    for count in (1, 4, 16):
        mounts = {f"/camera{number}": CAMERA for number in range(count)}
        with RtspServer(mounts) as server:
            urls = {f"camera{number}": server.url(f"/camera{number}") for number in range(count)}
            table += measured(count, urls)
    for transport in ("tcp", "udp"):
        with RtspServer(CAMERA) as server:
            table.append(early(server.url(), transport))
    return table


def early(url: str, transport: str) -> Row:
    """When the access units of one camera come, here and by FFmpeg."""
    ours: dict[bytes, float] = {}
    theirs: dict[bytes, float] = {}
    over = threading.Event()

    def pull() -> None:
        with av.open(url, options={"rtsp_transport": transport}) as container:
            for packet in container.demux(video=0):
                theirs[bytes(packet)] = time.monotonic()
                if over.is_set():
                    return

    with (
        Node({"camera": {"source": url, "transport": transport}}),
        framecast.open("camera") as stream,
        stream.packets(audio=False) as packets,
    ):
        other = threading.Thread(target=pull)
        other.start()
        while not theirs:
            packets.read(60)
        end = time.monotonic() + EARLY_S
        while time.monotonic() < end:
            ours[packets.read(60).payload] = time.monotonic()
        over.set()
        other.join()
    ahead_ms = [1000 * (theirs[unit] - at) for unit, at in ours.items() if unit in theirs]
    return Row(
        f"  a picture's packet at a reader over {transport.upper()} (p50 of {len(ahead_ms)})",
        f"{statistics.median(ahead_ms):.1f} ms earlier",
        "FFmpeg's demuxer (PyAV) at the same camera",
    )


def measured(count: int, urls: dict[str, str]) -> list[Row]:
    """The two rows for so many streams."""
    with Node(dict(urls)) as node:
        node.get("/healthz")
        empty = sum(pss_bytes(process) for process in node.processes())
        reader = program("bench.rtsp", *urls, env=node.environment)
        assert reader.stdout
        reader.stdout.readline()
        time.sleep(5)
        processes = [*node.processes(), *tree(reader.pid)]
        before, begin = cpu_s(processes), time.monotonic()
        time.sleep(SECONDS)
        cores = (cpu_s(processes) - before) / (time.monotonic() - begin) / count
        memory = (sum(pss_bytes(process) for process in node.processes()) - empty) / count / MiB
        reader.kill()
        reader.communicate()
    return [
        Row(
            f"RTSP 1080p25 4 Mbit/s kept live, {count} streams: CPU a stream",
            f"{100 * cores:.2f} % of a core",
            "",
            "",
            "<= 2.5 %",
            cores <= 0.025,
        ),
        Row("  memory (PSS) a stream", f"{memory:.1f} MiB", "", "", "<= 16 MiB", memory <= 16),
    ]


def main() -> None:
    """Read the packets of all streams named, in one process."""

    selector = selectors.DefaultSelector()
    for name in sys.argv[1:]:
        packets = framecast.open(name).packets()
        packets.read(60)
        selector.register(packets, selectors.EVENT_READ)
    print("ready", flush=True)
    while True:
        for key, _ in selector.select():
            try:
                key.fileobj.read(0)  # type: ignore[union-attr]
            except framecast.WouldBlock:
                continue


if __name__ == "__main__":
    main()
