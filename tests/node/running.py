"""Real nodes for tests: started as processes, looked at from outside."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from framecast.bus import Channel, Publisher, Record, Subscriber, to_node
from framecast.client.node_client import NodeClient
from framecast.errors import NodeUnavailable
from framecast.model import Kind, Meta, Policy, State, Subscription, TrackInfo, TrackName
from tests.support.waiting import until

DEADLINE_S = 60.0
ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("FRAMECAST_")}


class RunningNode:
    """A node's process and its socket."""

    def __init__(self, process: subprocess.Popen[bytes], socket: Path) -> None:
        self.process = process
        self.socket = socket
        self.client = NodeClient(socket=socket)
        self._subscribers: list[Subscriber] = []

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def forkserver(self) -> psutil.Process:
        return psutil.Process(self.client.info()["forkserver"]["pid"])

    def connect(self) -> Channel:
        return Channel.connect(self.socket)

    def put(self, name: str, source: str, **options: str | float | bool) -> None:
        self.client.put(name, source, **options)

    def subscribe(
        self, stream: str, track: str = "data", policy: str = "latest", label: str = "test"
    ) -> Subscriber:
        wish = Subscription(stream, TrackName.parse(track), Policy.parse(policy), label=label)
        self._subscribers.append(Subscriber(wish, to_node(self.socket)))
        return self._subscribers[-1]

    def source_process(self, stream: str) -> psutil.Process:
        """The process of a stream's source, by its title."""
        (found,) = [child for child in self.forkserver.children() if child.name() == f"fc:{stream}"[:15]]
        return found

    def processes(self) -> list[psutil.Process]:
        """The node and everything below it."""
        return [psutil.Process(self.pid), *psutil.Process(self.pid).children(recursive=True)]

    def close(self) -> None:
        for subscriber in self._subscribers:
            subscriber.close()
        self.client.close()
        if self.process.stdin:
            self.process.stdin.close()
        if self.process.stdout:
            self.process.stdout.close()
        if self.process.poll() is None and not self.process.stdin:
            self.process.send_signal(signal.SIGTERM)
        self.process.wait(DEADLINE_S)


def publish(node: RunningNode, name: str, track: str = "data") -> Publisher:
    channel = node.connect()
    try:
        answer = channel.call({"op": "publish", "stream": name, "label": "a test"})
    except BaseException:
        channel.close()
        raise
    publisher = Publisher(channel, name, epoch=int(answer["epoch"]))
    publisher.track(TrackInfo(track, Kind.DATA))
    publisher.ready()
    publisher.report(State.LIVE)
    return publisher


def send(publisher: Publisher, payload: bytes) -> None:
    publisher.tracks["data"].send(payload, Meta(0, 0, 0))


def read(subscriber: Subscriber) -> Record:
    return subscriber.read(DEADLINE_S)


def gone(processes: list[psutil.Process]) -> None:
    """Wait until none of these runs; a zombie of a parent that is not ours does not."""
    _, alive = psutil.wait_procs(processes, DEADLINE_S)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@contextmanager
def private_node() -> Iterator[RunningNode]:
    """A node without servers and files."""
    process = subprocess.Popen(
        [sys.executable, "-m", "framecast.node.private"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=ENVIRONMENT,
    )
    assert process.stdout
    node = RunningNode(process, Path(json.loads(process.stdout.readline())["socket"]))
    try:
        yield node
    finally:
        node.close()


@contextmanager
def folder() -> Iterator[Path]:
    """A folder with a short path: a UNIX socket's may have 107 bytes only."""
    path = Path(tempfile.mkdtemp(prefix="fc-"))
    try:
        yield path
    finally:
        shutil.rmtree(path)


def command(place: Path, *arguments: str, port: int = 0) -> list[str]:
    """The command line of `framecast serve` with everything that it writes below `place`."""
    places = ["--data-dir", str(place / "data"), "--port", str(port)]
    return [sys.executable, "-m", "framecast", "serve", *places, *arguments]


def environment(place: Path, **more: str) -> dict[str, str]:
    fixed = {
        "FRAMECAST_RUNTIME_DIR": str(place / "run"),
        "FRAMECAST_GRPC__ENABLED": "false",
        "FRAMECAST_ZMQ__ENABLED": "false",
    }
    return {**ENVIRONMENT, **fixed, **more}


@contextmanager
def served(place: Path, *arguments: str, **variables: str) -> Iterator[RunningNode]:
    """`framecast serve`, once it answers."""
    with (place / "log").open("ab") as log:
        process = subprocess.Popen(
            command(place, *arguments), env=environment(place, **variables), stderr=log, cwd=place
        )
    node = RunningNode(process, place / "run" / "node.sock")
    try:
        until(lambda: _answers(node), (place / "log").read_text())
        yield node
    finally:
        node.close()


def _answers(node: RunningNode) -> bool:
    assert node.process.poll() is None, "the node has ended"
    try:
        return bool(node.client.info())
    except NodeUnavailable:
        return False
