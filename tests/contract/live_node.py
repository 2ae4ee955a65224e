"""What a running node says of itself: the OpenAPI document, metrics, the configuration's schema, the answers of node.sock.

The node has all servers, a test pattern, a reader and viewers, so that everything that it can say is said. The protocol of
node.sock is spoken here byte by byte, as other languages speak it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import grpc
import zmq
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import framecast
from tests.contract.flatten import flatten, keys

WAIT_S = 60.0
_HEADER = struct.Struct("<4sBBHI")
_UNKNOWN = "nonsense"
_SERVERS = {"web", "grpc", "zmq"}
# Words for people, and what says the same as the names beside it.
_WORDS = {"description", "title", "summary", "example", "examples"}
_SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? \S+$")


class LiveNode:
    """A node, and one connection to its socket."""

    def __init__(self, process: subprocess.Popen[str], place: Path) -> None:
        self.runtime = place / "run"
        self._process = process
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(WAIT_S)
        self._ids = count(1)
        self._attempt(self._connect)
        info = self._attempt(lambda: self._ready(self.ask("info")))
        self.info: dict[str, Any] = info
        self.url = str(info["servers"]["web"]["url"]).rstrip("/")

    def _connect(self) -> bool:
        self._socket.connect(str(self.runtime / "node.sock"))
        return True

    @staticmethod
    def _ready(info: dict[str, Any]) -> dict[str, Any] | None:
        return info if set(info.get("servers", {})) >= _SERVERS else None

    def _attempt(self, get: Callable[[], Any]) -> Any:
        """Return what `get` gives as soon as it gives something; nothing announces that a node listens."""
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                if found := get():
                    return found
            except OSError:
                pass
            assert self._process.poll() is None, "the node has ended"
            assert time.monotonic() < deadline, "the node is not ready"
            time.sleep(0.05)

    wait = _attempt

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """Send one request and return its answer."""
        number = next(self._ids)
        self.send({"op": op, "id": number, **fields})
        while (answer := self.receive()).get("id") != number:
            pass
        del answer["id"]
        assert "error" not in answer or op == _UNKNOWN, f"{op}: {answer}"
        return answer

    def send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        self._socket.sendall(_HEADER.pack(b"FCST", 1, 0, 0, len(body)) + body)

    def receive(self) -> dict[str, Any]:
        *_, length = _HEADER.unpack(self._read(_HEADER.size))
        answer: dict[str, Any] = json.loads(self._read(length))
        return answer

    def _read(self, length: int) -> bytes:
        data = b""
        while len(data) < length:
            more = self._socket.recv(length - len(data))
            assert more, "the node closed the connection"
            data += more
        return data

    def get(self, path: str) -> bytes:
        with urlopen(self.url + path, timeout=WAIT_S) as answer:
            body: bytes = answer.read()
        return body

    def close(self) -> None:
        self._socket.close()


@contextmanager
def live_node() -> Iterator[LiveNode]:
    """A node in which everything has happened once."""
    with tempfile.TemporaryDirectory(prefix="fc-") as folder:
        place = Path(folder)
        kept = {key: value for key, value in os.environ.items() if not key.startswith("FRAMECAST_")}
        (place / "framecast.yaml").write_text(_CONFIG.format(place=place))
        process = subprocess.Popen(
            [sys.executable, "-m", "framecast", "serve"],
            env=kept | {"FRAMECAST_RUNTIME_DIR": str(place / "run")},
            cwd=place,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            with closing(LiveNode(process, place)) as node, _audience(node):
                yield node
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(WAIT_S)


_CONFIG = """
host: 127.0.0.1
port: 0
data_dir: {place}/data
grpc: {{port: 0}}
zmq: {{port: 0, imagezmq_port: 0}}
streams: {{demo: "pattern:?size=320x240&fps=10"}}
"""


@contextmanager
def _audience(node: LiveNode) -> Iterator[None]:
    """A reader on the bus, a viewer of MJPEG and one of MP4, and a subscriber of ZeroMQ."""
    with (
        framecast.open("demo", node=node.runtime) as reader,
        zmq.Context() as context,
        context.socket(zmq.SUB) as subscriber,
        urlopen(f"{node.url}/api/stream.mjpeg?src=demo", timeout=WAIT_S) as mjpeg,
        urlopen(f"{node.url}/api/stream.mp4?src=demo", timeout=WAIT_S) as movie,
    ):
        subscriber.setsockopt(zmq.RCVTIMEO, int(WAIT_S * 1000))
        subscriber.subscribe(b"demo")
        subscriber.connect(str(node.info["servers"]["zmq"]["url"]))
        next(iter(reader))
        mjpeg.read(1000)
        movie.read(1000)
        subscriber.recv_multipart()
        node.wait(lambda: _is_reported(node.ask("figures")["servers"]))
        yield


def _is_reported(servers: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether the servers have said what they say once they have a client; they report every few seconds."""
    return "grpc" in servers and any("track" in one["labels"] for one in servers.get("zmq", ()))


def openapi(node: LiveNode) -> Iterator[str]:
    """The description of the HTTP API, without its words."""
    document = json.loads(node.get("/openapi.json"))
    del document["info"]
    yield from flatten(document, skip=_is_wording)


def configuration(node: LiveNode) -> Iterator[str]:
    """The schema of `framecast.yaml`, without its words."""
    schema = node.ask("schema")["schema"]
    sections = schema.pop("$defs", {})  # named for classes, which nobody outside knows
    for key, found in schema["properties"].items():
        if reference := found.pop("$ref", ""):
            schema["properties"][key] = {**found, **sections[reference.rpartition("/")[2]]}
    yield from flatten(schema, skip=_is_wording)


def _is_wording(key: str, value: Any) -> bool:
    return key in _WORDS and isinstance(value, str | list)


def metrics(node: LiveNode) -> Iterator[str]:
    """The names of metrics, their types, and the labels of those that have samples now."""
    for line in node.get("/metrics").decode().splitlines():
        if line.startswith("# TYPE"):
            _, _, name, kind = line.split()
            yield f"{name} is a {kind}"
        elif found := _SAMPLE.match(line):
            labels = ", ".join(sorted(re.findall(r'(\w+)="', found[2] or "")))
            yield f"{found[1]} has labels ({labels})"


def grpc_services(node: LiveNode) -> Iterator[str]:
    """The services that the gRPC server offers."""
    address = str(node.info["servers"]["grpc"]["url"]).removeprefix("grpc://")
    with grpc.insecure_channel(address) as channel:
        yield from (f"serves {name}" for name in ProtoReflectionDescriptorDatabase(channel).get_services())


def node_socket(node: LiveNode) -> Iterator[str]:
    """The members of each answer of node.sock, and of its events; requests without an id are worked on in order."""
    link = node.ask("link", name="demo", expires_s=60)
    trial = node.ask("try", name="tried", stream={"source": "pattern:"})
    answers = {
        "info": node.ask("info"),
        "streams": node.ask("streams"),
        "stream": node.ask("stream", name="demo"),
        "put": node.ask("put", name="more", stream={"source": "pattern:"}),
        "restart": node.ask("restart", name="more"),
        "delete": node.ask("delete", name="more"),
        "try": trial,
        "end_try": node.ask("end_try", name=trial["name"]),
        "stats": node.ask("stats"),
        "report": node.ask("report", server="test", figures=[]),
        "figures": node.ask("figures"),
        "processes": node.ask("processes"),
        "schema": {"schema": bool(node.ask("schema")["schema"])},
        "reload": node.ask("reload"),
        "link": link,
        "links": node.ask("links"),
        "unlink": node.ask("unlink", link=link["link"]),
        "new_link_key": node.ask("new_link_key"),
        "an unknown request": node.ask(_UNKNOWN),
    }
    for name, answer in answers.items():
        yield from (f"{name}: {place}" for place in keys(answer))
    node.send({"op": "watch"})
    yield from (f"event stream: {place}" for place in keys(_event(node, "stream")))
    node.send({"op": "put", "name": "more", "stream": {"source": "pattern:"}})
    node.send({"op": "delete", "name": "more"})
    yield from (f"event removed: {place}" for place in keys(_event(node, "removed")))


def _event(node: LiveNode, name: str) -> dict[str, Any]:
    while (message := node.receive()).get("event") != name:
        pass
    return message
