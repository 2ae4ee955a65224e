"""A stream of another node against the same stream here: how much later a program has the array. Both read at once.

Two streams: a camera (RTSP, 1080p25 H.264, whose packets travel and are decoded at the reader's), and a test pattern, whose
pictures the other node has to encode first, or sends bare. Frames are paired by their capture time; both times of arrival in
the program's hand are CLOCK_MONOTONIC, as everything runs on this machine.
"""

from __future__ import annotations

import json
import statistics
import sys
import time

import framecast
from bench.clips import CAMERA
from bench.running import Node, program, result
from bench.table import Row
from tests.support.rtsp_server import RtspServer

FRAMES = 500
WARM_UP = 50
INTERVAL_MS = 40.0


def rows() -> list[Row]:
    """Measure and return the rows."""
    with RtspServer({"/camera": CAMERA}) as server:
        streams = {"camera": server.url("/camera"), "pattern": "pattern:?size=1920x1080&fps=25&audio=0"}
        with Node(dict(streams)) as node:
            with (
                framecast.NodeClient() as client
            ):  # the bench's own node: its folder stands in the environment
                url = client.info()["servers"]["grpc"]["url"]
            return [
                *compared(node, "1080p25 H.264 camera", "camera", f"{url}/camera", must=True),
                *compared(node, "1080p25 pictures, encoded for the way", "pattern", f"{url}/pattern"),
                *compared(node, "1080p25 pictures, bare", "pattern", f"{url}/pattern?raw=1"),
            ]


def compared(node: Node, what: str, here: str, there: str, *, must: bool = False) -> list[Row]:
    """Read one stream both ways; return what the way through gRPC adds."""
    readers = [program("bench.remote", where, env=node.environment) for where in (here, there)]
    local, remote = (dict(map(tuple, result(reader))) for reader in readers)
    both = sorted(local.keys() & remote.keys())[WARM_UP:]
    added = sorted((remote[at] - local[at]) / 1e6 for at in both)
    p50, p95 = statistics.median(added), added[len(added) * 95 // 100]
    age = statistics.median((local[at] - at) / 1e6 for at in both)
    return [
        Row(
            f"remote open against local, {what}: added, p50",
            f"{p50:.1f} ms",
            f"local: {age:.1f} ms old",
            "",
            f"<= {INTERVAL_MS:.0f} ms" if must else "",
            p50 <= INTERVAL_MS if must else None,
        ),
        Row("  p95", f"{p95:.1f} ms", f"{len(both)} pictures seen by both"),
    ]


def main() -> None:
    """Read a stream; print when each picture was captured and in hand, both on the wall clock of the program's start."""
    to_wall_ns = time.time_ns() - time.monotonic_ns()
    seen = []
    with framecast.open(sys.argv[1], timeout_s=60) as camera:
        camera.read()
        end = time.monotonic() + FRAMES / 25 + 5
        for frame in camera:
            frame.planes[0][0, 0]
            seen.append((frame.captured_at, time.monotonic_ns() + to_wall_ns))
            if len(seen) >= FRAMES or time.monotonic() > end:
                break
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
