"""An RTSP camera, 1080p25 at 4 Mbit/s with sound, kept live without a reader: in Python, with framecast-native, and by go2rtc.

All pull the same server in the same seconds, so that what else the machine does meets all of them. The second row counts every process of
the node. go2rtc takes part if the variable GO2RTC names its program.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import yaml

from bench.clips import CAMERA
from bench.running import Node, cpu_s, tree
from bench.table import Row
from framecast import native
from tests.support import ports
from tests.support.rtsp_server import RtspServer

ROUNDS, SECONDS = 3, 20
PEER = "GO2RTC"


def rows() -> list[Row]:
    """Measure and return the rows."""
    if native.look().module is None:
        return [Row("RTSP kept live with framecast-native", f"not measured: {native.look().why}")]
    return [row for transport in ("tcp", "udp") for row in measured(transport)]


def measured(transport: str) -> list[Row]:
    """The rows of one transport."""
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
        groups = [*(node.processes("camera") for node in nodes), nodes[1].processes()]
        if transport == "tcp" and os.environ.get(PEER):
            groups.append(stack.enter_context(peer(os.environ[PEER], server.url())))
        time.sleep(5)
        found = _shares(groups)
    python, ours, whole, *theirs = found
    name = f"RTSP 1080p25 4 Mbit/s kept live over {transport.upper()}, no reader"
    rows = [
        Row(
            f"{name}: CPU of the source process, native",
            f"{100 * ours:.2f} % of a core",
            f"Python: {100 * python:.2f} %",
            f"{ours / python:.2f} x",
            "<= 0.4 x" if transport == "tcp" else "",
            ours <= 0.4 * python if transport == "tcp" else None,
        )
    ]
    if theirs:
        rows.append(
            Row(
                "  every process of the node",
                f"{100 * whole:.2f} % of a core",
                f"go2rtc: {100 * theirs[0]:.2f} %",
                f"{whole / theirs[0]:.2f} x",
                "<= 0.6 x",
                whole <= 0.6 * theirs[0],
            )
        )
    return rows


@contextmanager
def peer(program: str, url: str) -> Iterator[list[psutil.Process]]:
    """Yield the processes of go2rtc, which keeps one camera live."""
    with tempfile.TemporaryDirectory(prefix="framecast-bench-") as folder:
        config = Path(folder) / "go2rtc.yaml"
        services = {name: {"listen": f"127.0.0.1:{ports.free_port()}"} for name in ("api", "rtsp", "webrtc")}
        config.write_text(yaml.safe_dump({"streams": {"camera": url}, "preload": {"camera": ""}, **services}))
        running = subprocess.Popen([program, "-config", str(config)], cwd=folder, stdout=subprocess.DEVNULL)
        try:
            time.sleep(5)
            yield tree(running.pid)
        finally:
            running.kill()
            running.wait()


def _shares(groups: list[list[psutil.Process]]) -> list[float]:
    """The cores that each group of processes takes, the median of some rounds."""
    found: list[list[float]] = [[] for _ in groups]
    for _ in range(ROUNDS):
        before, begin = [cpu_s(one) for one in groups], time.monotonic()
        time.sleep(SECONDS)
        passed = time.monotonic() - begin
        for index, one in enumerate(groups):
            found[index].append((cpu_s(one) - before[index]) / passed)
    return [statistics.median(shares) for shares in found]
