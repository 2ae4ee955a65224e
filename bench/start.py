"""From `framecast serve` to the first JPEG, and from a camera's return to live pictures with the viewers still there."""

from __future__ import annotations

import threading
import time
import urllib.request
from dataclasses import replace

from bench.clips import CAMERA
from bench.running import Node
from bench.table import Row
from framecast.client.node_client import NodeClient
from tests.support.rtsp_server import RtspServer

OUTAGE_S = 6
ROUNDS = 5
CLIP = replace(CAMERA, size=(1280, 720), bitrate_kbps=2000)
# Every picture is a key frame: nothing of the start is the wait for one.
KEYS = replace(CLIP, audio="none", seconds=4, gop_s=float(1 / CLIP.fps))


def rows() -> list[Row]:
    """Measure and return the rows."""
    starts = sorted(first_jpeg({"demo": "pattern:"}) for _ in range(ROUNDS))
    with RtspServer(KEYS) as camera:
        of_camera = sorted(first_jpeg({"demo": camera.url()}) for _ in range(ROUNDS))[ROUNDS // 2]
    returns = sorted(outages())
    start, back = starts[ROUNDS // 2], returns[-1]
    return [
        Row("`framecast serve` to the first JPEG", f"{start:.2f} s", "", "", "<= 3 s", start <= 3),
        Row(
            "`framecast serve` to the first picture of a camera (RTSP, key frames only)",
            f"{of_camera:.2f} s",
            "",
            "",
            "<= 1 s",
            of_camera <= 1,
        ),
        Row(
            f"camera back after {OUTAGE_S} s: live again, viewer still connected (worst of {ROUNDS})",
            f"{back:.2f} s",
            "",
            "",
            "<= 2 s",
            back <= 2,
        ),
    ]


def first_jpeg(streams: dict[str, str]) -> float:
    """Seconds from the command to a picture of the stream `demo`."""
    begin = time.monotonic()
    with Node(streams) as node:
        body = node.get("/api/frame.jpeg?src=demo")
        assert body[:2] == b"\xff\xd8"
        return time.monotonic() - begin


def outages() -> list[float]:
    """Seconds from each return of the camera to the node's word that it is live."""
    found = []
    with RtspServer(CLIP) as camera, Node({"front-door": camera.url()}) as node:
        viewer = Viewer(f"{node.url}/api/stream.mjpeg?src=front-door")
        for _ in range(ROUNDS):
            wait_for(node, "live")
            camera.kill()
            time.sleep(OUTAGE_S)
            assert node.streams()["front-door"]["state"] != "live"
            camera.start()
            begin = time.monotonic()
            wait_for(node, "live")
            found.append(time.monotonic() - begin)
        assert viewer.is_alive(), "the viewer was cut off"
    return found


def wait_for(node: Node, state: str) -> None:
    """Wait until the stream is in this state, by the node's own control connection."""
    with NodeClient() as client:
        while client.stream("front-door").state != state:
            time.sleep(0.02)


class Viewer(threading.Thread):
    """Somebody who watches all the time."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._url = url
        self.start()

    def run(self) -> None:
        """Read until the server ends it."""
        with urllib.request.urlopen(self._url, timeout=60) as answer:
            while answer.read(65536):
                pass
