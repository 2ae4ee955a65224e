"""An RTSP camera, 1080p25 at 4 Mbit/s with sound, kept live without a reader: the source process in Python and with framecast-native.

Two nodes pull the same server in the same seconds, so that what else the machine does meets both.
"""

from __future__ import annotations

import statistics
import time
from contextlib import ExitStack

from bench.clips import CAMERA
from bench.running import Node, cpu_s
from bench.table import Row
from framecast import native
from tests.support.rtsp_server import RtspServer

ROUNDS, SECONDS = 3, 20


def rows() -> list[Row]:
    """Measure and return the rows."""
    if native.look().module is None:
        return [Row("RTSP kept live with framecast-native", f"not measured: {native.look().why}")]
    return [measured(transport) for transport in ("tcp", "udp")]


def measured(transport: str) -> Row:
    """The row of one transport."""
    with RtspServer(CAMERA) as server, ExitStack() as stack:
        stream = {"source": server.url(), "transport": transport, "always": True}
        nodes = [
            stack.enter_context(Node({"camera": stream}, FRAMECAST_NATIVE=value)) for value in ("0", "1")
        ]
        for node in nodes:
            while node.streams()["camera"]["state"] != "live":
                time.sleep(0.2)
        receivers = [node.streams()["camera"]["facts"]["receiver"] for node in nodes]
        assert [one.split()[0] for one in receivers] == ["Python", "native"], receivers
        time.sleep(3)
        sources = [node.processes("camera") for node in nodes]
        found: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            before, begin = [cpu_s(one) for one in sources], time.monotonic()
            time.sleep(SECONDS)
            passed = time.monotonic() - begin
            for index, one in enumerate(sources):
                found[index].append((cpu_s(one) - before[index]) / passed)
    ours, theirs = statistics.median(found[1]), statistics.median(found[0])
    return Row(
        f"RTSP 1080p25 4 Mbit/s kept live over {transport.upper()}, no reader: CPU of the source process, native",
        f"{100 * ours:.2f} % of a core",
        f"Python: {100 * theirs:.2f} %",
        f"{ours / theirs:.2f} x",
        "<= 0.85 x" if transport == "tcp" else "",
        ours <= 0.85 * theirs if transport == "tcp" else None,
    )
