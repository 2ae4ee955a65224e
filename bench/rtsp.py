"""An RTSP camera, 1080p25 at 4 Mbit/s with sound, kept live with one reader of its packets: CPU and memory a stream.

CPU counts the source process and the reader; memory is what the node's processes take beyond a node without streams.
"""

from __future__ import annotations

import selectors
import sys
import time

import framecast
from bench.clips import CAMERA
from bench.running import Node, cpu_s, program, pss_bytes, tree
from bench.table import Row
from tests.support.rtsp_server import RtspServer

SECONDS = 20
MiB = 1 << 20


def rows() -> list[Row]:
    """Measure and return the rows for 1, 4 and 16 streams."""
    table = []
    for count in (1, 4, 16):
        mounts = {f"/camera{number}": CAMERA for number in range(count)}
        with RtspServer(mounts) as server:
            urls = {f"camera{number}": server.url(f"/camera{number}") for number in range(count)}
            table += measured(count, urls)
    return table


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
