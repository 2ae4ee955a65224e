"""Eight programs that analyse one RTSP camera in BGR, against eight with `cv2.VideoCapture`, as people write them."""

from __future__ import annotations

import os
import sys
import time

import cv2
import psutil

import framecast
from bench.clips import CAMERA
from bench.running import Node, cpu_s, program, tree
from bench.table import Row
from tests.support.rtsp_server import RtspServer

ANALYSERS = 8
SECONDS = 20


def rows() -> list[Row]:
    """Measure and return the row."""
    with RtspServer(CAMERA) as camera:
        with Node({"front-door": camera.url()}) as node:
            ours = measured("ours", "front-door", node.environment, node.pid)
        peer = measured("cv2", camera.url(), dict(os.environ), None)
    ratio = ours / peer
    return [
        Row(
            f"{ANALYSERS} analysers of one 1080p25 camera in BGR, CPU",
            f"{100 * ours:.1f} % of a core",
            f"cv2.VideoCapture: {100 * peer:.0f} %",
            f"{ratio:.2f} x",
            "<= 0.2 x",
            ratio <= 0.2,
        )
    ]


def measured(kind: str, source: str, environment: dict[str, str], node: int | None) -> float:
    """Cores that the analysers and, for ours, the whole node use."""
    readers = [program("bench.analysers", kind, source, env=environment) for _ in range(ANALYSERS)]
    for reader in readers:
        assert reader.stdout
        reader.stdout.readline()  # its first frame is there
    processes: list[psutil.Process] = [p for reader in readers for p in tree(reader.pid)]
    processes += tree(node) if node else []
    before, begin = cpu_s(processes), time.monotonic()
    time.sleep(SECONDS)
    used = (cpu_s(processes) - before) / (time.monotonic() - begin)
    for reader in readers:
        reader.kill()
        reader.communicate()
    return used


def main() -> None:
    """Be an analyser: look at each picture in BGR until killed."""
    kind, source = sys.argv[1:]
    if kind == "ours":
        with framecast.open(source, format="bgr") as camera:
            for number, frame in enumerate(camera):
                look(number, int(frame.bgr[0, 0, 0]))
    capture = cv2.VideoCapture(source)
    number = 0
    while True:
        good, image = capture.read()
        if good:
            look(number, int(image[0, 0, 0]))
            number += 1


def look(number: int, value: int) -> None:
    """Say when the first picture is there; the analysis itself is nobody's subject here."""
    if number == 0:
        print(value, flush=True)


if __name__ == "__main__":
    main()
