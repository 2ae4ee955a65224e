"""The real imagezmq hub, in a process of its own, receives from us."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest

import framecast
from tests.client.nodes import TestNode
from tests.servers.zmq.zmq_process import ZmqProcess

_HUB = """
import sys, json, hashlib
import imagezmq
hub = imagezmq.ImageHub(sys.argv[1], REQ_REP=False)
receive = hub.recv_jpg if sys.argv[2] == "jpg" else hub.recv_image
while True:
    name, image = receive()
    body = bytes(image) if sys.argv[2] == "jpg" else image.tobytes()
    shape = None if sys.argv[2] == "jpg" else image.shape
    print(json.dumps([name, shape, hashlib.sha256(body).hexdigest(), body[:2].hex()]), flush=True)
"""


@contextmanager
def hub(server: ZmqProcess, form: str) -> Iterator[Callable[[], list[object]]]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HUB, f"tcp://127.0.0.1:{server.imagezmq_port}", form],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    out = process.stdout

    def receive() -> list[object]:
        line = out.readline()
        assert line, "the hub has ended"
        found: list[object] = json.loads(line)
        return found

    try:
        yield receive
    finally:
        process.kill()
        process.wait()
        out.close()


@pytest.mark.parametrize(("track", "channels"), [("frames/bgr", 3), ("frames/gray", 0)])
def test_hub_receives_pictures_as_arrays(
    track: str, channels: int, node: TestNode, start: Callable[..., ZmqProcess]
) -> None:
    import hashlib

    image = np.random.default_rng(2).integers(0, 255, (120, 160, 3), np.uint8)
    server = start(imagezmq=True, imagezmq_track=track)
    with framecast.publish("door", node=node.folder) as door, hub(server, "image") as receive:
        door.send(image)
        name, shape, digest, _ = receive()
        assert name == "door"
        assert shape == ([120, 160, 3] if channels else [120, 160])
        if channels:
            assert digest == hashlib.sha256(image.tobytes()).hexdigest()


def test_hub_receives_jpegs_of_all_streams_that_are_named(
    node: TestNode, start: Callable[..., ZmqProcess]
) -> None:
    image = np.zeros((120, 160, 3), np.uint8)
    server = start(imagezmq=True, imagezmq_track="jpeg/80", imagezmq_streams=["door", "garden"])
    with (
        framecast.publish("door", node=node.folder) as door,
        framecast.publish("garden", node=node.folder) as garden,
        framecast.publish("secret", node=node.folder) as secret,
        hub(server, "jpg") as receive,
    ):
        for out in (door, garden, secret):
            out.send(image)
        seen: dict[object, object] = {}
        while len(seen) < 2:
            name, _, _, begin = receive()
            seen[name] = begin
        assert seen == {"door": "ffd8", "garden": "ffd8"}
